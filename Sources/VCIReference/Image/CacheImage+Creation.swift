public import SystemPackage
public import VCIFormat

extension CacheImage {
  /// What a new image is to be.
  public struct Plan: Hashable, Sendable {
    /// The most blocks that the file may have, all metadata included.
    public let blocks: BlockCount
    /// Dynamic or fixed.
    public let type: CacheType
    /// The UUID of the image.
    public let imageUUID: ImageUUID
    /// The modification UUID of the disk that the cache is for.
    public let modificationUUID: ImageUUID

    /// The fewest blocks of an image that can ever be written to: less cannot copy its root.
    public static let leastBlocks: BlockCount = 21

    /// - Throws: `ImageError.sizeOutOfRange` below 21 blocks and above what VCI-HDR-003 allows.
    public init(
      blocks: BlockCount, type: CacheType, imageUUID: ImageUUID,
      modificationUUID: ImageUUID = .nil
    ) throws(ImageError) {
      guard blocks >= Self.leastBlocks, blocks <= Format.maximumBlocks else {
        throw .sizeOutOfRange(blocks, least: Self.leastBlocks, most: Format.maximumBlocks)
      }
      self.blocks = blocks
      self.type = type
      self.imageUUID = imageUUID
      self.modificationUUID = modificationUUID
    }

    /// Plans a cache of `bytes` bytes.
    ///
    /// - Throws: `ImageError.partialBlock` where that is no whole number of blocks: a size is never
    ///   rounded down; `.sizeOutOfRange`.
    public init(
      bytes: UInt64, type: CacheType, imageUUID: ImageUUID, modificationUUID: ImageUUID = .nil
    ) throws(ImageError) {
      guard bytes % Format.blockSize == 0 || Faults.roundsSizes else {
        throw .partialBlock(bytes: bytes)
      }
      try self.init(
        blocks: BlockCount(bytes / Format.blockSize), type: type, imageUUID: imageUUID,
        modificationUUID: modificationUUID)
    }

    /// The blocks of a cache of at least `blocks` whose bitmap has no bit to spare (VCI-HDR-012);
    /// as many as can be where that would be too many.
    public static func roundedUp(_ blocks: BlockCount) -> BlockCount {
      guard blocks <= Format.maximumBlocks else { return blocks }
      let unit = Format.bitsPerMapBlock
      return BlockCount((blocks.rawValue + unit - 1) / unit * unit)
    }
  }

  /// Makes a new file at `path` that is an empty cache; the file is valid and clean, or not there.
  ///
  /// `progress` is told from 0 to 100 percent, never less than before; where it answers no,
  /// creation ends as cancelled.
  ///
  /// - Throws: `ImageError.storage` where something is at `path` already (VCI-WR-006), or the file
  ///   fails; `.cancelled`. What was made up to then is removed, and nothing else is.
  public static func create(
    at path: FilePath, _ plan: Plan, progress: (Int) -> Bool = { _ in true }
  ) throws(ImageError) {
    let file = try asked { () throws(StorageError) in try FileStorage(creating: path) }
    do throws(ImageError) {
      // All of it is durable then: how the file is closed says nothing more.
      try create(in: file, plan, progress: progress)
    } catch {
      // The first failure is the one to tell of.
      try? file.remove()
      throw error
    }
  }

  /// Makes `storage`, which is empty, an empty cache.
  ///
  /// The header's first sector is written last: what ends before is no image (VCI-HDR-001).
  ///
  /// - Throws: `ImageError.storage`, `.cancelled`.
  public static func create(
    in storage: some Storage, _ plan: Plan, progress: (Int) -> Bool = { _ in true }
  ) throws(ImageError) {
    let fresh = FreshImage(plan)
    try report(0, progress)
    if plan.type == .fixed, !Faults.skipsSpace {
      try allocate(plan.blocks.bytes, in: storage, progress)
    } else {
      try asked { () throws(StorageError) in
        try storage.resize(to: fresh.end.bytes)
      }
    }
    do throws(StorageError) {
      try fresh.writeTree(to: storage)
    } catch {
      return try Faults.treeNotWritten(error, to: storage)
    }
    try asked { () throws(StorageError) in
      try storage.synchronize()
      try fresh.writeHeader(to: storage)
      try storage.synchronize()
    }
    try report(100, progress)
  }

  /// Takes all of a fixed image's space, in pieces so that there is progress to tell of.
  private static func allocate(
    _ byteCount: UInt64, in storage: some Storage, _ progress: (Int) -> Bool
  ) throws(ImageError) {
    let pieces = min(100, max(1, byteCount >> 20))
    var done: UInt64 = 0
    for piece in 1...pieces {
      let end = piece == pieces ? byteCount : byteCount / pieces * piece
      try asked { () throws(StorageError) in
        try storage.allocate(end - done, at: done)
      }
      done = end
      try report(Int(piece * 99 / pieces), progress)
    }
  }

  private static func report(_ percent: Int, _ progress: (Int) -> Bool) throws(ImageError) {
    guard progress(percent) else { throw .cancelled }
  }
}

/// An empty cache, laid out the canonical way: header, map, root.
private struct FreshImage {
  private let plan: CacheImage.Plan
  private let mapBlocks: BlockCount
  private let root: BlockAddress
  /// The block after the root.
  let end: BlockAddress

  init(_ plan: CacheImage.Plan) {
    self.plan = plan
    mapBlocks = Format.mapBlocks(for: Faults.blocksWithBits(plan.blocks))
    root = BlockAddress(Format.firstBlock.rawValue + mapBlocks.rawValue)
    end = BlockAddress(root.rawValue + Format.nodeBlocks.rawValue)
  }

  /// Writes map and root; the zeros behind them are left to the file.
  func writeTree(to storage: some Storage) throws(StorageError) {
    let map = BlockMapHeader(
      blocks: plan.blocks, free: BlockCount(plan.blocks.rawValue - end.rawValue),
      metadata: BlockCount(end.rawValue), data: 0)
    try write(to: storage, at: Format.firstBlock.bytes, count: Format.mapHeaderSize) {
      map.encode(into: &$0)
    }
    try writeBits(to: storage)
    try write(to: storage, at: root.bytes, count: Format.nodeSize) {
      $0.put(NodeType.leaf.rawValue, at: Field.nodeType.offset)
    }
  }

  /// Writes the header's first sector, which has all of its fields.
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
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    fill(&buffer)
    try unsafe storage.write(bytes.span.bytes, at: Faults.writePosition(offset))
  }
}
