/// What a header says.
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
