/// What is wrong with a state of the disk after a crash, or with a run in which a call failed.
package struct CrashFlaw: Error, Hashable, Sendable, Codable {
  package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// The image is refused.
    case refused
    /// A block is served with bytes that were never written to it.
    case wrongBytes = "wrong bytes"
    /// A block is served with bytes that are older than those that were flushed.
    case olderBytes = "older bytes"
    /// A block that was flushed is missing.
    case lost
    /// A block is served that was discarded before a flush.
    case forgotten
    /// There is no file of the image's name.
    case noName = "no file of this name"
    /// The tree is none that was made durable, and none that was to be.
    case otherTree = "other tree"
    /// A check finds a corruption.
    case corrupt
    /// The flag is clear, and map or counters do not agree with the tree.
    case flagClear = "flag clear"
    /// The image cannot be opened for writing, or not be closed.
    case notRecovered = "not recovered"
    /// A check after the recovery finds something.
    case notClean = "not clean"
    /// The recovery changed what is cached.
    case changed
    /// After a crash in a recovery the next one ends in another image.
    case otherEnd = "other end"
    /// An operation succeeded although a call of it failed.
    case notReported = "not reported"
    /// An operation failed although no call of it did.
    case failed
    /// The program died.
    case trapped
    /// The program did not come back.
    case stuck
  }

  package let kind: Kind
  /// The ID of the requirement that is broken.
  package let requirement: String
  package let detail: String

  init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
    requirement =
      switch kind {
      case .flagClear: "VCI-WR-002"
      case .refused, .wrongBytes, .otherTree, .corrupt: "VCI-WR-003"
      case .olderBytes, .lost, .forgotten: "VCI-WR-004"
      case .notRecovered: "VCI-RD-003"
      case .notClean, .changed, .otherEnd, .notReported, .noName: "VCI-WR-001"
      case .failed: "VCI-WR-005"
      case .trapped, .stuck: "VCI-RD-007"
      }
  }
}

extension CrashFlaw: CustomStringConvertible {
  package var description: String { "\(requirement), \(kind.rawValue): \(detail)" }
}
