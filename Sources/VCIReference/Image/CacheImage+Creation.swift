public import SystemPackage
public import VCIFormat

extension CacheImage {
  /// The description of a new image.
  public struct Plan: Hashable, Sendable {
    /// The most blocks that the file may have, metadata included.
    public let blocks: BlockCount
    public let type: CacheType
    public let imageUUID: ImageUUID
    /// The modification UUID of the disk that is cached.
    public let modificationUUID: ImageUUID

    /// The fewest blocks of an image that can be written to: a smaller one cannot copy its root.
    public static let leastBlocks: BlockCount = 21

    /// Plans a cache of `blocks` blocks.
    ///
    /// - Throws: `ImageError.sizeOutOfRange` below 21 blocks, and above what VCI-HDR-003 allows.
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
    /// - Throws: `ImageError.partialBlock` if that is no whole number of blocks: a size is never
    ///   rounded; `.sizeOutOfRange`.
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

    /// The fewest blocks, at least `blocks`, for which the bitmap has no spare bit (VCI-HDR-012);
    /// `blocks` if it is more than a cache can have.
    public static func roundedUp(_ blocks: BlockCount) -> BlockCount {
      guard blocks <= Format.maximumBlocks else { return blocks }
      let unit = Format.bitsPerMapBlock
      return BlockCount((blocks.rawValue + unit - 1) / unit * unit)
    }
  }

  /// Makes a new file at `path` that is an empty cache.
  ///
  /// `progress` is called with percentages from 0 to 100 that never decrease; creation is cancelled
  /// if it returns `false`. If creation fails, its file is removed, and nothing else.
  ///
  /// - Throws: `ImageError.storage` if something is at `path` already (VCI-WR-006), or the file
  ///   fails; `.cancelled`.
  public static func create(
    at path: FilePath, _ plan: Plan, progress: (Int) -> Bool = { _ in true }
  ) throws(ImageError) {
    let file = try asImageError(try FileStorage(creating: path))
    do throws(ImageError) {
      // Everything is durable after this, so how the file is closed does not matter.
      try create(in: file, plan, progress: progress)
      try asImageError(try file.synchronizeName())
    } catch {
      // The first failure is the one to report.
      try? file.remove()
      throw error
    }
  }

  /// Makes empty `storage` an empty cache.
  ///
  /// The header's first sector is written last: before that there is no image (VCI-HDR-001).
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
      try asImageError(try storage.resize(to: fresh.end.bytes))
    }
    do throws(StorageError) {
      try fresh.writeTree(to: storage)
    } catch {
      return try Faults.treeNotWritten(error, to: storage)
    }
    try asImageError(try storage.synchronize())
    try asImageError(try fresh.writeHeader(to: storage))
    try asImageError(try storage.synchronize())
    try report(100, progress)
  }

  /// Allocates all space of a fixed image, in pieces so that progress can be reported.
  private static func allocate(
    _ byteCount: UInt64, in storage: some Storage, _ progress: (Int) -> Bool
  ) throws(ImageError) {
    let pieces = min(100, max(1, byteCount >> 20))
    var done: UInt64 = 0
    for piece in 1...pieces {
      let end = piece == pieces ? byteCount : byteCount / pieces * piece
      try asImageError(try storage.allocate(end - done, at: done))
      done = end
      try report(Int(piece * 99 / pieces), progress)
    }
  }

  private static func report(_ percent: Int, _ progress: (Int) -> Bool) throws(ImageError) {
    guard progress(percent) else { throw .cancelled }
  }
}
