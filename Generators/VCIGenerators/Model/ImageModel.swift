package import VCIFormat

/// An image under edits, as structures: the value of every field.
///
/// A model is made from a plan and changed by edits; forecasts are made from it. It is never
/// decoded from bytes, so a fault of the codec cannot hide in it. The one exception is a node whose
/// type an edit changed: its bytes are decoded as the other type.
package struct ImageModel: Hashable, Sendable {
  /// The blocks of the block map. Changes of the header do not move it.
  package internal(set) var map: BlockRange
  /// The blocks that hold the data pattern, unless a node lies there.
  var data: BlockRuns
  /// The indices of the nodes by their first block.
  var nodesByAddress: [BlockAddress: Int]
  /// The byte ranges that belong to two structures, because one was moved onto the other. No edit
  /// changes them any more.
  var shared: [Range<UInt64>] = []

  /// The file's size in bytes.
  package internal(set) var size: UInt64
  package internal(set) var header: Header
  var headerReserved = StrayBytes()
  /// The header of the block map.
  package internal(set) var counters: BlockMapHeader
  var mapReserved = StrayBytes()
  /// The set bits of the bitmap.
  package internal(set) var bits: BlockRuns
  /// The nodes, in the plan's order.
  var nodes: [ModelNode]

  /// Makes the model of a plan, with bitmap and counters that agree with it unless the plan says
  /// that no bit is set.
  package init(_ plan: ImagePlan) {
    map = plan.map
    data = BlockRuns(plan.patternBlocks)
    size = plan.size
    header = Header(
      blocks: plan.blocks, uncleanShutdown: plan.isDirty ? 1 : 0,
      cacheType: plan.type.rawValue, treeRoot: plan.nodes[0].address, blockMap: plan.mapAddress,
      blockMapBlocks: plan.map.count, imageUUID: plan.imageUUID,
      modificationUUID: plan.modificationUUID)
    counters = BlockMapHeader(blocks: plan.blocks, free: 0, metadata: 0, data: 0)
    bits = BlockRuns()
    nodes = zip(plan.nodes.indices, plan.nodePaths).map { ModelNode(plan, $0, path: $1) }
    nodesByAddress = Dictionary(
      nodes.enumerated().map { ($1.range.first, $0) }, uniquingKeysWith: { first, _ in first })
    if plan.isMapClear { counters.free = plan.blocks } else { refit() }
  }

  /// Sets bitmap and counters to what header, map, nodes and extents own.
  mutating func refit() {
    let owned = Ownership(TreeWalk(self))
    let total = counters.blocks.rawValue
    let taken = owned.metadataBlocks + owned.dataBlocks
    bits = keepingSharedBits(in: owned.all.below(bitCapacity))
    counters.metadata = BlockCount(owned.metadataBlocks)
    counters.data = BlockCount(owned.dataBlocks)
    counters.free = BlockCount(total >= taken ? total - taken : 0)
  }

  /// The number of bits in the map, including those past the last block.
  var bitCapacity: UInt64 { (map.count.rawValue - 1) * Format.bitsPerMapBlock }

  /// The blocks of the node that was the plan's root.
  package var root: BlockRange { nodes[0].range }

  /// The block after the file's last whole one.
  var fileEnd: BlockAddress { BlockAddress(size / Format.blockSize) }

  /// Returns whether blocks are in range: after the header and within the cache.
  func isInRange(_ blocks: BlockRange) -> Bool {
    blocks.isWithin(Format.firstBlock, BlockAddress(header.blocks.rawValue))
  }

  /// Returns whether blocks are among the file's whole blocks.
  func isInFile(_ blocks: BlockRange) -> Bool { blocks.isWithin(0, fileEnd) }
}

extension ImageModel {
  /// Returns the index of the node at `address`.
  func node(at address: BlockAddress) -> Int? { nodesByAddress[address] }

  /// Returns the index of the node to which `path` leads in the plan.
  func node(at path: NodePath) -> Int? {
    var index = 0
    for level in 0..<Int(path.depth) {
      let slot = path[level]
      guard slot < nodes[index].children.count else { return nil }
      index = nodes[index].children[slot]
    }
    return index
  }

  /// Returns the first byte of `block`, at which no planned node begins.
  func firstByte(of block: BlockAddress) -> UInt8 {
    let start = block.rawValue
    if map.contains(block) {
      let step = start - map.first.rawValue
      return step == 0
        ? UInt8(truncatingIfNeeded: counters.magic) : bits.byte((step - 1) * Format.blockSize)
    }
    // Not a loop: unrolled, it would make the optimizer of Swift 6.3.1 fail.
    let around = (1..<Format.nodeBlocks.rawValue).lazy.compactMap { step in
      start >= step ? node(at: BlockAddress(start - step)) : nil
    }
    guard let node = around.first.map({ nodes[$0] }) else {
      return data.contains(start) ? UInt8(truncatingIfNeeded: DataPattern.word(0, of: block)) : 0
    }
    return node.encode()[Int((block - node.range.first).bytes)]
  }
}
