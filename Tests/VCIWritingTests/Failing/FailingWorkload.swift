import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting

/// What is done to an image while its disk fails, and what was done to it before.
struct FailingWorkload: Sendable, CustomTestStringConvertible {
  /// One operation. Each write has a value of its own, the number of the step.
  enum Step: Sendable {
    case write(UInt64, count: Int)
    case discard(UInt64, count: UInt64)
    case flush
    case close
  }

  let name: String
  let blocks: BlockCount
  /// What is done before, to a fresh image, on a disk that works.
  let before: [Step]
  /// Whether the image was not closed after that, but flushed.
  var isDirty = false
  /// Whether the cache has no room for all blocks, so that it may evict any.
  var isTight = false
  let steps: [Step]

  var testDescription: String { name }

  /// The disk blocks that the steps are about.
  static let places: Range<UInt64> = 0..<400

  static let all = [splitting, overwriting, discarding, evicting, flushing, closing, recovering]

  /// A full leaf, which a write splits, and then another one.
  private static let splitting = FailingWorkload(
    name: "write with splits", blocks: 4096, before: singles(107),
    steps: [
      .write(1, count: 1), .flush, .write(160, count: 1), .write(300, count: 2), .flush, .close,
    ])

  private static let overwriting = FailingWorkload(
    name: "overwrite", blocks: 4096, before: [.write(20, count: 30), .write(60, count: 3)],
    steps: [
      .write(30, count: 9), .flush, .write(25, count: 2), .write(40, count: 23), .flush,
      .write(20, count: 30), .close,
    ])

  private static let discarding = FailingWorkload(
    name: "discard", blocks: 4096, before: [.write(20, count: 30)] + singles(5),
    steps: [
      .discard(30, count: 5), .flush, .discard(22, count: 1), .discard(40, count: 300), .flush,
      .discard(0, count: 400), .close,
    ])

  /// Of 100 blocks 12 are metadata, and the reserve has room for a node.
  private static let evicting = FailingWorkload(
    name: "evict", blocks: 100, before: [.write(0, count: 40), .write(100, count: 30)],
    isTight: true,
    steps: [
      .write(200, count: 20), .write(30, count: 5), .flush, .write(300, count: 20),
      .write(0, count: 3),
      .close,
    ])

  private static let flushing = FailingWorkload(
    name: "flush", blocks: 4096, before: [.write(0, count: 3)],
    steps: [.flush, .write(1, count: 1), .flush, .write(9, count: 2), .flush, .flush])

  private static let closing = FailingWorkload(
    name: "close", blocks: 4096, before: singles(20),
    steps: [.discard(0, count: 2), .write(50, count: 3), .close])

  private static let recovering = FailingWorkload(
    name: "recovery", blocks: 4096, before: singles(110) + [.discard(30, count: 60)], isDirty: true,
    steps: [.write(31, count: 2), .close])

  /// Writes of so many single blocks that stand apart.
  private static func singles(_ count: UInt64) -> [Step] {
    (0..<count).map { .write($0 * 3, count: 1) }
  }
}

/// What blocks of a cache may be: a value, or `nil` if the block is not cached.
typealias AllowedValues = [UInt64: Set<UInt8?>]

extension FailingWorkload {
  /// The value of the writes of step `number`; those of steps before have other ones.
  func value(_ number: Int) -> UInt8 { UInt8(201 + number) }

  /// An image after `before`, and what is cached in it.
  func image() throws -> (bytes: [UInt8], cached: AllowedValues) {
    let storage = try RecordingStorage.fresh(blocks: blocks)
    let image = try CacheImage.open(storage, purpose: .writing)
    var cached: AllowedValues = [:]
    for (number, step) in before.enumerated() {
      switch step {
      case .write(let place, let count):
        let value = UInt8(number % 200 + 1)
        try image.put([UInt8](repeating: value, count: count), at: place)
        for block in place..<place + UInt64(count) { cached[block] = [value] }
      case .discard(let place, let count):
        try image.forget(place, count)
        for block in place..<place + count { cached[block] = nil }
      case .flush: try image.flush()
      case .close: preconditionFailure("the image is closed at the end")
      }
    }
    if isDirty { try image.flush() } else { try image.close() }
    return (storage.bytes, cached)
  }
}
