public import VCIFormat

/// Why a request to an image fails.
public enum ImageError: Error, Hashable, Sendable {
  /// The image breaks a rule.
  case violation(Violation)
  /// The file failed.
  case storage(StorageError)
  /// The cache agrees with another state of the disk (VCI-WR-007).
  case notUpToDate(expected: ImageUUID, found: ImageUUID)
  case informationOnly
  case readOnly
  /// The file is open elsewhere: for writing, or, if it should be written here, for reading.
  case locked
  /// The image has no room to copy the nodes that a write changes: `needed` nodes are needed, and
  /// its free blocks hold `rooms` beside one block of data. The image can be read.
  case noRoomToWrite(rooms: UInt64, needed: UInt64)
  /// A number of bytes that is no whole number of blocks.
  case partialBlock(bytes: UInt64)
  case closed
  /// The image is not in a file, so there is none to remove.
  case notInFile
  /// A request for 0 blocks.
  case emptyRequest
  /// A buffer that is smaller than the requested blocks.
  case shortBuffer(needed: UInt64, given: Int)
  /// The file ends inside blocks that it had when it was opened.
  case fileShrank(atByte: UInt64)
  /// A size that no cache can have; the limits are in blocks.
  case sizeOutOfRange(BlockCount, least: BlockCount, most: BlockCount)
  /// The caller cancelled the operation.
  case cancelled
}

extension ImageError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .violation(let violation): "\(violation)"
    case .storage(let error): "\(error)"
    case .notUpToDate(let expected, let found):
      "not up to date: the disk's modification UUID is \(expected), the cache agrees with \(found)"
    case .informationOnly: "opened for information only"
    case .readOnly: "opened for reading only"
    case .locked: "the file is in use: an image has one writer or many readers"
    case .noRoomToWrite(let rooms, let needed):
      "no room to write: the free blocks hold \(rooms) nodes, and a write may copy \(needed); "
        + "the image can be read"
    case .partialBlock(let bytes):
      "\(bytes) bytes are no whole number of blocks of \(Format.blockSize) bytes"
    case .closed: "the image is closed"
    case .notInFile: "the image is not in a file, so there is none to remove"
    case .emptyRequest: "a request for 0 blocks"
    case .shortBuffer(let needed, let given): "\(needed) bytes into a buffer of \(given)"
    case .fileShrank(let byte): "the file ends at byte \(byte), inside of blocks that it had"
    case .sizeOutOfRange(let blocks, let least, let most):
      "a cache of \(blocks) blocks; from \(least) to \(most) are possible"
    case .cancelled: "cancelled"
    }
  }
}

/// Performs a call of a storage; its failure becomes an error of the image.
func asImageError<Value>(
  _ call: @autoclosure () throws(StorageError) -> Value
) throws(ImageError) -> Value {
  do throws(StorageError) {
    return try call()
  } catch {
    throw .storage(error)
  }
}

/// Throws the violation of `rule` at `place` if `holds` is false.
@inline(__always)
func require(
  _ rule: Rule, part: SitePart? = nil, _ holds: Bool, at place: @autoclosure () -> Place,
  expected: @autoclosure () -> Expectation, actual: @autoclosure () -> UInt64,
  situation: Situation? = nil
) throws(ImageError) {
  if holds { return }
  try refuse(
    rule, part: part, at: place(), expected: expected(), actual: actual(), situation: situation)
}

/// Throws the violation of `rule` at `place`, unless the fault of this site is planted.
func refuse(
  _ rule: Rule, part: SitePart? = nil, at place: Place, expected: Expectation, actual: UInt64,
  situation: Situation? = nil
) throws(ImageError) {
  let violation = Violation(
    rule, by: .reference, part: part, at: place, expected: expected, actual: actual,
    situation: situation)
  if let violation { throw .violation(violation) }
}
