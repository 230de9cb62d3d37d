/// What an implementation can do ("Capabilities" in `Specs/Port.md`).
public struct Declaration: Hashable, Sendable {
  /// An operation. A close goes with the opens, and is not declared.
  public enum Operation: String, CaseIterable, Hashable, Sendable {
    case probe
    case openForReading = "open-ro"
    case openForWriting = "open-rw"
    case information = "info"
    case read
    case extents
    case create
    case write
    case discard
    case flush
    case setModificationUUID = "set-moduuid"
    case check
  }

  /// A feature that an implementation may lack.
  public enum Feature: String, CaseIterable, Hashable, Sendable {
    /// Images whose root is an internal node.
    case multiLevelTree = "multi-level-tree"
    /// Disks of more than 2^32 blocks.
    case wideDisks = "wide-disks"
    /// Fixed images can be created.
    case fixed
    /// Images that need a rebuild are opened for writing.
    case dirtyRecovery = "dirty-recovery"
    /// Opens take a modification UUID.
    case modificationUUID = "mod-uuid"
    case locks
  }

  /// What survives a crash.
  public enum Durability: String, CaseIterable, Hashable, Sendable {
    case none
    case close
    case flush
  }

  public var name: String
  /// The version; not `main`, `dev` and the like.
  public var version: String
  public var operations: Set<Operation>
  public var features: Set<Feature>
  /// What survives a crash; required if `write` is among the operations.
  public var durability: Durability?
  /// The largest disk that the implementation takes, in blocks; `nil` if there is no limit.
  public var mostBlocks: UInt64?

  public init(
    name: String, version: String, operations: Set<Operation>, features: Set<Feature> = [],
    durability: Durability? = nil, mostBlocks: UInt64? = nil
  ) {
    self.name = name
    self.version = version
    self.operations = operations
    self.features = features
    self.durability = durability
    self.mostBlocks = mostBlocks
  }
}
