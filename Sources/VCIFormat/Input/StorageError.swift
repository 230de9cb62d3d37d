/// A failure of the file that holds an image.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was asked of the file.
  public enum Operation: String, Sendable {
    case open, create, read, write, size, resize, flush, seek, lock, close, remove
  }

  /// What was asked of the file.
  public let operation: Operation
  /// The byte at which it was asked; `nil` where the operation has no place.
  public let offset: UInt64?
  /// The system's error number; 0 where the system found nothing wrong, and the file still can't be
  /// used.
  public let code: Int32
  /// What the number means, or what is wrong with the file.
  public let reason: String

  /// Makes a storage error of these values.
  public init(_ operation: Operation, offset: UInt64? = nil, code: Int32 = 0, reason: String) {
    self.operation = operation
    self.offset = offset
    self.code = code
    self.reason = reason
  }

  public var description: String {
    let act = operation == .size ? "tell the size of" : operation.rawValue
    let place = offset.map { "at byte \($0)" } ?? "the file"
    return "cannot \(act) \(place): \(reason)" + (code == 0 ? "" : " (error \(code))")
  }
}

extension StorageError {
  /// A read that ended at byte `end` of a file that had `size` bytes before.
  public static func ended(at end: UInt64, of size: UInt64) -> StorageError {
    StorageError(
      .read, offset: end, reason: "the file ends there, and had \(size) bytes at least")
  }

  /// A file that is no longer as long as it was, so that what was read of it need not belong
  /// together.
  static func changed(from size: UInt64, to now: UInt64) -> StorageError {
    StorageError(
      .read, reason: "it was \(size) bytes long, and is \(now) now: somebody changes it")
  }
}

extension ByteSource {
  /// Judges that the source still is `size` bytes long.
  ///
  /// - Throws: `StorageError` where it is not, and where the file fails.
  public func requireByteCount(_ size: UInt64) throws(StorageError) {
    let now = try byteCount()
    guard now == size else { throw .changed(from: size, to: now) }
  }

  /// Judges that a read of `wanted` bytes from `offset` on, of which there were `count`, is all that
  /// a source of `size` bytes has there.
  ///
  /// - Throws: `StorageError` where the source ended before.
  public func requireWholeRead(
    _ count: Int, of wanted: Int, at offset: UInt64, size: UInt64
  ) throws(StorageError) {
    guard count < wanted, offset < size, UInt64(count) < size - offset else { return }
    throw .ended(at: offset + UInt64(count), of: size)
  }
}
