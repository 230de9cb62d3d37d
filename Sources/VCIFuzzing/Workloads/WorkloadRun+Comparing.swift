internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension WorkloadRun {
  /// The most blocks of which all are read after an open; of images with more the ends of each run.
  private static let fewBlocks: UInt64 = 1 << 14
  private static let blocksOfAnEnd: UInt64 = 8

  /// Reads blocks, in as many requests as it takes, and compares them with the model.
  func read(_ offset: BlockOffset, _ count: BlockCount) {
    grow(to: count.rawValue)
    var block = offset.rawValue
    let end = block + count.rawValue
    while block < end, !hasParted, let image {
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
      part(.lostBlocks, nil, "block \(block) is a miss, and \(held(at: block)) is cached")
    } else if missing != gap {
      part(.wrongCount, nil, "a miss of \(missing) blocks at \(block), \(gap) are not cached")
    }
  }

  private func compareHit(of served: UInt64, at block: UInt64, _ end: UInt64) {
    guard served > 0, served <= end - block else {
      return part(.wrongCount, nil, "a hit of \(served) blocks at \(block) of \(end - block)")
    }
    let range = block..<block + served
    if let missing = model.firstMissing(in: range) {
      return part(.wrongBytes, nil, "block \(missing) is a hit, and is not cached")
    }
    var index = model.index(behind: block)
    while index < model.runs.count, model.runs[index].offset < range.upperBound {
      compare(
        model.runs[index].clamped(to: range),
        in: Int((model.runs[index].clamped(to: range).offset - block) * Format.blockSize))
      index += 1
    }
  }

  /// Compares what was read of a run, which stands in the buffer from byte `start` on.
  private func compare(_ run: ShadowModel.Run, in start: Int) {
    switch run.content {
    case .written(let version):
      for step in 0..<run.count {
        let place = start + Int(step * Format.blockSize)
        let block = VersionedBlock(run.offset + step, version: version)
        if unsafe !block.stands(in: buffer.span.bytes, at: place) {
          return part(
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
        part(.wrongBytes, nil, "\(run.count) blocks at \(run.offset) are not those at first")
      }
    }
  }

  private func held(at block: UInt64) -> String {
    let index = model.index(behind: block)
    guard index < model.runs.count else { return "nothing" }
    switch model.runs[index].content {
    case .written(let version): return "version \(version)"
    case .original(let address): return "what was at \(address) at first"
    }
  }

  /// Compares the extents, and what reads answer, with the model.
  func compareAll() {
    guard !hasParted else { return }
    compareExtents()
    let few = model.blockCount <= Self.fewBlocks
    for run in model.runs {
      guard !hasParted else { return }
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
    while block < range.upperBound, !hasParted {
      let count = min(range.upperBound - block, 128)
      read(BlockOffset(block), BlockCount(count))
      block += count
    }
  }

  /// Walks the extents: they are to hold what the model does, block for block.
  private func compareExtents() {
    var block: UInt64 = 0
    var index = 0
    var inRun: UInt64 = 0
    var extents = 0
    var unlisted: Extent?
    allow(for: 0)
    while let image, !hasParted {
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
          return part(
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
    if !hasParted, index < model.runs.count {
      part(
        .lostBlocks, nil, "no extent from \(block) on, and \(model.runs[index].offset) is cached")
    }
    // The list is kept in memory while the image is open for writing.
    if isRewritten, purpose == .reading, extents > 1, let unlisted {
      part(
        .otherTree, .lruList, "the extent at \(unlisted.offset) is in no list of \(extents) extents"
      )
    }
  }

  /// Judges the file that a close left: clean, and as much in it as the model says (VCI-WR-001).
  func judgeClosed() {
    guard !hasParted else { return }
    storage.allow(.max)
    // The image is in memory: there is no storage that could fail.
    guard let report = try? checker.check(storage) else { return }
    guard report.verdict == .clean else {
      let finding = report.findings.first { Verdict(of: $0) == report.verdict }
      return part(
        .uncleanClose, finding?.rule,
        "a check after it says \(finding.map { "\($0)" } ?? "\(report.verdict)")")
    }
    let cached = report.tree?.cachedBlocks ?? 0
    if cached != model.blockCount {
      part(.otherTree, nil, "\(cached) blocks are in the tree, and \(model.blockCount) are cached")
    }
  }
}
