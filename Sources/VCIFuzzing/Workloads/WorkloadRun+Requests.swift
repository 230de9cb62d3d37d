internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension WorkloadRun {
  /// Writes blocks, in as many requests as needed.
  func write(_ offset: BlockOffset, _ count: BlockCount, version: UInt32) {
    fill(offset.rawValue, count.rawValue, version)
    var done: UInt64 = 0
    while done < count.rawValue, !hasFailed {
      let start = offset.rawValue + done
      let rest = count.rawValue - done
      var losses: [Loss] = []
      var taken: UInt64 = 0
      allow(for: rest)
      change { image throws(ImageError) in
        let held = buffer
        let bytes = unsafe held.span.bytes.extracting(
          Int(done * Format.blockSize)..<Int(count.bytes))
        let answer = try image.write(bytes, at: BlockOffset(start)) { losses.append($0) }
        taken = answer.rawValue
        guard taken > 0, taken <= rest else {
          return report(.wrongCount, nil, "\(taken) of \(rest) blocks at \(start) were taken")
        }
        put(.written(version), in: start..<start + taken)
      }
      guard !hasFailed, taken > 0 else { return }
      apply(losses, of: start..<start + taken)
      reportNeedlessLoss(of: losses, for: start..<start + taken)
      done += taken
    }
  }

  func fill(_ offset: UInt64, _ count: UInt64, _ version: UInt32) {
    grow(to: count)
    // The array has one owner only, so that the bytes change in place.
    var held = buffer
    buffer = []
    var span = held.mutableSpan
    var bytes = unsafe span.mutableBytes
    for step in 0..<count {
      VersionedBlock(offset + step, version: version)
        .fill(&bytes, at: Int(step * Format.blockSize))
    }
    buffer = held
  }

  /// Notes that the blocks of `range` have `content`.
  private func put(_ content: CacheModel.Content, in range: Range<UInt64>) {
    model.put(content, in: range)
    if mayHaveTroubles { kept.mayHold(content, in: range) }
  }

  /// Notes that the blocks of `range` are not cached.
  private func remove(_ range: Range<UInt64>) {
    model.remove(range)
    if mayHaveTroubles { kept.mayMiss(range) }
  }

  func grow(to blocks: UInt64) {
    let count = Int(blocks * Format.blockSize)
    if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
  }

  func discard(_ offset: BlockOffset, _ count: BlockCount) {
    var losses: [Loss] = []
    var isTaken = false
    allow(for: 0)
    change { image throws(ImageError) in
      try image.discard(offset: offset, count: count) { losses.append($0) }
      isTaken = true
    }
    guard !hasFailed, isTaken else { return }
    let range = offset.rawValue..<offset.rawValue + count.rawValue
    apply(losses, of: range)
    remove(range)
  }

  /// Removes the losses of an operation on the blocks of `own` from the model.
  ///
  /// If a write evicts blocks of `own`, the loss may concern their old or their new content:
  /// `locate` returns whether the image still has them.
  private func apply(_ losses: [Loss], of own: Range<UInt64>) {
    for loss in losses {
      let (end, overflow) = loss.offset.rawValue.addingReportingOverflow(loss.count.rawValue)
      guard loss.count.rawValue > 0, !overflow else {
        return report(.wrongLoss, nil, "lost \(loss.count) blocks at \(loss.offset)")
      }
      let range = loss.offset.rawValue..<end
      for outside in [
        range.clamped(to: 0..<own.lowerBound), range.clamped(to: own.upperBound..<(.max)),
      ]
      where !outside.isEmpty {
        if let block = model.firstMissing(in: outside) {
          return report(.wrongLoss, nil, "lost block \(block), which was not cached")
        }
        remove(outside)
      }
      switch loss.cause {
      case .evicted: lost.evicted += loss.count.rawValue
      case .dropped: lost.dropped += loss.count.rawValue
      }
    }
    // The blocks of `own` are handled last, after all other losses are removed.
    for loss in losses {
      let end = loss.offset.rawValue + loss.count.rawValue
      let inside = (loss.offset.rawValue..<end).clamped(to: own)
      guard !inside.isEmpty else { continue }
      switch loss.cause {
      case .dropped: remove(inside)
      case .evicted:
        // A crash may leave neither their old content nor the new one.
        if mayHaveTroubles { kept.mayMiss(inside) }
        ask(about: inside)
      }
    }
  }

  /// Removes those blocks of `range` from the model that the image does not have.
  private func ask(about range: Range<UInt64>) {
    var block = range.lowerBound
    while block < range.upperBound, let image, !hasFailed {
      let rest = BlockCount(range.upperBound - block)
      do throws(ImageError) {
        switch try image.locate(offset: BlockOffset(block), count: rest) {
        case .hit(let count): block += max(1, count.rawValue)
        case .miss(let count):
          remove(block..<block + min(rest.rawValue, max(1, count.rawValue)))
          block += max(1, count.rawValue)
        }
      } catch {
        failed(error)
      }
    }
  }
}
