import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

private func drawn(_ count: UInt64) -> [ImagePlan] {
  (0..<count).map { index in
    var choices = Choices(RandomSource(seed: 43, index: index, stream: RandomStream(rawValue: 43)))
    return ImagePlan.drawn(from: &choices)
  }
}

/// The disk blocks of a slot: the first, and the one after the last.
private typealias Span = (start: UInt64, end: UInt64)

/// A walk over a plan's tree.
private struct Tree {
  let plan: ImagePlan
  /// The nodes in walk order.
  var order: [Int] = []
  var levelsOfLeaves: Set<Int> = []
  /// Whether the slots of each node ascend without overlaps within the span of the entry above.
  var isOrdered = true

  init(_ plan: ImagePlan) {
    self.plan = plan
    walk(0, level: 1, in: (0, 1 << 54))
  }

  private mutating func walk(_ index: Int, level: Int, in span: Span) {
    order.append(index)
    let node = plan.nodes[index]
    var next = span.start
    let spans: [Span] =
      node.extents.map { ($0.offset.rawValue, $0.offset.rawValue + $0.blocks.rawValue) }
      + node.entries.map { ($0.offset.rawValue, $0.offset.rawValue + $0.blocks.rawValue) }
    for slot in spans {
      if slot.start < next || slot.end <= slot.start { isOrdered = false }
      next = slot.end
    }
    if next > span.end { isOrdered = false }
    if node.type == .leaf { levelsOfLeaves.insert(level) }
    for (entry, span) in zip(node.entries, spans) { walk(entry.node, level: level + 1, in: span) }
  }
}

struct `A drawn tree` {
  @Test
  func `has each node once, in walk order, and its leaves on one level`() {
    for plan in drawn(500) {
      let tree = Tree(plan)
      #expect(tree.order == Array(plan.nodes.indices))
      #expect(tree.levelsOfLeaves == [plan.depth])
      #expect(plan.depth <= 16)
    }
  }

  @Test
  func `has ordered slots, within the ranges above them and what 32 bits count`() {
    for plan in drawn(500) {
      #expect(Tree(plan).isOrdered)
      for node in plan.nodes {
        #expect(node.extents.count <= 107 && node.entries.count <= 204)
        #expect(node.type == .leaf || !node.entries.isEmpty)
        #expect(node.entries.allSatisfy { $0.blocks.rawValue <= 0xffff_ffff })
        #expect(node.extents.allSatisfy { $0.blocks.rawValue <= 0xffff_ffff })
      }
    }
  }

  @Test
  func `has map, nodes and data without overlaps, after the header, within file and cache`() {
    for plan in drawn(500) {
      let parts = [plan.map] + plan.nodes.map(\.range) + plan.extents.map(\.data)
      let sorted = parts.sorted { $0.first < $1.first }
      var next: UInt64 = 2
      for part in sorted {
        #expect(part.first.rawValue >= next)
        next = part.first.rawValue + part.count.rawValue
      }
      #expect(next <= plan.blocks.rawValue)
      #expect(next * 512 <= plan.size)
      #expect(plan.size <= plan.blocks.rawValue * 512)
    }
  }
}
