/// An implementation of VCI that is tested in the process of its tests.
///
/// Eight requirements have no default: `declaration`, `probe`, `open`, `read`, `create`, `write`,
/// `flush` and `close`. Nothing is asked that `declaration` does not name, so a function that it
/// does not name may throw `Refusal.notImplemented`.
///
/// A function that says no throws a `Refusal`. Any other error is one of the implementation, and
/// counts like a crash. What each operation owes stands in `Specs/Port.md`, "Operations".
///
/// Nothing stands between the implementation and the test: a trap ends the test run, what hangs
/// hangs it, and no limit of memory holds. `vci conform` has processes for that.
public protocol Implementation: SendableMetatype {
  /// An image that is open.
  associatedtype Image

  /// What the implementation can do. It is the same whenever it is asked.
  var declaration: Declaration { get }

  /// Returns if the file is a VCI of a known version (VCI-RD-001).
  ///
  /// - Throws: `Refusal` for a rule of stage probe, and of reason `io` if the file cannot be read.
  func probe(_ path: String) throws

  /// Opens an image (VCI-RD-002, VCI-RD-003).
  ///
  /// `modificationUUID` is that of the disk, as text in lower case; `nil` if it does not matter.
  ///
  /// - Throws: `Refusal`, of reason `notUpToDate` if the image has another modification UUID.
  func open(_ path: String, for access: Access, modificationUUID: String?) throws -> Image

  /// Reads blocks of the disk (VCI-RD-004 to VCI-RD-007): `count` of them, at least one, from
  /// `block` on; the end is at most 2^64, which 64 bits do not hold.
  ///
  /// Returns hits and misses from `block` on without gaps. They may end early, and the rest is then
  /// asked for; a few MiB at a time are enough.
  ///
  /// - Throws: `Refusal` if nothing can be said of the first block because of damage.
  func read(_ image: inout Image, block: UInt64, count: UInt64) throws -> [ReadRun]

  /// Makes an image that caches nothing (VCI-WR-006), of `blocks` blocks, all metadata included.
  ///
  /// `uuid` is that of the image, as text in lower case; the modification UUID is nil.
  ///
  /// - Throws: `Refusal` if there is something at `path`, also a link that leads nowhere, or if
  ///   there can be no image of this size. Nothing is left behind then.
  func create(_ path: String, blocks: UInt64, isFixed: Bool, uuid: String) throws

  /// Caches whole blocks, of 512 bytes each, from `block` of the disk on (VCI-WR-001, VCI-WR-005).
  ///
  /// Returns how many of them are done with, at least one. The rest is offered again. A full cache
  /// is no reason to refuse: blocks are evicted or dropped.
  func write(_ image: inout Image, block: UInt64, bytes: [UInt8]) throws -> UInt64

  /// Makes durable what was written (VCI-WR-004). It is asked of images that are open for writing.
  func flush(_ image: inout Image) throws

  /// Ends the use of an image, whatever comes of it.
  func close(_ image: Image) throws

  /// Returns what the header says.
  func information(_ image: inout Image) throws -> ImageInformation

  /// Returns what is cached, ascending; neighbours may be joined.
  func extents(_ path: String) throws -> [CachedBlocks]

  /// Removes blocks from the cache; `count` and `block` are as those of a read.
  func discard(_ image: inout Image, block: UInt64, count: UInt64) throws

  /// Stores the modification UUID of the disk (VCI-WR-007).
  func setModificationUUID(_ image: inout Image, _ uuid: String) throws

  /// Returns the rules that the image breaks, each pair of rule and class once, and changes
  /// nothing.
  func check(_ path: String) throws -> [BrokenRule]
}

extension Implementation {
  public func information(_ image: inout Image) throws -> ImageInformation {
    throw Refusal.notImplemented
  }

  public func extents(_ path: String) throws -> [CachedBlocks] { throw Refusal.notImplemented }

  public func discard(_ image: inout Image, block: UInt64, count: UInt64) throws {
    throw Refusal.notImplemented
  }

  public func setModificationUUID(_ image: inout Image, _ uuid: String) throws {
    throw Refusal.notImplemented
  }

  public func check(_ path: String) throws -> [BrokenRule] { throw Refusal.notImplemented }
}

/// The purpose of an open.
public enum Access: Hashable, Sendable {
  case reading
  case writing
}
