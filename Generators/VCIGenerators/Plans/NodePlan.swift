public import VCIFormat

/// An entry of a planned internal node.
public struct EntryPlan: Hashable, Sendable {
  /// The first disk block that the child covers.
  public var offset: BlockOffset
  /// How many disk blocks it covers.
  public var blocks: BlockCount
  /// The index of the child among the plan's nodes.
  public var node: Int

  /// Makes an entry plan of these values.
  public init(offset: BlockOffset, blocks: BlockCount, node: Int) {
    self.offset = offset
    self.blocks = blocks
    self.node = node
  }
}

/// A planned node of the tree: where it lies and what its slots hold, from the first one on.
public struct NodePlan: Hashable, Sendable {
  /// What a node holds.
  public enum Content: Hashable, Sendable {
    /// Extents, links included.
    case leaf([Extent])
    /// Entries that lead to other nodes of the plan.
    case `internal`([EntryPlan])
  }

  /// The first of the node's 8 blocks.
  public var address: BlockAddress
  /// What it holds.
  public var content: Content

  /// Makes a node plan of these values.
  public init(address: BlockAddress, _ content: Content) {
    self.address = address
    self.content = content
  }

  /// Where the node lies.
  public var place: BlockRange { BlockRange(address, Format.nodeBlocks) }

  /// The node's type.
  public var type: NodeType {
    switch content {
    case .leaf: .leaf
    case .internal: .internal
    }
  }

  /// The extents of a leaf; none of an internal node.
  ///
  /// Setting them makes the node a leaf.
  public var extents: [Extent] {
    get { if case .leaf(let extents) = content { extents } else { [] } }
    set { content = .leaf(newValue) }
  }

  /// The entries of an internal node; none of a leaf.
  public var entries: [EntryPlan] {
    if case .internal(let entries) = content { entries } else { [] }
  }
}
