internal import VCIFormat

/// Finds the plan that explains most of an image.
struct DisassembledPlan {
  private let image: ImageReader
  private let header: Header
  private let blocks: BlockCount
  private let map: BlockRange
  private var nodes: [NodePlan] = []
  /// The addresses of the nodes so far, in buckets of 8 blocks.
  private var taken: [UInt64: [UInt64]] = [:]

  private static let nodeLimit = Int(Recipe.keptLimit) / Format.nodeSize

  /// Returns the plan of an image; `nil` if neither header nor map lead to one.
  static func plan(of image: ImageReader) throws(DisassemblyError) -> ImagePlan? {
    guard image.size >= Format.headerSize else { return nil }
    let bytes = try image.bytes(at: 0, Format.headerSize)
    let header = unsafe Header(decoding: bytes.span.bytes)
    for address in [header.blockMap, Format.firstBlock] {
      let mapBytes = try image.bytes(at: address.bytes, Format.mapHeaderSize)
      let counters = unsafe BlockMapHeader(decoding: mapBytes.span.bytes)
      for blocks in [header.blocks, counters.blocks] {
        guard let map = map(at: address, of: blocks) else { continue }
        for root in [header.treeRoot, map.end ?? 0] {
          var planner = DisassembledPlan(image, header, blocks, map)
          guard planner.isFree(root) else { continue }
          if let plan = try planner.plan(root: root) { return plan }
        }
      }
    }
    return nil
  }

  /// Returns the map of a cache of `blocks` blocks; `nil` if it does not fit there.
  private static func map(at address: BlockAddress, of blocks: BlockCount) -> BlockRange? {
    guard blocks >= 12, blocks <= Format.maximumBlocks else { return nil }
    let map = BlockRange(address, Format.mapBlocks(for: blocks))
    return map.isWithin(Format.firstBlock, BlockAddress(blocks.rawValue)) ? map : nil
  }

  private init(
    _ image: ImageReader, _ header: Header, _ blocks: BlockCount, _ map: BlockRange
  ) {
    self.image = image
    self.header = header
    self.blocks = blocks
    self.map = map
  }

  private mutating func plan(root: BlockAddress) throws(DisassemblyError) -> ImagePlan? {
    _ = try add(root, depth: 0)
    var plan = ImagePlan(
      blocks: blocks, type: CacheType(rawValue: header.cacheType) ?? .dynamic,
      isDirty: header.isDirty, mapAddress: map.first, nodes: nodes, size: image.size,
      imageUUID: header.imageUUID, modificationUUID: header.modificationUUID,
      isMapClear: try hasClearMap())
    // An extent can be so long that its bits alone are more than a recipe may hold.
    guard plan.keptBytes > Recipe.keptLimit / 2 else { return plan }
    for index in plan.nodes.indices where plan.nodes[index].type == .leaf {
      plan.nodes[index].extents = []
    }
    return plan.keptBytes > Recipe.keptLimit / 2 ? nil : plan
  }

  /// Returns whether the image is dirty and the first block of its bitmap has no bit set.
  private func hasClearMap() throws(DisassemblyError) -> Bool {
    guard header.isDirty, (map.first + 2).bytes <= image.size else { return false }
    let bits = try image.bytes(at: (map.first + 1).bytes, Int(Format.blockSize))
    return bits.allSatisfy { $0 == 0 }
  }

  /// Returns whether a node may lie at `address`: within the cache, begun within the file, and
  /// without overlapping the map or another node.
  private func isFree(_ address: BlockAddress) -> Bool {
    let range = BlockRange(address, Format.nodeBlocks)
    guard range.isWithin(Format.firstBlock, BlockAddress(blocks.rawValue)),
      address.bytes < image.size, !range.overlaps(map)
    else { return false }
    let eighth = address.rawValue / 8
    return (eighth - min(eighth, 1)...eighth + 1).allSatisfy { key in
      (taken[key] ?? []).allSatisfy { !range.overlaps(BlockRange(BlockAddress($0), 8)) }
    }
  }

  /// Adds the node at `address` and all nodes below it. Returns its index.
  private mutating func add(
    _ address: BlockAddress, depth: Int
  ) throws(DisassemblyError) -> Int {
    let index = nodes.count
    taken[address.rawValue / 8, default: []].append(address.rawValue)
    nodes.append(NodePlan(address: address, .leaf([])))
    let bytes = try image.bytes(at: address.bytes, Format.nodeSize)
    guard bytes[0] == NodeType.internal.rawValue else {
      nodes[index].extents = unsafe Self.extents(in: bytes.span.bytes)
      return index
    }
    var entries: [EntryPlan] = []
    for slot in 0..<Format.entriesPerInternalNode {
      let entry = unsafe InternalEntry(decoding: bytes.span.bytes, slot: slot)
      guard entry.isUsed, depth < Format.maximumLevels - 1,
        nodes.count < Self.nodeLimit, isFree(entry.child)
      else { break }
      let child = try add(entry.child, depth: depth + 1)
      entries.append(EntryPlan(offset: entry.offset, blocks: entry.blocks, node: child))
    }
    nodes[index].entries = entries
    return index
  }

  /// Returns the extents of a leaf up to the first slot that is not used, or whose data no file can
  /// hold.
  private static func extents(in bytes: RawSpan) -> [Extent] {
    var extents: [Extent] = []
    for slot in 0..<Format.extentsPerLeaf {
      let extent = Extent(decoding: bytes, slot: slot)
      guard extent.isUsed, extent.data.isWithin(0, ImagePlan.addressLimit) else {
        break
      }
      extents.append(extent)
    }
    return extents
  }
}
