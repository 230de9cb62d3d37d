internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Crashes of the machine, and what must be found after them (VCI-WR-002 to VCI-WR-004).
extension WorkloadRun {
  /// The size of the largest file that has troubles, in bytes: all of it is held several times. On
  /// a larger one crashes and failing calls are left out.
  static let largestTroubled: UInt64 = 1 << 22
  /// The most cached blocks with which there are troubles: all of them are read after each.
  private static let mostBlocks: UInt64 = 1 << 13

  /// Whether the image is so small that something may go wrong now.
  var canHaveTroubles: Bool {
    storage.disk != nil && model.blockCount <= Self.mostBlocks
  }

  /// Prepares the run for crashes and calls that fail.
  func expectTroubles() {
    mayHaveTroubles = true
    storage.recordDisk(limit: Self.largestTroubled)
  }

  /// Notes that all that the image has cached is durable.
  func settle() {
    guard mayHaveTroubles else { return }
    if isHeld { settled = model } else { kept = AllowedBlocks(model) }
  }

  /// Runs an operation to its end, then goes back to where the machine ends during its change
  /// number `call`, and opens what the disk has then for writing.
  func crash(_ operation: CacheOperation, in call: UInt32, seed: UInt64) {
    guard canHaveTroubles else { return run(operation) }
    let wasRewritten = isRewritten
    storage.disk?.begin()
    (isHeld, settled) = (true, nil)
    run(operation)
    isHeld = false
    guard !hasFailed, let disk = storage.disk else {
      if let settled { kept = AllowedBlocks(settled) }
      return
    }
    // After all of its changes the operation has returned.
    if let settled, call >= disk.calls { kept = AllowedBlocks(settled) }
    image = nil
    isRewritten = wasRewritten
    storage.reset(to: disk.crashed(in: call, seed: seed))
    observation.count(.crashes)
    step += ", and a crash"
    compareCrashed()
    recover()
    if !hasFailed { kept = AllowedBlocks(model) }
  }

  /// Checks what a crash left: nothing is corrupt, and if the flag is clear all agrees, but for
  /// what was wrong before the first change.
  private func compareCrashed() {
    storage.allow(.max)
    // The image is in memory, so the storage cannot fail.
    guard let check = try? checker.check(storage) else { return }
    // Bits that are clear are a corruption of images whose flag is clear too.
    if let finding = check.findings.first(where: {
      $0.rule.ruleClass(dirty: true) == .corruption
    }) {
      return report(.crashDamage, finding.rule, "\(finding)")
    }
    guard check.header?.isDirty == false else { return }
    let known = isRewritten ? RuleSet() : before
    if let finding = check.findings.first(where: {
      $0.ruleClass != .advice && !known.contains($0.rule)
    }) {
      report(.unflagged, finding.rule, "its flag is 0, and \(finding)")
    }
  }

  /// Opens the image for writing after it was left without a close, and takes what it has cached
  /// for the model.
  func recover() {
    guard !hasFailed else { return }
    image = nil
    allow(for: 0)
    do throws(ImageError) {
      image = try implementation.open(storage, .writing)
    } catch {
      return report(.writingRefused, error.rule, "what was left is refused: \(error)")
    }
    noteOpened(for: .writing)
    adopt(kept)
  }

  /// Reads all that the open image has cached, and takes it for the model. All of it must be
  /// allowed.
  func adopt(_ allowed: AllowedBlocks) {
    var found: [(offset: UInt64, content: CacheModel.Content)] = []
    var next: UInt64 = 0
    grow(to: Self.blocksOfRead)
    while !hasFailed, let image {
      allow(for: 0)
      let extent: Extent?
      do throws(ImageError) {
        extent = try image.nextExtent(from: BlockOffset(next))
      } catch {
        return failed(error)
      }
      guard let extent else { break }
      next = extent.offset.rawValue &+ extent.blocks.rawValue
      guard UInt64(found.count) + extent.blocks.rawValue <= 2 * Self.mostBlocks + blocks.rawValue
      else {
        return report(.wrongBytes, nil, "more blocks are cached than the cache has")
      }
      adopt(extent.offset.rawValue..<next, allowed, &found)
    }
    guard !hasFailed else { return }
    model = CacheModel(found)
    if let lost = allowed.firstLost(in: model) {
      report(.lostBlocks, nil, "block \(lost) is not cached, and must be")
    }
  }

  /// The most blocks of a read of `adopt`.
  private static let blocksOfRead: UInt64 = 128

  /// Reads the blocks of an extent, and finds what each has.
  private func adopt(
    _ range: Range<UInt64>, _ allowed: AllowedBlocks,
    _ found: inout [(offset: UInt64, content: CacheModel.Content)]
  ) {
    var block = range.lowerBound
    while block < range.upperBound, !hasFailed, let image {
      let count = min(range.upperBound - block, Self.blocksOfRead)
      allow(for: count)
      let answer: ReadAnswer
      do throws(ImageError) {
        answer = try buffer.withMutableBytes(in: 0..<Int(count * Format.blockSize)) {
          (span: inout MutableRawSpan) throws(ImageError) in
          try image.read(offset: BlockOffset(block), count: BlockCount(count), into: &span)
        }
      } catch {
        return failed(error)
      }
      guard case .hit(let served) = answer, served.rawValue > 0, served.rawValue <= count else {
        return report(.wrongCount, nil, "\(answer) at \(block) of an extent of \(range.count)")
      }
      for step in 0..<served.rawValue {
        let runs = allowed.runs(of: block + step)
        guard let content = content(of: block + step, in: Int(step * Format.blockSize), runs)
        else {
          return report(
            .wrongBytes, nil,
            runs.isEmpty
              ? "block \(block + step) is cached, and must not be"
              : "block \(block + step) has none of the \(runs.count) contents that it may have")
        }
        found.append((block + step, content))
      }
      block += served.rawValue
    }
  }

  /// Returns which of the contents of `runs` the buffer has from byte `start` on, as block `block`;
  /// `nil` if it has none of them.
  private func content(
    of block: UInt64, in start: Int, _ runs: [CacheModel.Run]
  ) -> CacheModel.Content? {
    for run in runs {
      let content = run.clamped(to: block..<block + 1).content
      switch content {
      case .written(let version):
        let expected = VersionedBlock(block, version: version)
        if unsafe expected.stands(in: buffer.span.bytes, at: start) { return content }
      case .original(let address):
        var bytes = [UInt8](repeating: 0, count: Int(Format.blockSize))
        let count = bytes.withMutableBytes { original.read(at: address.bytes, into: &$0) }
        let isEqual = unsafe bytes.span.bytes.isEqual(
          to: buffer.span.bytes.extracting(start..<start + bytes.count))
        if count == bytes.count, isEqual { return content }
      }
    }
    return nil
  }
}
