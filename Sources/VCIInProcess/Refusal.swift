/// An outcome that is not "done" ("Outcomes" in `Specs/Port.md`).
public enum Refusal: Error, Hashable, Sendable {
  /// The implementation says no, for a rule or requirement such as `VCI-EXT-003`.
  case rule(String)
  /// The implementation says no, and names no rule.
  case reason(Reason)
  /// The operation, on this image or with these arguments, needs a feature that there is not.
  case unsupported(Declaration.Feature)
  /// There is no such operation.
  case notImplemented

  /// The class of a refusal. Only `noRoom`, `locked`, `notUpToDate` and `io` are compared.
  public enum Reason: String, CaseIterable, Hashable, Sendable {
    case notVCI = "not-vci"
    case version
    case header
    case bitmap
    case tree
    case extent
    case data
    case size
    /// The state of the image does not allow it, for example it is dirty.
    case state
    /// The modification UUID is another one.
    case notUpToDate = "not-up-to-date"
    /// Another program has the file open.
    case locked
    /// The free blocks cannot hold what one write must copy.
    case noRoom = "no-room"
    /// The disk under the file is full.
    case space
    /// The file cannot be read or written, or is not a regular file or block device.
    case io
    /// The request is wrong.
    case argument
    case feature
    case other
  }
}
