public import SystemPackage
public import VCIFormat

/// What a read delivers.
public enum ReadAnswer: Hashable, Sendable {
  /// This many blocks, at least one, are cached and stand in the buffer.
  case hit(BlockCount)
  /// This many blocks from here on, at least one, are not cached.
  case miss(BlockCount)
}

/// A cache image that is open for reading.
///
/// Open judges what every reader owes (VCI-RD-002); what lies deeper is judged when it is first
/// touched (VCI-RD-004). Nothing is ever written. One thread at a time may use it.
public final class CacheImage {
  /// What an image is opened for.
  public enum Purpose: Sendable {
    /// To read cached blocks.
    case reading
    /// To ask what the image is; it can't be read.
    case information
  }

  /// What an image says of itself.
  public struct Information: Hashable, Sendable {
    /// The format's version.
    public let version: UInt32
    /// The most blocks that the file may have.
    public let blocks: BlockCount
    /// Dynamic or fixed.
    public let type: CacheType
    /// Whether it was not closed cleanly.
    public let isDirty: Bool
    /// The UUID of the image.
    public let imageUUID: ImageUUID
    /// The modification UUID of the cached disk that the cache agrees with.
    public let modificationUUID: ImageUUID
    /// Where the block map lies.
    public let map: BlockRange
    /// Where the root lies.
    public let root: BlockRange
    /// The counters of the block map's header, as stored.
    public let counters: BlockMapHeader
    /// The file's size in bytes.
    public let byteCount: UInt64
    /// How many extents there are.
    public let extents: Int
    /// How many disk blocks they hold.
    public let cachedBlocks: BlockCount
  }

  /// What the image says of itself.
  public let information: Information
  /// Where the image is; `nil` once it is closed.
  private var source: (any ByteSource)?
  private let purpose: Purpose
  private let root: RootLeaf

  private init(
    _ source: any ByteSource, _ purpose: Purpose, _ information: Information, _ root: RootLeaf
  ) {
    self.source = source
    self.purpose = purpose
    self.information = information
    self.root = root
  }

  /// Opens the image in `source`, which is read and never written.
  ///
  /// `modificationUUID` is that of the disk, where the caller knows it (VCI-WR-007).
  ///
  /// - Throws: `ImageError.violation` for whatever breaks a rule of class corruption and of stage
  ///   probe or open, `.unsupportedTree` where the root is an internal node, `.notUpToDate`,
  ///   `.storage`.
  public static func open(
    _ source: any ByteSource, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil
  ) throws(ImageError) -> CacheImage {
    let header = try readHeader(source)
    let byteCount = try asked { () throws(StorageError) in try source.byteCount() }
    try header.judge(inFileOf: byteCount)
    // One buffer serves the map's header and the root.
    var bytes = [UInt8](repeating: 0, count: Format.nodeSize)
    try readWhole(&bytes, from: source, at: header.blockMap.bytes, needed: Format.mapHeaderSize)
    let counters = unsafe BlockMapHeader(decoding: bytes.span.bytes)
    try counters.judge(for: header)
    try readWhole(&bytes, from: source, at: header.treeRoot.bytes, needed: Format.nodeSize)
    let root = try unsafe RootLeaf(decoding: bytes.span.bytes, at: header.treeRoot.bytes)
    if let modificationUUID, modificationUUID != header.modificationUUID {
      throw .notUpToDate(expected: modificationUUID, found: header.modificationUUID)
    }
    let information = Information(header, counters, byteCount, root)
    return CacheImage(source, purpose, information, root)
  }

  /// Opens the image in the file at `path`, as `open(_:purpose:expecting:)` does.
  ///
  /// - Throws: the same, and `ImageError.storage` where there is no file that can be read.
  public static func open(
    at path: FilePath, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil
  ) throws(ImageError) -> CacheImage {
    let file = try asked { () throws(StorageError) in try FileStorage(reading: path) }
    return try open(file, purpose: purpose, expecting: modificationUUID)
  }

  /// Closes the image; from then on every request is refused.
  ///
  /// - Throws: `ImageError.closed` where it is closed already, `.storage`.
  public func close() throws(ImageError) {
    guard let source else { throw .closed }
    self.source = nil
    guard let file = source as? FileStorage else { return }
    try asked { () throws(StorageError) in try file.close() }
  }

  /// Removes the image's file, and closes the image; where the file cannot be removed the image
  /// stays open.
  ///
  /// - Throws: `ImageError.closed` where it is closed already, `.notInFile` where it is not in a
  ///   file, `.storage` where the file cannot be removed, or its name is another file's by now.
  public func delete() throws(ImageError) {
    guard let source else { throw .closed }
    guard let file = source as? FileStorage else { throw .notInFile }
    try asked { () throws(StorageError) in try file.remove() }
    try close()
  }

  /// Reads at least the first `needed` of the bytes at `offset`.
  private static func readWhole(
    _ bytes: inout [UInt8], from source: any ByteSource, at offset: UInt64, needed: Int
  ) throws(ImageError) {
    let count = try fill(&bytes, from: source, at: offset)
    guard count >= needed else { throw .fileShrank(atByte: offset + UInt64(count)) }
  }
}

extension CacheImage {
  /// Reads up to `count` blocks from disk block `offset` on into `buffer` (VCI-RD-006).
  ///
  /// A hit fills the buffer's first blocks, all of one extent. A miss says how many blocks from
  /// here on are not cached; blocks from 2^54 on never are. Takes a number of steps that grows
  /// with the logarithm of the extents.
  ///
  /// - Throws: `ImageError.violation` where the extent that holds `offset` is damaged (VCI-RD-004),
  ///   `.closed`, `.emptyRequest`, `.shortBuffer`, `.informationOnly`, `.fileShrank`, `.storage`.
  public func read(
    offset: BlockOffset, count: BlockCount, into buffer: inout MutableRawSpan
  ) throws(ImageError) -> ReadAnswer {
    guard let source else { throw .closed }
    guard purpose == .reading else { throw .informationOnly }
    guard count.rawValue > 0 else { throw .emptyRequest }
    guard UInt64(buffer.byteCount) >= count.bytes else {
      throw .shortBuffer(needed: count.bytes, given: buffer.byteCount)
    }
    guard let slot = root.slot(from: offset) else { return .miss(count) }
    let extent = slot.extent
    guard extent.offset <= offset else {
      return .miss(BlockCount(min(count.rawValue, extent.offset.rawValue - offset.rawValue)))
    }
    let fileEnd = BlockAddress(information.byteCount / Format.blockSize)
    let cacheEnd = BlockAddress(information.blocks.rawValue)
    try root.judge(slot, cacheEnd: cacheEnd, fileEnd: fileEnd)
    let step = offset.rawValue - extent.offset.rawValue
    let served = BlockCount(min(count.rawValue, extent.blocks.rawValue - step))
    try Self.deliver(served, of: source, from: extent.address, after: step, into: &buffer)
    return .hit(served)
  }

  /// Fills the first `count` blocks of the buffer with those that stand `step` blocks behind
  /// `address`.
  private static func deliver(
    _ count: BlockCount, of source: any ByteSource, from address: BlockAddress,
    after step: UInt64, into buffer: inout MutableRawSpan
  ) throws(ImageError) {
    // The address was judged; the sum wraps only where that judgement is silenced.
    let start = BlockAddress(address.rawValue &+ step).bytes
    var part = buffer._mutatingExtracting(0..<Int(count.bytes))
    let read: Int
    do throws(StorageError) {
      read = try source.read(at: start, into: &part)
    } catch {
      throw .storage(error)
    }
    guard read == part.byteCount else { throw .fileShrank(atByte: start &+ UInt64(read)) }
  }
}

extension CacheImage.Information {
  init(
    _ header: Header, _ counters: BlockMapHeader, _ byteCount: UInt64, _ root: RootLeaf
  ) {
    version = header.version
    blocks = header.blocks
    type = header.cacheType == CacheType.fixed.rawValue ? .fixed : .dynamic
    isDirty = header.isDirty
    imageUUID = header.imageUUID
    modificationUUID = header.modificationUUID
    map = header.map
    self.root = header.root
    self.counters = counters
    self.byteCount = byteCount
    extents = root.slots.count
    // At most 107 counts of 32 bits: no sum is out of reach.
    cachedBlocks = BlockCount(root.slots.reduce(0) { $0 + $1.extent.blocks.rawValue })
  }
}
