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
