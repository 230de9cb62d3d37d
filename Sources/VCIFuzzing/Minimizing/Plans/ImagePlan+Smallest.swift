internal import VCIFormat
internal import VCIGenerators

extension ImagePlan {
  /// The smallest plans of different trees, smallest first: with up to three levels and up to two
  /// extents, some with a list, and one with a spare block.
  static let smallest: [ImagePlan] = {
    let plans = [[0], [1], [2], [0, 0], [1, 1]].flatMap { leaves in
      (leaves.count == 1 ? [1, 2, 3] : [2]).map { smallest(leaves, levels: $0, isListed: false) }
    }
    let others = [
      smallest([2], levels: 1, isListed: true), smallest([1, 1], levels: 2, isListed: true),
      smallest([0, 0], levels: 3, isListed: false), smallest([1, 1], levels: 3, isListed: false),
    ]
    var spare = plans[0]
    spare.blocks = BlockCount(spare.blocks.rawValue + 1)
    return (plans + others + [spare]).sorted { $0.isSmaller(than: $1) }
  }()

  /// Returns the smallest plan of a tree whose leaves have these numbers of extents, of one block
  /// each. Each leaf has its own branch below the root.
  private static func smallest(_ leaves: [Int], levels: Int, isListed: Bool) -> ImagePlan {
    var nodes: [NodePlan] = []
    var offset: UInt64 = 0
    func add(_ level: Int, _ leaves: ArraySlice<Int>) -> EntryPlan {
      let (index, start) = (nodes.count, offset)
      nodes.append(NodePlan(address: 0, level == levels ? .leaf([]) : .internal([])))
      if level == levels {
        let extents = leaves.reduce(0, +)
        nodes[index].extents = (0..<UInt64(extents)).map {
          Extent(offset: BlockOffset(start + $0), blocks: 1, address: 0)
        }
        offset += UInt64(max(extents, 1))
      } else {
        let entries =
          level == 1
          ? leaves.indices.map { add(level + 1, leaves[$0...$0]) } : [add(level + 1, leaves)]
        nodes[index].content = .internal(entries)
      }
      return EntryPlan(
        offset: BlockOffset(start), blocks: BlockCount(offset - start), node: index)
    }
    _ = add(1, leaves[...])
    // Map, nodes and data in this order, without gaps.
    var plan = ImagePlan(blocks: 1, mapAddress: Format.firstBlock, nodes: nodes, size: 0)
    plan.blocks = BlockCount(plan.layOut(plan.parts).rawValue)
    plan.size = plan.blocks.bytes
    if isListed { plan.link(in: Array(plan.extents.indices)) }
    return plan
  }

  /// Returns whether the plan is smaller than `other`. Plans are compared by nodes, then extents,
  /// then blocks, then the remaining elements of `measure`.
  func isSmaller(than other: ImagePlan) -> Bool {
    measure.lexicographicallyPrecedes(other.measure)
  }

  private var measure: [UInt64] {
    let links = extents.count { $0.previous != 0 || $0.next != 0 }
    let disk = extents.reduce(UInt64(0)) { $0 &+ $1.offset.rawValue }
    let rest = (type == .dynamic ? 0 : 1) + (isDirty ? 1 : 0) + UInt64(links)
    let file = nodes.reduce(mapAddress.rawValue) { $0 &+ $1.address.rawValue }
    return [
      UInt64(nodes.count), UInt64(extents.count), blocks.rawValue, size, rest, disk, file,
    ]
  }
}
