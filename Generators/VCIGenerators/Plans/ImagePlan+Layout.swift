package import VCIFormat

extension ImagePlan {
  /// A part of the file that lies in one piece.
  package enum Part: Hashable, Sendable {
    case map
    /// A node, by its index in `nodes`.
    case node(Int)
    /// The data of an extent.
    case extent(node: Int, slot: Int)
  }

  /// The map, the nodes, and the data from left to right.
  package var parts: [Part] { [.map] + nodes.indices.map(Part.node) + dataParts.flatMap(\.self) }

  /// The data of each node's extents.
  var dataParts: [[Part]] {
    nodes.indices.map { node in
      nodes[node].extents.indices.map { .extent(node: node, slot: $0) }
    }
  }

  /// The limit of the addresses in recipes: byte offsets below it need at most 62 bits.
  static let addressLimit: BlockAddress = 0x20_0000_0000_0000

  /// Gives parts their addresses: one after the other, from the first block after the header on.
  /// Returns the block after the last part.
  ///
  /// `gap` returns the blocks to leave free before the next part. It is called once for each part,
  /// in the order of `parts`, with the first block that it may leave free.
  @discardableResult
  package mutating func layOut(
    _ parts: [Part], leaving gap: (BlockAddress) -> BlockCount = { _ in 0 }
  ) -> BlockAddress {
    var next = Format.firstBlock
    for part in parts {
      next += gap(next)
      switch part {
      case .map:
        mapAddress = next
        next += map.count
      case .node(let index):
        nodes[index].address = next
        next += Format.nodeBlocks
      case .extent(let node, let slot):
        nodes[node].extents[slot].address = next
        next += nodes[node].extents[slot].blocks
      }
    }
    return next
  }

  /// The blocks of header, map and nodes.
  var metadata: [BlockRange] {
    [BlockRange(0, Format.headerBlocks), map] + nodes.map(\.range)
  }

  /// The blocks of header, map, nodes and data.
  var owned: [BlockRange] { metadata + extents.map(\.data) }

  /// The block after the last one that is owned.
  package var end: BlockAddress { owned.compactMap(\.end).max() ?? Format.firstBlock }
}
