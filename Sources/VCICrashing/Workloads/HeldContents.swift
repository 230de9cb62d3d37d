internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

/// What an image may have cached while calls of its storage fail: as long as it is open, and after
/// it was opened again.
struct HeldContents {
  /// The versions that a block may have.
  private struct Versions {
    var numbers: [UInt32] = []
    var mayMiss = true

    mutating func formUnion(_ other: Versions) {
      numbers += other.numbers.filter { !numbers.contains($0) }
      mayMiss = mayMiss || other.mayMiss
    }
  }

  /// What the open image may serve.
  private var served: [UInt64: Versions] = [:]
  /// What may be found after a crash.
  private var kept: [UInt64: Versions] = [:]
  private var buffer: [UInt8] = []
  private var lost: [Range<UInt64>] = []

  init(_ model: CacheModel) {
    for run in model.runs {
      guard case .written(let version) = run.content else { continue }
      for block in run.offset..<run.end {
        served[block] = Versions(numbers: [version], mayMiss: false)
      }
    }
    kept = served
  }

  /// Does an operation, and notes what may be cached after it. Returns its error.
  mutating func perform(_ operation: CacheOperation, on image: CacheImage) -> ImageError? {
    lost = []
    var failure: ImageError?
    do throws(ImageError) {
      try call(operation, on: image)
    } catch {
      failure = error
    }
    for range in lost {
      for block in served.keys where range.contains(block) { served[block]?.mayMiss = true }
    }
    note(operation, hasFailed: failure != nil)
    for (block, versions) in served { kept[block, default: Versions()].formUnion(versions) }
    switch operation {
    case .flush, .close, .reopen: if failure == nil { kept = served } else { served = kept }
    case .write, .read, .discard, .crash, .fail: break
    }
    return failure
  }

  private mutating func call(
    _ operation: CacheOperation, on image: CacheImage
  ) throws(ImageError) {
    switch operation {
    case .write(let offset, let count, let version):
      let range = RecordedWork.blocks(offset, count)
      buffer = VersionedBlock.bytes(
        of: range.lowerBound, count: UInt64(range.count), version: version)
      var lost: [Range<UInt64>] = []
      defer { self.lost = lost }
      let taken = try unsafe image.write(buffer.span.bytes, at: offset) { lost.append($0.blocks) }
      // What was not taken is as it was.
      for block in range.prefix(Int(taken.rawValue)) {
        served[block] = Versions(
          numbers: [version], mayMiss: lost.contains { $0.contains(block) })
      }
    case .read(let offset, let count):
      let range = RecordedWork.blocks(offset, count)
      buffer = [UInt8](repeating: 0, count: range.count * Int(Format.blockSize))
      _ = try buffer.withMutableBytes { (span: inout MutableRawSpan) throws(ImageError) in
        try image.read(offset: offset, count: BlockCount(UInt64(range.count)), into: &span)
      }
    case .discard(let offset, let count):
      var lost: [Range<UInt64>] = []
      defer { self.lost = lost }
      try image.discard(offset: offset, count: count) { lost.append($0.blocks) }
    case .flush: try image.flush()
    case .close, .reopen: try image.close()
    case .crash, .fail: break
    }
  }

  private mutating func note(_ operation: CacheOperation, hasFailed: Bool) {
    switch operation {
    case .write(let offset, let count, let version) where hasFailed:
      // The image has forgotten them; what a crash brings back may be either.
      for block in RecordedWork.blocks(offset, count) {
        served[block] = Versions()
        kept[block, default: Versions()].formUnion(Versions(numbers: [version]))
      }
    case .discard(let offset, let count):
      let (end, overflow) = offset.rawValue.addingReportingOverflow(count.rawValue)
      let range = offset.rawValue..<(overflow ? .max : end)
      for block in served.keys where range.contains(block) {
        if hasFailed { served[block]?.mayMiss = true } else { served[block] = Versions() }
      }
    case .write, .read, .flush, .close, .reopen, .crash, .fail: break
    }
  }

  /// Compares what an open image serves with what it may.
  ///
  /// - Throws: `CrashFlaw`.
  mutating func compare(
    _ image: CacheImage, _ operation: CacheOperation
  ) throws(CrashFlaw) {
    for block in served.keys.sorted() {
      guard let versions = served[block] else { continue }
      buffer = [UInt8](repeating: 0, count: Int(Format.blockSize))
      var answer: ReadAnswer?
      do throws(ImageError) {
        answer = try buffer.withMutableBytes { (span: inout MutableRawSpan) throws(ImageError) in
          try image.read(offset: BlockOffset(block), count: 1, into: &span)
        }
      } catch {
        // The call that fails was one of this read.
        continue
      }
      if case .miss = answer {
        guard versions.mayMiss else {
          throw CrashFlaw(.lost, "block \(block) is missing after \(operation)")
        }
        continue
      }
      let isRight = versions.numbers.contains {
        unsafe VersionedBlock(block, version: $0).stands(in: buffer.span.bytes, at: 0)
      }
      guard isRight else {
        throw CrashFlaw(
          .wrongBytes,
          "block \(block) is served with bytes that it may not have, after \(operation)")
      }
    }
  }

  /// What may be cached after a crash.
  var allowedAfterCrash: AllowedContents {
    AllowedContents(
      kept.keys.sorted().compactMap { block in
        kept[block].map {
          AllowedContents.Block(offset: block, versions: $0.numbers, mayMiss: $0.mayMiss)
        }
      })
  }
}
