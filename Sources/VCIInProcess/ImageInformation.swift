/// What a header says: the answer to `info` as an implementation gives it.
///
/// It stands beside `PortAnswer.Info`, which is made of it and holds the same as it is compared. A
/// package that is tested sees no type of the suite but those of this library, and has its own for
/// UUIDs: they are text here, as in the port, and a text that is no UUID is a failure of the test
/// as it would be in a line of a session.
public struct ImageInformation: Hashable, Sendable {
  public var version: UInt64
  public var isFixed: Bool
  public var blocks: UInt64
  public var isDirty: Bool
  /// The UUID of the image, as text in lower case.
  public var uuid: String
  /// The modification UUID, as text in lower case.
  public var modificationUUID: String

  public init(
    version: UInt64, isFixed: Bool, blocks: UInt64, isDirty: Bool, uuid: String,
    modificationUUID: String
  ) {
    self.version = version
    self.isFixed = isFixed
    self.blocks = blocks
    self.isDirty = isDirty
    self.uuid = uuid
    self.modificationUUID = modificationUUID
  }
}
