internal import PropertyEngine
internal import VCIFormat

/// Finds a place in the file for map, nodes and data.
struct FilePlacing {
  /// A part of an image that lies in one piece.
  private enum Part {
    case map
    case node(Int)
    case extent(node: Int, slot: Int)
  }

  private let blocks: BlockCount
  private let map: BlockCount
  private let layout: ImageLayout
  /// The blocks that nobody needs.
  private var spare: UInt64

  /// Makes places in a cache of `blocks` blocks, whose nodes and data own `owned` of them.
  init(blocks: BlockCount, map: BlockCount, owned: UInt64, layout: ImageLayout) {
    self.blocks = blocks
    self.map = map
    self.layout = layout
    spare = blocks.rawValue - Format.headerBlocks.rawValue - map.rawValue - owned
  }

  /// Sets the addresses of the nodes and of their extents; answers the map's.
  mutating func place(_ nodes: inout [NodePlan], from choices: inout Choices) -> BlockAddress {
    var mapAddress = Format.firstBlock
    var next = Format.firstBlock.rawValue
    for part in parts(of: nodes, from: &choices) {
      if hasGaps, choices.chance(1, in: 2) {
        let gap = choices.magnitude(upTo: spare)
        next += gap
        spare -= gap
      }
      switch part {
      case .map:
        mapAddress = BlockAddress(next)
        next += map.rawValue
      case .node(let index):
        nodes[index].address = BlockAddress(next)
        next += Format.nodeBlocks.rawValue
      case .extent(let node, let slot):
        nodes[node].extents[slot].address = BlockAddress(next)
        next += nodes[node].extents[slot].blocks.rawValue
      }
    }
    return mapAddress
  }

  private var hasGaps: Bool { layout == .scattered || layout == .giant }

  /// The parts in the order in which they lie in the file.
  private func parts(of nodes: [NodePlan], from choices: inout Choices) -> [Part] {
    let data = nodes.indices.map { node in
      nodes[node].extents.indices.map { Part.extent(node: node, slot: $0) }
    }
    let inOrder = [Part.map] + nodes.indices.map(Part.node) + data.flatMap(\.self)
    switch layout {
    case .minimal, .canonical: return inOrder
    case .reversed: return inOrder.reversed()
    case .interleaved: return [.map] + nodes.indices.flatMap { [Part.node($0)] + data[$0] }
    case .scattered, .giant:
      var shuffled = inOrder
      choices.shuffle(&shuffled)
      return shuffled
    }
  }
}
