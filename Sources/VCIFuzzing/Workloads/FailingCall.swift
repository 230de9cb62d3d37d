internal import Glibc
internal import VCIFormat
internal import VCIGenerators

/// A call of a storage that is to fail, among those that can fail in its way.
struct FailingCall {
  let failure: CallFailure
  /// How many more such calls succeed.
  private var successes: UInt32
  /// The call that has failed; `nil` as long as none has.
  private(set) var struck: StorageError.Operation?

  /// Makes the failure of call number `call`, counted from 0.
  init(_ failure: CallFailure, call: UInt32) {
    self.failure = failure
    successes = call
  }

  /// Counts a call. Returns its error if it is the one that fails.
  mutating func strike(_ operation: StorageError.Operation, _ offset: UInt64) -> StorageError? {
    guard struck == nil, failure.strikes(operation) else { return nil }
    guard successes == 0 else {
      successes -= 1
      return nil
    }
    struck = operation
    return StorageError(
      operation, offset: offset, code: failure.code, reason: "let fail by \(failure.rawValue)")
  }

  /// Returns how many bytes of a write of `count` bytes are stored although it has failed: whole
  /// blocks.
  func storedBytes(of count: Int) -> Int {
    let size = Int(Format.blockSize)
    return failure == .shortWrite ? count / 2 / size * size : 0
  }

  /// Whether an operation may succeed although the call has failed: it can do without the room that
  /// was refused.
  var isExcused: Bool {
    failure.isForWantOfRoom && (struck == .write || struck == .resize)
  }
}

extension CallFailure {
  /// The error number.
  fileprivate var code: Int32 {
    switch self {
    case .ioError, .shortWrite: EIO
    case .noSpace: ENOSPC
    case .quota: EDQUOT
    case .tooLarge: EFBIG
    }
  }

  /// Whether a call of this kind can fail so.
  fileprivate func strikes(_ operation: StorageError.Operation) -> Bool {
    switch self {
    case .ioError: true
    case .noSpace, .quota: operation == .write || operation == .resize || operation == .flush
    case .tooLarge: operation == .write || operation == .resize
    case .shortWrite: operation == .write
    }
  }
}
