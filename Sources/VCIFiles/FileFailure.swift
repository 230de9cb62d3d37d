public import SystemPackage

/// A call of the system on a file that failed.
public struct FileFailure: Error, Hashable, Sendable {
  /// What was asked of the file.
  public enum Operation: String, Sendable {
    case create, write, resize, flush
  }

  /// What was asked of the file.
  public let operation: Operation
  /// The byte at which it was asked; `nil` where the operation has no place.
  public let offset: UInt64?
  /// The system's error number.
  public let number: Errno
  /// What is wrong, in words.
  public let reason: String

  /// Makes a failure of these values; the system's words stand for the number without a `reason`.
  public init(
    _ operation: Operation, at offset: UInt64? = nil, _ number: Errno, reason: String? = nil
  ) {
    self.operation = operation
    self.offset = offset
    self.number = number
    self.reason = reason ?? number.description
  }

  /// Whether the file system, a quota or a limit of the process keeps a file of this size from being
  /// there, though another file may be.
  public var isForWantOfRoom: Bool {
    switch number {
    case .noSpace, .diskQuotaExceeded, .fileTooLarge: true
    case .invalidArgument: operation == .resize
    default: false
    }
  }
}

extension FileFailure: CustomStringConvertible {
  public var description: String {
    let place = offset.map { "at byte \($0)" } ?? "the file"
    return "cannot \(operation.rawValue) \(place): \(reason) (error \(number.rawValue))"
  }
}
