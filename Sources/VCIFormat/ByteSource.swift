/// Something that holds the bytes of an image and can be read: a file, memory, a plan.
///
/// It cannot be written through, so what is handed a source provably writes nothing.
public protocol ByteSource: AnyObject {
  /// How many bytes there are now.
  ///
  /// - Throws: `StorageError` where the file fails.
  func byteCount() throws(StorageError) -> UInt64

  /// Reads bytes from `offset` on until `buffer` is full or the source ends, and answers how
  /// many were read: fewer than the buffer holds only at the end, 0 past it.
  ///
  /// - Throws: `StorageError` where the file fails.
  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int

  /// The first byte from `offset` on that stands outside a hole, `nil` where none follows.
  ///
  /// A source that knows of no holes answers `offset` itself, inside of what it holds.
  ///
  /// - Throws: `StorageError` where the file fails.
  func nextData(from offset: UInt64) throws(StorageError) -> UInt64?
}

extension ByteSource {
  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    offset < (try byteCount()) ? offset : nil
  }
}

/// A failure of the file that holds an image.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was asked of the file.
  public enum Operation: String, Sendable {
    case open, create, read, write, size, resize, flush, seek, close, remove
  }

  /// What was asked of the file.
  public let operation: Operation
  /// The byte at which it was asked; 0 where the operation has no place.
  public let offset: UInt64
  /// The system's error number.
  public let code: Int32
  /// What the system says the number means.
  public let reason: String

  /// Makes a storage error of these values.
  public init(_ operation: Operation, offset: UInt64 = 0, code: Int32, reason: String) {
    self.operation = operation
    self.offset = offset
    self.code = code
    self.reason = reason
  }

  public var description: String {
    offset == 0
      ? "cannot \(operation.rawValue) the file: \(reason) (error \(code))"
      : "cannot \(operation.rawValue) at byte \(offset): \(reason) (error \(code))"
  }
}
