internal import VCIFormat

/// A new, empty cache in the canonical layout: header, map, root.
struct FreshImage {
  private let plan: CacheImage.Plan
  private let mapBlocks: BlockCount
  private let root: BlockAddress
  /// The block after the root.
  let end: BlockAddress

  init(_ plan: CacheImage.Plan) {
    self.plan = plan
    mapBlocks = Format.mapBlocks(for: Faults.blocksWithBits(plan.blocks))
    root = Format.firstBlock + mapBlocks
    end = root + Format.nodeBlocks
  }

  /// Writes map and root; the storage has zeros already.
  func writeTree(to storage: some Storage) throws(StorageError) {
    let map = BlockMapHeader(
      blocks: plan.blocks, free: plan.blocks - (end - 0), metadata: end - 0, data: 0)
    try write(to: storage, at: Format.firstBlock.bytes, count: Format.mapHeaderSize) {
      map.encode(into: &$0)
    }
    try writeBits(to: storage)
    try write(to: storage, at: root.bytes, count: Format.nodeSize) {
      $0.put(NodeType.leaf.rawValue, at: Field.nodeType.offset)
    }
  }

  /// Writes the header's first sector, which has all fields.
  func writeHeader(to storage: some Storage) throws(StorageError) {
    let header = Header(
      blocks: plan.blocks, cacheType: plan.type.rawValue, treeRoot: root,
      blockMap: Format.firstBlock, blockMapBlocks: mapBlocks,
      imageUUID: Faults.imageUUID(plan.imageUUID),
      modificationUUID: plan.modificationUUID)
    try write(to: storage, at: 0, count: Int(Format.blockSize)) { header.encode(into: &$0) }
  }

  /// Sets the bits of the blocks before `end`, in pieces of at most 64 KiB.
  private func writeBits(to storage: some Storage) throws(StorageError) {
    let start = Format.firstBlock.bytes + Format.blockSize
    let whole = end.rawValue / 8
    let piece = [UInt8](repeating: 0xff, count: Int(min(whole, 1 << 16)))
    var done: UInt64 = 0
    while done < whole {
      let count = Int(min(UInt64(piece.count), whole - done))
      try unsafe storage.write(piece.span.bytes.extracting(0..<count), at: start + done)
      done += UInt64(count)
    }
    let last = UInt8(1 << (end.rawValue % 8) - 1)
    guard last != 0 else { return }
    try write(to: storage, at: start + whole, count: 1) { $0.put(last, at: 0) }
  }

  private func write(
    to storage: some Storage, at offset: UInt64, count: Int,
    _ fill: (inout MutableRawSpan) -> Void
  ) throws(StorageError) {
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.withMutableBytes(fill)
    try unsafe storage.write(bytes.span.bytes, at: Faults.writePosition(offset))
  }
}
