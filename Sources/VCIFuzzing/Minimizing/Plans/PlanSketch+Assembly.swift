internal import VCIFormat
internal import VCIGenerators

extension PlanSketch {
  /// The plan of the sketch; `nil` if it would not be valid.
  var plan: ImagePlan? {
    var assembly = Assembly()
    assembly.add(root)
    guard assembly.isValid, assembly.next <= Format.diskEnd.rawValue else { return nil }
    let owned = pieces.reduce(UInt64(0)) { $0 + $1.gap + assembly.blocks(of: $1.part) }
    let blocks = cacheBlocks(beside: Format.headerBlocks.rawValue + owned + tail)
    assembly.map = Format.mapBlocks(for: BlockCount(blocks)).rawValue
    let end = assembly.place(pieces)
    var plan = ImagePlan(
      blocks: BlockCount(blocks), type: type, isDirty: isDirty,
      mapAddress: assembly.mapAddress, nodes: assembly.nodes,
      size: (type == .fixed ? blocks : end) * Format.blockSize + slack, imageUUID: imageUUID,
      modificationUUID: modificationUUID)
    if let list {
      let indices = list.compactMap { number in
        assembly.extents.firstIndex { $0.number == number }
      }
      guard indices.count == assembly.extents.count else { return nil }
      plan.link(in: indices)
    }
    return plan
  }

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
  /// The size of the map, in blocks.
  var map: UInt64 = 0
  private(set) var mapAddress = Format.firstBlock

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

  /// Returns the size of a part, in blocks. For the map it is 0 until `map` is set, as its size
  /// follows from all other parts.
  func blocks(of part: PlanSketch.Part) -> UInt64 {
    switch part {
    case .map: map
    case .node: Format.nodeBlocks.rawValue
    case .extent(let number):
      extentNumbers[number].map { nodes[extents[$0].node].extents[extents[$0].slot] }?
        .blocks.rawValue ?? 0
    }
  }

  /// Assigns all addresses. Returns the end of the last part.
  mutating func place(_ pieces: [PlanSketch.Piece]) -> UInt64 {
    var end = Format.firstBlock.rawValue
    for piece in pieces {
      let address = BlockAddress(end + piece.gap)
      switch piece.part {
      case .map: mapAddress = address
      case .node(let number):
        if let index = nodeNumbers[number] { nodes[index].address = address }
      case .extent(let number):
        if let index = extentNumbers[number] {
          nodes[extents[index].node].extents[extents[index].slot].address = address
        }
      }
      end = address.rawValue + blocks(of: piece.part)
    }
    return end
  }
}
