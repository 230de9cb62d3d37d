internal import VCIFormat

/// The places of findings.
extension Examination {
  /// A field of the map's header.
  func mapField(_ field: Field) -> Place { .map(field, at: header.blockMap) }

  /// The bits of `blocks` in the bitmap.
  func bits(of blocks: Range<UInt64>) -> Place { .bits(of: blocks, mapAt: header.blockMap) }

  /// A node, by its index in the table.
  func place(of node: UInt32) -> Place {
    .node(nodes.path(of: node), at: nodes[node].address)
  }

  /// The child address of the entry through which the walk reached a node.
  func namingPlace(of node: UInt32) -> Place {
    place(of: nodes[node].parent).slot(nodes[node].slot, .entryChild)
  }

  /// A field of an entry of the node at `level`.
  func place(of entry: UsedSlot, _ field: Field = .entryChild, at level: Int) -> Place {
    place(of: stack[level].node).slot(entry.index, field)
  }

  /// A field of the extent that claims data.
  func place(of claim: Claim, _ field: Field = .extentAddress) -> Place {
    place(of: claim.node ?? 0).slot(claim.slot, field)
  }
}
