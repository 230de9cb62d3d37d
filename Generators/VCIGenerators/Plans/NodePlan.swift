package import VCIFormat

/// An entry of a planned internal node.
package struct EntryPlan: Hashable, Sendable {
  /// The first disk block that the child covers.
  package var offset: BlockOffset
  /// The number of disk blocks that it covers.
  package var blocks: BlockCount
  /// The index of the child among the plan's nodes.
  package var node: Int

  package init(offset: BlockOffset, blocks: BlockCount, node: Int) {
    self.offset = offset
    self.blocks = blocks
    self.node = node
  }
}

/// A planned node of the tree: its address, and its used slots from the first on.
package struct NodePlan: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// Extents with their links.
    case leaf([Extent])
    /// Entries that lead to other nodes of the plan.
    case `internal`([EntryPlan])
  }

  /// The first of the node's 8 blocks.
  package var address: BlockAddress
  package var content: Content

  package init(address: BlockAddress, _ content: Content) {
    self.address = address
    self.content = content
  }

  /// The node's blocks.
  package var range: BlockRange { BlockRange(address, Format.nodeBlocks) }

  package var type: NodeType {
    switch content {
    case .leaf: .leaf
    case .internal: .internal
    }
  }

  /// The extents of a leaf; none for an internal node.
  ///
  /// Setting them makes the node a leaf.
  package var extents: [Extent] {
    get { if case .leaf(let extents) = content { extents } else { [] } }
    set { content = .leaf(newValue) }
  }

  /// The entries of an internal node; none for a leaf.
  ///
  /// Setting them makes the node an internal one.
  package var entries: [EntryPlan] {
    get { if case .internal(let entries) = content { entries } else { [] } }
    set { content = .internal(newValue) }
  }
}
