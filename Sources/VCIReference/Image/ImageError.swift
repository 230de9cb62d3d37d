public import VCIFormat

/// Why a request to an image cannot be met.
public enum ImageError: Error, Hashable, Sendable {
  /// The image breaks a rule.
  case violation(Violation)
  /// The file failed.
  case storage(StorageError)
  /// The cache agrees with another state of the disk (VCI-WR-007).
  case notUpToDate(expected: ImageUUID, found: ImageUUID)
  /// The image was opened for information only.
  case informationOnly
  /// The image was opened for reading only.
  case readOnly
  /// The file is open elsewhere, for writing or, where it was to be written, for reading.
  case locked
  /// The image has no room in which a write could copy what it changes: its free blocks hold `rooms`
  /// nodes beside a block of data, and `needed` are needed. It can be read.
  case noRoomToWrite(rooms: UInt64, needed: UInt64)
  /// A number of bytes that is no whole number of blocks.
  case partialBlock(bytes: UInt64)
  /// The image was closed.
  case closed
  /// The image is not in a file, so there is none to remove.
  case notInFile
  /// A request for no block at all.
  case emptyRequest
  /// A buffer that does not hold as many bytes as were asked for.
  case shortBuffer(needed: UInt64, given: Int)
  /// The file ended inside of blocks that it had when it was opened.
  case fileShrank(atByte: UInt64)
  /// A size that no cache can have; the limits are in blocks.
  case sizeOutOfRange(BlockCount, least: BlockCount, most: BlockCount)
  /// The caller stopped what was going on.
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

/// Turns a failure of the file into an error of the image.
func asked<Value>(_ storage: () throws(StorageError) -> Value) throws(ImageError) -> Value {
  do throws(StorageError) {
    return try storage()
  } catch {
    throw .storage(error)
  }
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
