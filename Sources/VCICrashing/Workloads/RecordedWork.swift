internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

/// Operations that the reference did on an image in memory, what it asked of the disk for them, and
/// what it had cached after each.
struct RecordedWork {
  let operations: [CacheOperation]
  private(set) var trace: DiskTrace
  /// What was cached before the first operation, and after each.
  private(set) var models: [CacheModel]
  /// The blocks that each operation lost.
  private(set) var lost: [[Range<UInt64>]] = []
  /// What went wrong; `nil` if nothing did.
  private(set) var flaw: CrashFlaw?

  /// The most blocks of a write or a read.
  private static let longestRequest: UInt64 = 64

  /// Does `operations`, and closes the image, which has `bytes` and has cached `model`.
  init(_ operations: [CacheOperation], on bytes: [UInt8], caching model: CacheModel) {
    self.operations = operations + [.close]
    models = [model]
    let storage = RecordedStorage(bytes)
    trace = storage.trace
    var worker = Worker(storage)
    do throws(CrashFlaw) {
      try worker.open()
      for (index, operation) in self.operations.enumerated() {
        storage.begin(index)
        let (after, lost) = try worker.run(operation, on: models[index])
        storage.end(index)
        models.append(after)
        self.lost.append(lost)
      }
    } catch {
      flaw = error
    }
    trace = storage.trace
  }

  /// Of each operation: whether all is durable after it.
  var settles: [Bool] { operations.map(\.settles) }

  /// What may be cached after a crash at `point`.
  func allowed(at point: CrashPoint) -> AllowedContents {
    AllowedContents(
      of: models[point.settled...max(point.settled, point.begun)],
      lost: lost[point.settled..<max(point.settled, point.begun)].joined())
  }

  /// The blocks of a write or a read.
  static func blocks(_ offset: BlockOffset, _ count: BlockCount) -> Range<UInt64> {
    let count = min(count.rawValue, longestRequest)
    return offset.rawValue..<offset.rawValue.addingReportingOverflow(count).partialValue
  }
}
