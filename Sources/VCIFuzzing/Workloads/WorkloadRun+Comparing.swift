internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension WorkloadRun {
  /// The largest number of cached blocks that are all read after an open. If more are cached, only
  /// the first and last `blocksOfAnEnd` blocks of each run are read.
  private static let fewBlocks: UInt64 = 1 << 14
  private static let blocksOfAnEnd: UInt64 = 8

  /// Reads blocks, in as many requests as needed, and compares the results with the model.
  func read(_ offset: BlockOffset, _ count: BlockCount) {
    grow(to: count.rawValue)
    var block = offset.rawValue
    let end = block + count.rawValue
    while block < end, !hasFailed, let image {
      allow(for: end - block)
      let answer: ReadAnswer
      do throws(ImageError) {
        var span = buffer.mutableSpan
        var target = unsafe span.mutableBytes
        answer = try image.read(
          offset: BlockOffset(block), count: BlockCount(end - block), into: &target)
      } catch {
        return failed(error)
      }
      switch answer {
      case .hit(let served):
        observation.count(.operationHits)
        compareHit(of: served.rawValue, at: block, end)
        block += served.rawValue
      case .miss(let missing):
        observation.count(.operationMisses)
        compareMiss(of: missing.rawValue, at: block, end)
        block += missing.rawValue
      }
    }
  }

  private func compareMiss(of missing: UInt64, at block: UInt64, _ end: UInt64) {
    let gap = model.gap(in: block..<end)
    if gap == 0 {
      report(.lostBlocks, nil, "block \(block) is a miss, and \(held(at: block)) is cached")
    } else if missing != gap {
      report(.wrongCount, nil, "a miss of \(missing) blocks at \(block), \(gap) are not cached")
    }
  }

  private func compareHit(of served: UInt64, at block: UInt64, _ end: UInt64) {
    guard served > 0, served <= end - block else {
      return report(.wrongCount, nil, "a hit of \(served) blocks at \(block) of \(end - block)")
    }
    let range = block..<block + served
    if let missing = model.firstMissing(in: range) {
      return report(.wrongBytes, nil, "block \(missing) is a hit, and is not cached")
    }
    var index = model.index(after: block)
    while index < model.runs.count, model.runs[index].offset < range.upperBound {
      compare(
        model.runs[index].clamped(to: range),
        in: Int((model.runs[index].clamped(to: range).offset - block) * Format.blockSize))
      index += 1
    }
  }

  /// Compares the bytes of a run with its content. They begin at byte `start` of the buffer.
  private func compare(_ run: CacheModel.Run, in start: Int) {
    switch run.content {
    case .written(let version):
      for step in 0..<run.count {
        let place = start + Int(step * Format.blockSize)
        let block = VersionedBlock(run.offset + step, version: version)
        if unsafe !block.stands(in: buffer.span.bytes, at: place) {
          return report(
            .wrongBytes, nil, "block \(run.offset + step) has other bytes than version \(version)")
        }
      }
    case .original(let address):
      let count = Int(run.count * Format.blockSize)
      var bytes = [UInt8](repeating: 0, count: count)
      var span = bytes.mutableSpan
      var target = unsafe span.mutableBytes
      let read = original.read(at: address.bytes, into: &target)
      let isEqual = unsafe bytes.span.bytes.isEqual(
        to: buffer.span.bytes.extracting(start..<start + count))
      if read < count || !isEqual {
        report(.wrongBytes, nil, "\(run.count) blocks at \(run.offset) are not those at first")
      }
    }
  }

  private func held(at block: UInt64) -> String {
    let index = model.index(after: block)
    guard index < model.runs.count else { return "nothing" }
    switch model.runs[index].content {
    case .written(let version): return "version \(version)"
    case .original(let address): return "what was at \(address) at first"
    }
  }

  /// Compares the extents, and the results of reads of cached blocks, with the model.
  func compareAll() {
    guard !hasFailed else { return }
    compareExtents()
    let few = model.blockCount <= Self.fewBlocks
    for run in model.runs {
      guard !hasFailed else { return }
      if few || run.count <= 2 * Self.blocksOfAnEnd {
        readAll(run.offset..<run.end)
      } else {
        readAll(run.offset..<run.offset + Self.blocksOfAnEnd)
        readAll(run.end - Self.blocksOfAnEnd..<run.end)
      }
    }
  }

  private func readAll(_ range: Range<UInt64>) {
    var block = range.lowerBound
    while block < range.upperBound, !hasFailed {
      let count = min(range.upperBound - block, 128)
      read(BlockOffset(block), BlockCount(count))
      block += count
    }
  }

  /// Iterates over the extents of the image and compares them with the model: both must hold the
  /// same blocks.
  private func compareExtents() {
    var block: UInt64 = 0
    var index = 0
    var inRun: UInt64 = 0
    var extents = 0
    var unlisted: Extent?
    allow(for: 0)
    while let image, !hasFailed {
      let found: Extent?
      do throws(ImageError) {
        found = try image.nextExtent(from: BlockOffset(block))
      } catch {
        return failed(error)
      }
      guard let extent = found else { break }
      extents += 1
      if extent.previous == 0, extent.next == 0 { unlisted = extent }
      var offset = extent.offset.rawValue
      let end = offset &+ extent.blocks.rawValue
      while offset < end {
        guard index < model.runs.count, model.runs[index].offset + inRun == offset else {
          let missing = index < model.runs.count && model.runs[index].offset + inRun < offset
          return report(
            missing ? .lostBlocks : .wrongBytes, nil,
            "an extent of \(extent.blocks) at \(extent.offset); "
              + (missing
                ? "\(held(at: model.runs[index].offset)) before it is cached"
                : "block \(offset) is not cached"))
        }
        let step = min(end - offset, model.runs[index].count - inRun)
        offset += step
        inRun += step
        if inRun == model.runs[index].count { (index, inRun) = (index + 1, 0) }
      }
      block = end
    }
    if !hasFailed, index < model.runs.count {
      report(
        .lostBlocks, nil, "no extent from \(block) on, and \(model.runs[index].offset) is cached")
    }
    // The list is kept in memory while the image is open for writing.
    if isRewritten, purpose == .reading, extents > 1, let unlisted {
      report(
        .otherTree, .lruList, "the extent at \(unlisted.offset) is in no list of \(extents) extents"
      )
    }
  }

  /// Checks the file after a close (VCI-WR-001): it must be clean, and hold as many blocks as the
  /// model.
  func compareClosed() {
    guard !hasFailed else { return }
    storage.allow(.max)
    // The image is in memory, so the storage cannot fail.
    guard let check = try? checker.check(storage) else { return }
    guard check.verdict == .clean else {
      let finding = check.findings.first { Verdict(of: $0) == check.verdict }
      return report(
        .uncleanClose, finding?.rule,
        "a check after it says \(finding.map { "\($0)" } ?? "\(check.verdict)")")
    }
    let cached = check.tree?.cachedBlocks ?? 0
    if cached != model.blockCount {
      report(
        .otherTree, nil, "\(cached) blocks are in the tree, and \(model.blockCount) are cached")
    }
  }
}
