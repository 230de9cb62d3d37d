internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

/// Does operations on an open image.
struct Worker {
  let storage: RecordedStorage
  private var image: CacheImage?
  private var buffer: [UInt8] = []

  init(_ storage: RecordedStorage) { self.storage = storage }

  /// Opens the image for writing.
  ///
  /// - Throws: `CrashFlaw` if that fails.
  mutating func open() throws(CrashFlaw) {
    do throws(ImageError) {
      image = try CacheImage.open(storage, purpose: .writing)
    } catch {
      throw CrashFlaw(.failed, "open: \(error)")
    }
  }

  /// Does an operation on an image that has cached `model`. Returns what it has cached after it,
  /// and what it lost.
  ///
  /// - Throws: `CrashFlaw` if it fails, or loses blocks without telling.
  mutating func run(
    _ operation: CacheOperation, on model: CacheModel
  ) throws(CrashFlaw) -> (after: CacheModel, lost: [Range<UInt64>]) {
    var after = model
    var lost: [Range<UInt64>] = []
    do throws(ImageError) {
      try perform(operation, &after, &lost)
    } catch {
      throw CrashFlaw(.failed, "\(operation): \(error)")
    }
    let present = try presentBlocks()
    for run in after.runs {
      var start = run.offset
      for piece in present where piece.upperBound > run.offset && piece.lowerBound < run.end {
        try note(start..<max(start, piece.lowerBound), lost: lost, &after, operation)
        start = piece.upperBound
      }
      try note(start..<max(start, run.end), lost: lost, &after, operation)
    }
    for piece in present {
      if let more = after.firstMissing(in: piece) {
        throw CrashFlaw(.forgotten, "\(operation): block \(more) is cached")
      }
    }
    return (after, lost)
  }

  /// Does an operation, and notes what it should leave.
  mutating func perform(
    _ operation: CacheOperation, _ after: inout CacheModel, _ lost: inout [Range<UInt64>]
  ) throws(ImageError) {
    guard let image else { throw .closed }
    switch operation {
    case .write(let offset, let count, let version):
      let blocks = RecordedWork.blocks(offset, count)
      buffer = VersionedBlock.bytes(
        of: blocks.lowerBound, count: UInt64(blocks.count), version: version)
      let taken = try unsafe image.write(buffer.span.bytes, at: offset) {
        lost.append($0.blocks)
      }
      after.put(.written(version), in: blocks.lowerBound..<blocks.lowerBound + taken.rawValue)
    case .read(let offset, let count):
      let blocks = RecordedWork.blocks(offset, count)
      buffer = [UInt8](repeating: 0, count: blocks.count * Int(Format.blockSize))
      _ = try buffer.withMutableBytes { (span: inout MutableRawSpan) throws(ImageError) in
        try image.read(
          offset: offset, count: BlockCount(UInt64(blocks.count)), into: &span)
      }
    case .discard(let offset, let count):
      try image.discard(offset: offset, count: count) { lost.append($0.blocks) }
      let end = offset.rawValue.addingReportingOverflow(count.rawValue)
      after.remove(offset.rawValue..<(end.overflow ? .max : end.partialValue))
    case .flush: try image.flush()
    case .close, .reopen:
      try image.close()
      self.image = try CacheImage.open(storage, purpose: .writing)
    case .crash, .fail: break
    }
  }

  /// Notes that blocks of the model are not cached.
  private func note(
    _ missing: Range<UInt64>, lost: [Range<UInt64>], _ model: inout CacheModel,
    _ operation: CacheOperation
  ) throws(CrashFlaw) {
    guard !missing.isEmpty else { return }
    for block in missing where !lost.contains(where: { $0.contains(block) }) {
      throw CrashFlaw(.lost, "\(operation): block \(block) is missing, and no loss was told")
    }
    model.remove(missing)
  }

  /// The disk blocks that are cached.
  private func presentBlocks() throws(CrashFlaw) -> [Range<UInt64>] {
    guard let image else { return [] }
    return try ObservedCache.pieces(of: image).map { $0.offset..<$0.offset + $0.count }
  }
}
