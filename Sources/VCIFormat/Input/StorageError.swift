/// A failure of the file that holds an image.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation that failed.
  public enum Operation: String, Sendable {
    case open, create, read, write, size, resize, flush, seek, lock, close, remove
  }

  /// The operation that failed.
  public let operation: Operation
  /// The byte at which it failed; `nil` if the operation has no place.
  public let offset: UInt64?
  /// The system's error number; 0 if the error is not the system's.
  public let code: Int32
  /// The meaning of the number, or what is wrong with the file.
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
  /// Returns the error for a read that ended at byte `end` of a file that had `size` bytes.
  public static func ended(at end: UInt64, of size: UInt64) -> StorageError {
    StorageError(
      .read, offset: end, reason: "the file ends there, and had \(size) bytes at least")
  }

  /// Returns the error for a file whose size changed while it was read.
  static func changed(from size: UInt64, to now: UInt64) -> StorageError {
    StorageError(
      .read, reason: "it was \(size) bytes long, and is \(now) now: somebody changes it")
  }
}

extension ByteSource {
  /// Requires that the source still has `size` bytes.
  ///
  /// - Throws: `StorageError` if it has not, or if the file cannot be read.
  public func requireByteCount(_ size: UInt64) throws(StorageError) {
    let now = try byteCount()
    guard now == size else { throw .changed(from: size, to: now) }
  }

  /// Requires that a read which returned `count` of `wanted` bytes from `offset` on ended at the
  /// end of a source of `size` bytes.
  ///
  /// - Throws: `StorageError` if it ended before.
  public func requireWholeRead(
    _ count: Int, of wanted: Int, at offset: UInt64, size: UInt64
  ) throws(StorageError) {
    guard count < wanted, offset < size, UInt64(count) < size - offset else { return }
    throw .ended(at: offset + UInt64(count), of: size)
  }
}
