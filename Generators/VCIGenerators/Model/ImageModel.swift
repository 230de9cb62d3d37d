public import VCIFormat

/// An image as structures, after edits: what every field says, wherever the structures stand.
///
/// Plans are lowered to it, edits change it, forecasts are made from it. It is never decoded from
/// bytes, so that a fault of the codec cannot hide in it; only a node whose type was changed is
/// read anew, as the other kind.
public struct ImageModel: Hashable, Sendable {
  /// Where the plan put the block map; edits of the header do not move it.
  public let map: BlockRange
  /// Where the plan put cached data.
  let data: BlockRuns
  /// The plan's nodes by their first block.
  private let nodesByAddress: [BlockAddress: Int]

  /// The file's size in bytes.
  public internal(set) var size: UInt64
  /// The header's fields.
  public internal(set) var header: Header
  /// The bytes of the header's reserved field that are not zero.
  var headerReserved = StrayBytes()
  /// The fields of the block map's header.
  public internal(set) var counters: BlockMapHeader
  /// The bytes of the map's reserved field that are not zero.
  var mapReserved = StrayBytes()
  /// The bits that are set.
  public internal(set) var bits: BlockRuns
  /// The nodes, in the plan's order.
  var nodes: [ModelNode]

  /// The model of a plan.
  public init(_ plan: ImagePlan) {
    map = plan.map
    data = BlockRuns(plan.extents.map(\.data))
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
      nodes.enumerated().map { ($1.place.first, $0) }, uniquingKeysWith: { first, _ in first })
    refit()
  }

  /// Sets bitmap and counters to what header, map, tree and extents own.
  mutating func refit() {
    let owned = Ownership(TreeWalk(self))
    let total = counters.blocks.rawValue
    let taken = owned.metadataBlocks + owned.dataBlocks
    bits = owned.all.below(bitCapacity)
    counters.metadata = BlockCount(owned.metadataBlocks)
    counters.data = BlockCount(owned.dataBlocks)
    counters.free = BlockCount(total >= taken ? total - taken : 0)
  }

  /// How many bits the map has, past the last block included.
  var bitCapacity: UInt64 { (map.count.rawValue - 1) * Format.bitsPerMapBlock }

  /// Where the plan put the root.
  public var root: BlockRange { nodes[0].place }

  /// The block after the last whole one of the file.
  var fileEnd: BlockAddress { BlockAddress(size / Format.blockSize) }

  /// Whether blocks are in range.
  func isInRange(_ blocks: BlockRange) -> Bool {
    blocks.isWithin(Format.firstBlock, BlockAddress(header.blocks.rawValue))
  }

  /// Whether blocks lie in the file's whole blocks.
  func isInFile(_ blocks: BlockRange) -> Bool { blocks.isWithin(0, fileEnd) }
}

extension ImageModel {
  /// The index of the node that the plan put at `address`.
  func node(at address: BlockAddress) -> Int? { nodesByAddress[address] }

  /// The index of the node to which `path` led in the plan.
  func node(at path: NodePath) -> Int? {
    var index = 0
    for level in 0..<Int(path.depth) {
      let slot = path[level]
      guard slot < nodes[index].children.count else { return nil }
      index = nodes[index].children[slot]
    }
    return index
  }

  /// The first byte of block `block`, where no planned node begins.
  func firstByte(of block: BlockAddress) -> UInt8 {
    let start = block.rawValue
    if map.contains(block) {
      let step = start - map.first.rawValue
      return step == 0
        ? UInt8(truncatingIfNeeded: counters.magic) : bits.byte((step - 1) * Format.blockSize)
    }
    if data.contains(start) { return UInt8(truncatingIfNeeded: DataPattern.word(0, of: block)) }
    for step in 1..<Format.nodeBlocks.rawValue where start >= step {
      guard let index = node(at: BlockAddress(start - step)) else { continue }
      return nodes[index].lowered()[Int(step * Format.blockSize)]
    }
    return 0
  }
}
