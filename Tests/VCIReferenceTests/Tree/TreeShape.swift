import VCIFormat
@testable import VCIReference

/// What a tree looks like: nodes and extents, without addresses of nodes and order of use.
indirect enum TreeShape: Hashable, CustomStringConvertible {
  case leaf([TreeModel.Extent])
  case node([Branch])

  /// An entry and what is below it.
  struct Branch: Hashable {
    let cover: Cover
    let child: TreeShape
  }

  /// A leaf of extents of `(offset, count, address)`.
  static func leaf(_ extents: (UInt64, UInt64, UInt64)...) -> TreeShape {
    .leaf(extents.map { TreeModel.Extent(offset: $0.0, count: $0.1, address: $0.2) })
  }

  /// An internal node of entries of `(offset, count, child)`.
  static func node(_ entries: (UInt64, UInt64, TreeShape)...) -> TreeShape {
    .node(entries.map { Branch(cover: Cover(start: $0.0, end: $0.0 + $0.1), child: $0.2) })
  }

  /// `[0+5 7+1]` for a leaf, `{0+8 [0+5 7+1]}` for a node with one child.
  var description: String {
    switch self {
    case .leaf(let extents):
      "[" + extents.map { "\($0.offset)+\($0.count)" }.joined(separator: " ") + "]"
    case .node(let branches):
      "{"
        + branches.map { "\($0.cover.start)+\($0.cover.count) \($0.child)" }
        .joined(separator: " ") + "}"
    }
  }

  /// The levels, as the first leaf has them.
  var levels: Int {
    guard case .node(let branches) = self else { return 1 }
    return 1 + branches[0].child.levels
  }
}

extension ExtentTree {
  /// Makes a tree that is in the file and looks so; its extents were used in descending order.
  convenience init(_ shape: TreeShape, _ limits: TreeLimits = .format) {
    self.init(limits: limits)
    levels = shape.levels
    root = adopt(shape)
  }

  private func adopt(_ shape: TreeShape) -> NodeID {
    let address = BlockAddress(UInt64(4 + 8 * nodeCount))
    switch shape {
    case .leaf(let extents):
      let slots = extents.map { extent in
        ExtentSlot(
          offset: BlockOffset(extent.offset),
          data: BlockRange(BlockAddress(extent.address), BlockCount(extent.count)),
          reserved: extent.reserved, id: recency.addLast(BlockOffset(extent.offset)))
      }
      return add(slots, at: address, isFresh: false)
    case .node(let branches):
      let id = add([] as [EntrySlot], at: address, isFresh: false)
      setSlots(branches.map { EntrySlot($0.cover, child: adopt($0.child)) }, of: id)
      return id
    }
  }

  /// What it looks like.
  var shape: TreeShape { shape(of: root) }

  private func shape(of id: NodeID) -> TreeShape {
    let node = self[id]
    guard node.isLeaf else {
      return .node(
        (0..<Int(node.count)).map { index in
          let entry = entry(node, index)
          return TreeShape.Branch(cover: entry.cover, child: shape(of: entry.child))
        })
    }
    return .leaf(
      (0..<Int(node.count)).map { index in
        let slot = extent(node, index)
        return TreeModel.Extent(
          offset: slot.offset, count: UInt64(slot.count), address: slot.address,
          reserved: slot.reserved)
      })
  }
}
