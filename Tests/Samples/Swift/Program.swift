/// A program under test: what `Session` asks of it (`Specs/Port.md`).
///
/// An author of an implementation fills in those functions that it has; of the others nothing is
/// asked. Paths, UUIDs and names come as they stand in the request, after `Session` has looked at
/// their form. A request for blocks has at least one, and its end, block + count, is at most 2^64.
protocol Program {
  /// An image that is open; `Never` in a program that opens none.
  associatedtype Image = Never

  /// What the program says that it can do.
  var capabilities: Capabilities { get }

  /// Returns if the file is a VCI.
  func probe(_ path: String) throws(Refusal)

  /// Opens an image; `modUUID` is the modification UUID of the disk, if the caller knows it.
  func open(_ path: String, _ mode: OpenMode, modUUID: String?) throws(Refusal) -> Image

  /// Returns what the header says.
  func info(_ image: Image) throws(Refusal) -> Info

  /// Returns runs from `block` on without gaps, which may end early. The bytes of hits are written
  /// into `file`, at their distance from `block`.
  func read(
    _ image: Image, block: UInt64, count: UInt64, into file: String
  ) throws(Refusal) -> [Run]

  /// Writes what is cached into `file`, as lines of a block and a count, which ascend.
  func extents(_ path: String, into file: String) throws(Refusal)

  /// Makes an image that caches nothing.
  func create(
    _ path: String, blocks: UInt64, _ type: ImageType, uuid: String
  ) throws(Refusal)

  /// Caches the `count` blocks that `file` has. Returns how many of them are done with.
  func write(
    _ image: Image, block: UInt64, count: UInt64, from file: String
  ) throws(Refusal) -> Written

  /// Removes blocks from the cache.
  func discard(_ image: Image, block: UInt64, count: UInt64) throws(Refusal)

  /// Makes durable what was written.
  func flush(_ image: Image) throws(Refusal)

  /// Stores the modification UUID of the disk.
  func setModificationUUID(_ image: Image, _ uuid: String) throws(Refusal)

  /// Ends the use of an image, whatever comes of it.
  func close(_ image: Image) throws(Refusal)

  /// Returns the rules that the image breaks; each pair of rule and class once.
  func check(_ path: String, _ mode: CheckMode) throws(Refusal) -> [Finding]
}

/// The capabilities of a program.
struct Capabilities: Encodable {
  let name: String
  let version: String
  let language: String
  let durability: String
  let ops: [String]
  let features: [String]
}

/// An outcome that is not "done".
enum Refusal: Error {
  /// The program is in control and says no.
  case refused(rule: String? = nil, class: String? = nil, message: String)
  /// The program does not have the feature that is needed.
  case unsupported(feature: String)
  /// The program has no such operation.
  case notImplemented

  /// The refusal of a request that is wrong.
  static func argument(_ message: String) -> Refusal {
    .refused(class: "argument", message: message)
  }
}

enum OpenMode: String, CaseIterable {
  case reading = "ro"
  case writing = "rw"
}

enum ImageType: String, CaseIterable, Encodable {
  case dynamic
  case fixed
}

enum CheckMode: String, CaseIterable {
  case none
  case plan
  case leaks
  case all
}

/// A quantity of the format: in JSON a string, as many readers round numbers above 2^53.
struct Digits: Encodable {
  let value: UInt64

  init(_ value: UInt64) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(String(value))
  }
}

/// What a header says.
struct Info: Encodable {
  let version: Digits
  let type: ImageType
  let blocks: Digits
  let dirty: Bool
  let uuid: String
  let modUuid: String
}

/// Blocks of a read that are all hits, or all misses.
struct Run: Encodable {
  enum State: String, Encodable {
    case hit
    case miss
  }

  let state: State
  let block: Digits
  let count: Digits
}

/// Blocks whose newest bytes are no longer in the cache because of a write.
struct LostBlocks: Encodable {
  enum Reason: String, Encodable {
    case evicted
    case dropped
  }

  let reason: Reason
  let block: Digits
  let count: Digits
}

/// What became of a write.
struct Written: Encodable {
  /// How many blocks are done with, at least one.
  let written: Digits
  let losses: [LostBlocks]
}

/// A rule that an image breaks.
struct Finding: Hashable, Encodable {
  let rule: String
  let `class`: String
}
