internal import Synchronization
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

/// A small image from which operations start, and the operations of which all sequences are tried.
package enum CrashImage: String, CaseIterable, Sendable {
  /// An empty cache.
  case empty
  /// A cache in which every write evicts.
  case full
  /// The smallest cache that can be written to.
  case least
  /// A cache that has all of its space from the start.
  case fixed
  /// A cache whose root is a full leaf, so that the next extent splits it.
  case split
  /// A cache with two leaves, which become one if the second loses an extent: it has 27, one more
  /// than a quarter of its slots, and the first has 40.
  case shrink
  /// A cache whose bitmap has three blocks.
  case wide

  /// The blocks of the cache.
  package var blocks: UInt64 {
    switch self {
    case .empty, .fixed: 40
    case .full: 36
    case .least: 21
    case .split, .shrink: 260
    case .wide: 12000
    }
  }

  private var type: CacheType { self == .fixed ? .fixed : .dynamic }

  var plan: CacheImage.Plan {
    do throws(ImageError) {
      return try CacheImage.Plan(
        blocks: BlockCount(blocks), type: type, imageUUID: ImageUUID(high: 1, low: 2))
    } catch {
      preconditionFailure("no cache of \(blocks) blocks: \(error)")
    }
  }

  /// What is cached at first: writes with versions from 200 on.
  private var filling: [CacheOperation] {
    switch self {
    case .empty, .fixed, .least: []
    case .wide: [.write(0, 3, version: 200)]
    case .full: (0..<8).map { .write(BlockOffset($0 * 4), 2, version: 200 + UInt32($0)) }
    case .split: (0..<107).map { .write(BlockOffset($0 * 4), 1, version: 200 + UInt32($0)) }
    case .shrink:
      (0..<134).map { .write(BlockOffset($0 * 4), 1, version: 200 + UInt32($0)) }
        + [.discard(160, 268)]
    }
  }

  /// The operations of which sequences are made; the version of a write follows from its place.
  var alphabet: [CacheOperation] {
    switch self {
    case .empty:
      [
        .write(0, 1, version: 0), .write(1, 1, version: 0), .write(0, 3, version: 0),
        .discard(0, 1), .discard(1, 1), .flush, .close,
      ]
    case .full:
      [
        .write(0, 1, version: 0), .write(100, 1, version: 0), .write(200, 6, version: 0),
        .discard(4, 2), .read(0, 1), .flush, .close,
      ]
    case .least:
      [.write(0, 1, version: 0), .write(7, 2, version: 0), .discard(0, 1), .flush, .close]
    case .fixed: [.write(0, 2, version: 0), .discard(0, 1), .flush, .close]
    case .split:
      [.write(1000, 1, version: 0), .write(202, 1, version: 0), .discard(0, 1), .flush]
    case .shrink: [.discard(0, 1), .discard(428, 1), .write(2, 1, version: 0), .flush]
    case .wide: [.write(0, 1, version: 0), .write(9, 2, version: 0), .discard(1, 1), .flush]
    }
  }

  /// The operations as text.
  package var operations: [String] { alphabet.map(\.description) }

  /// The images that were made.
  private static let made = Mutex<[Self: CrashStart]>([:])

  /// Makes the image, once in a process: its bytes, and what it has cached.
  ///
  /// - Throws: `CrashFlaw` if the reference fails.
  func make() throws(CrashFlaw) -> CrashStart {
    if let known = Self.made.withLock({ $0[self] }) { return known }
    let start = try makeAnew()
    Self.made.withLock { $0[self] = start }
    return start
  }

  private func makeAnew() throws(CrashFlaw) -> CrashStart {
    let storage = RecordedStorage([])
    do throws(ImageError) {
      try CacheImage.create(in: storage, plan)
    } catch {
      throw CrashFlaw(.failed, "create: \(error)")
    }
    let work = RecordedWork(filling, on: storage.bytes, caching: CacheModel())
    if let flaw = work.flaw { throw flaw }
    return CrashStart(bytes: work.trace.applied, model: work.models[work.models.count - 1])
  }
}

/// The image from which operations start.
struct CrashStart: Sendable {
  let bytes: [UInt8]
  let model: CacheModel
}

extension DiskTrace {
  /// The bytes of the file after all events.
  package var applied: [UInt8] { events.reduce(into: initial) { $1.apply(to: &$0) } }
}
