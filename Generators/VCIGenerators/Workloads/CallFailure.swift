/// How a call of the storage fails. The raw value is the word of a stored case.
package enum CallFailure: String, Hashable, Sendable, CaseIterable {
  /// The disk cannot do it.
  case ioError = "EIO"
  /// The disk is full.
  case noSpace = "ENOSPC"
  /// The owner's quota is full.
  case quota = "EDQUOT"
  /// The file may not be larger.
  case tooLarge = "EFBIG"
  /// A write stores the first half of its blocks, and fails with EIO then.
  case shortWrite = "short-write"
}

extension CallFailure {
  /// Whether it says that there is no room, which is no failure of a write of the cache.
  package var isForWantOfRoom: Bool {
    switch self {
    case .noSpace, .quota, .tooLarge: true
    case .ioError, .shortWrite: false
    }
  }
}
