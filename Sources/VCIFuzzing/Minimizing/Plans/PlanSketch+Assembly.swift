internal import VCIFormat
internal import VCIGenerators

extension PlanSketch {
  /// The plan of the sketch; `nil` if it would not be valid.
  var plan: ImagePlan? {
    var assembly = Assembly()
    assembly.add(root)
    guard assembly.isValid, assembly.next <= Format.diskEnd.rawValue else { return nil }
    // Every part of the tree has its piece, and no piece is of another part.
    let parts = pieces.compactMap { assembly.part($0.part) }
    precondition(parts.count == pieces.count, "a piece of a part that the tree does not have")
    let left = pieces.reduce(tail) { $0 + $1.gap }
    let blocks = cacheBlocks(beside: Format.headerBlocks.rawValue + assembly.owned + left)
    // Of a map with all bits set, so many would take too long.
    guard isMapClear || blocks - left < Self.mostBits else { return nil }
    var plan = ImagePlan(
      blocks: BlockCount(blocks), type: type, isDirty: isDirty, mapAddress: Format.firstBlock,
      nodes: assembly.nodes, size: 0, imageUUID: imageUUID, modificationUUID: modificationUUID,
      isMapClear: isMapClear)
    var gaps = pieces.map { BlockCount($0.gap) }[...]
    let end = plan.layOut(parts, leaving: { _ in gaps.removeFirst() })
    plan.size = (type == .fixed ? blocks : end.rawValue) * Format.blockSize + slack
    if let list {
      let indices = list.compactMap { number in
        assembly.extents.firstIndex { $0.number == number }
      }
      guard indices.count == assembly.extents.count else { return nil }
      plan.link(in: indices)
    }
    return plan
  }

  /// The most bits that the map of a sketch may have set.
  private static let mostBits: UInt64 = 1 << 27

  /// Returns the size of a cache with `blocks` blocks beside its map. The size of the map depends
  /// on that of the cache, so it is found by iteration.
  private func cacheBlocks(beside blocks: UInt64) -> UInt64 {
    func map(_ cache: UInt64) -> UInt64 { Format.mapBlocks(for: BlockCount(cache)).rawValue }
    var cache = blocks
    while cache < blocks + map(cache) { cache = blocks + map(cache) }
    return isLarger && cache + 1 == blocks + map(cache + 1) ? cache + 1 : cache
  }

  /// The numbers of the nodes, in preorder.
  var nodeNumbers: [Int] { root.all.map(\.number) }

  /// The numbers of the extents, from left to right.
  var extentNumbers: [Int] { root.all.flatMap(\.extents).map(\.number) }

  /// Removes the parts that are no longer in the tree.
  mutating func forgetOthers() {
    let nodes = Set(nodeNumbers)
    let extents = Set(extentNumbers)
    pieces.removeAll { piece in
      switch piece.part {
      case .map: false
      case .node(let number): !nodes.contains(number)
      case .extent(let number): !extents.contains(number)
      }
    }
    list?.removeAll { !extents.contains($0) }
    if list?.count ?? 0 < 2 { list = nil }
  }
}

extension PlanSketch.Node {
  /// The node and all nodes below it, in preorder.
  var all: [PlanSketch.Node] { [self] + children.flatMap(\.all) }

  /// The children; empty for a leaf.
  var children: [PlanSketch.Node] {
    get { if case .internal(let children) = content { children } else { [] } }
    set { content = .internal(newValue) }
  }

  /// The extents; empty for an internal node.
  var extents: [PlanSketch.Extent] {
    get { if case .leaf(let extents) = content { extents } else { [] } }
    set { content = .leaf(newValue) }
  }

  var isLeaf: Bool { if case .leaf = content { true } else { false } }
}

/// Assigns disk offsets and file addresses to the parts of a sketch.
private struct Assembly {
  private(set) var nodes: [NodePlan] = []
  private var nodeNumbers: [Int: Int] = [:]
  private(set) var extents: [(number: Int, node: Int, slot: Int)] = []
  private var extentNumbers: [Int: Int] = [:]
  private(set) var isValid = true
  /// The end of the disk blocks assigned so far.
  private(set) var next: UInt64 = 0

  /// Adds a node and all nodes below it, without addresses.
  mutating func add(_ node: PlanSketch.Node, level: Int = 1) {
    let index = nodes.count
    nodeNumbers[node.number] = index
    nodes.append(NodePlan(address: 0, node.isLeaf ? .leaf([]) : .internal([])))
    if node.isLeaf { return addExtents(of: node, to: index) }
    isValid =
      isValid && !node.children.isEmpty && node.children.count <= Format.entriesPerInternalNode
      && level < Format.maximumLevels
    var entries: [EntryPlan] = []
    for child in node.children where isValid {
      next += child.gap
      let offset = next
      let number = nodes.count
      add(child, level: level + 1)
      next = max(next + child.trail, offset + 1)
      isValid = isValid && next - offset <= UInt64(UInt32.max)
      entries.append(
        EntryPlan(
          offset: BlockOffset(offset), blocks: BlockCount(next - offset), node: number))
    }
    nodes[index].content = .internal(entries)
  }

  private mutating func addExtents(of leaf: PlanSketch.Node, to index: Int) {
    isValid = isValid && leaf.extents.count <= Format.extentsPerLeaf
    for (slot, extent) in leaf.extents.enumerated() {
      isValid = isValid && (1...UInt64(UInt32.max)).contains(extent.blocks)
      next += extent.gap
      extentNumbers[extent.number] = extents.count
      extents.append((extent.number, index, slot))
      nodes[index].extents.append(
        Extent(offset: BlockOffset(next), blocks: BlockCount(extent.blocks), address: 0))
      next += extent.blocks
    }
  }

  /// The blocks of all nodes and extents.
  var owned: UInt64 {
    nodes.reduce(0) {
      $0 + Format.nodeBlocks.rawValue + $1.extents.reduce(0) { $0 + $1.blocks.rawValue }
    }
  }

  /// The part of the plan that a part of the sketch is; `nil` if the tree does not have it.
  func part(_ part: PlanSketch.Part) -> ImagePlan.Part? {
    switch part {
    case .map: .map
    case .node(let number): nodeNumbers[number].map { .node($0) }
    case .extent(let number):
      extentNumbers[number].map { .extent(node: extents[$0].node, slot: extents[$0].slot) }
    }
  }
}
