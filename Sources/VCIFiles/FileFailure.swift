public import SystemPackage

/// A system call on a file that failed.
public struct FileFailure: Error, Hashable, Sendable {
  /// What was asked of the file.
  public enum Operation: String, Sendable {
    case create, write, resize, flush
  }

  public let operation: Operation
  /// The byte offset of the call; `nil` if the operation has none.
  public let offset: UInt64?
  /// The system's error number.
  public let number: Errno
  /// What is wrong, in words.
  public let reason: String

  /// Makes a failure; without a `reason` it is the system's text for the number.
  public init(
    _ operation: Operation, at offset: UInt64? = nil, _ number: Errno, reason: String? = nil
  ) {
    self.operation = operation
    self.offset = offset
    self.number = number
    self.reason = reason ?? number.description
  }

  /// Whether the file system, a quota or a limit of the process has no room for a file of this
  /// size, though another file may fit.
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
