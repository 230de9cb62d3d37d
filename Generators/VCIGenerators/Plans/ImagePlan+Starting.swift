package import PropertyEngine
internal import VCIFormat

extension ImagePlan {
  /// Draws the plan of a valid image of a shape, which has room to write.
  package static func drawn(
    _ shape: StartShape, _ room: StartRoom, isDirty: Bool, from choices: inout Choices
  ) -> ImagePlan {
    let nodes = shape.nodes(room, from: &choices)
    let owned = nodes.reduce(BlockCount(0)) { owned, node in
      node.extents.reduce(owned + Format.nodeBlocks) { $0 + $1.blocks }
    }
    var plan = ImagePlan(blocks: 0, mapAddress: Format.firstBlock, nodes: nodes, size: 0)
    let free = room.blocks(levels: UInt64(plan.depth), from: &choices)
    plan.blocks = blocks(holding: owned + free)
    plan.drawPlaces(from: &choices)
    plan.drawLinks(from: &choices)
    plan.imageUUID = ImageUUID(
      high: choices.number(upTo: .max) | 1, low: choices.number(upTo: .max))
    if choices.chance(3, in: 4) {
      plan.modificationUUID = ImageUUID(
        high: choices.number(upTo: .max), low: choices.number(upTo: .max))
    }
    plan.type = choices.chance(1, in: 6) ? .fixed : .dynamic
    plan.isDirty = isDirty
    plan.isMapClear = isDirty && choices.chance(1, in: 4)
    plan.size = (plan.type == .fixed ? plan.blocks : BlockCount(plan.end.rawValue)).bytes
    return plan
  }

  /// The smallest cache that holds `count` blocks beside header and map.
  private static func blocks(holding count: BlockCount) -> BlockCount {
    var blocks = count + 4
    while blocks < count + 2 + Format.mapBlocks(for: blocks) {
      blocks = count + 2 + Format.mapBlocks(for: blocks)
    }
    return blocks
  }

  /// Draws the order of the parts. What is free is one run before any of them, or after the last.
  private mutating func drawPlaces(from choices: inout Choices) {
    var parts = parts
    if choices.chance(1, in: 2) { choices.shuffle(&parts) }
    let spare = owned.reduce(blocks) { $0 - $1.count }
    var left = choices.chance(1, in: 2) ? choices.index(below: parts.count) : -1
    layOut(parts) { _ in
      defer { left -= 1 }
      return left == 0 ? spare : 0
    }
  }
}
