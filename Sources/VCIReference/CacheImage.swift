public import SystemPackage
public import VCIFormat

/// A cache image that is open.
///
/// Open judges what every reader owes (VCI-RD-002). Where it is open for reading, what lies deeper is
/// judged when it is first touched (VCI-RD-004), and nothing is ever written. Where it is open for
/// writing, all of it was judged at open (VCI-RD-003). One thread at a time may use it.
public final class CacheImage {
  /// What an image is opened for.
  public enum Purpose: Sendable {
    /// To read cached blocks.
    case reading
    /// To ask what the image is; it can't be read.
    case information
    /// To read cached blocks, and to write, discard and evict.
    case writing
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
    /// Whether the root is a leaf or an internal node.
    public let rootType: NodeType
    /// How many extents the root holds, or how many nodes it leads to.
    public let rootEntries: Int
  }

  /// What the image says of itself.
  public let information: Information
  /// The image's tree, which knows where the image is; `nil` once it is closed.
  private var tree: StoredTree?
  private let purpose: Purpose
  /// The image itself, where a planted fault keeps a closed one in memory; else nothing.
  private var rest: CacheImage?

  private init(_ tree: StoredTree, _ purpose: Purpose, _ information: Information) {
    self.tree = tree
    self.purpose = purpose
    self.information = information
  }

  /// Opens the image in `source`, which is read and never written.
  ///
  /// `modificationUUID` is that of the disk, where the caller knows it (VCI-WR-007).
  ///
  /// - Throws: `ImageError.violation` for whatever breaks a rule of class corruption and of stage
  ///   probe or open, `.notUpToDate`, `.storage`.
  public static func open(
    _ source: any ByteSource, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil
  ) throws(ImageError) -> CacheImage {
    let opened = try OpenedImage(source, expecting: modificationUUID)
    let information = Information(
      opened.header, opened.counters, opened.byteCount, opened.tree.root)
    return CacheImage(opened.tree, purpose, information)
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
    guard let source = tree?.source else { throw .closed }
    tree = nil
    if Fault.referenceF41.isPlanted { rest = self }
    guard let file = source as? FileStorage else { return }
    try asked { () throws(StorageError) in try file.close() }
  }

  /// Removes the image's file, and closes the image; where the file cannot be removed the image
  /// stays open.
  ///
  /// - Throws: `ImageError.closed` where it is closed already, `.notInFile` where it is not in a
  ///   file, `.storage` where the file cannot be removed, or its name is another file's by now.
  public func delete() throws(ImageError) {
    guard let source = tree?.source else { throw .closed }
    guard let file = source as? FileStorage else { throw .notInFile }
    try asked { () throws(StorageError) in try file.remove() }
    try close()
  }
}

extension CacheImage {
  /// Judges a request for `count` blocks; answers the tree to look in.
  func readableTree(for count: BlockCount) throws(ImageError) -> StoredTree {
    guard let tree else { throw .closed }
    guard purpose == .reading else { throw .informationOnly }
    guard count.rawValue > 0 else { throw .emptyRequest }
    return tree
  }
}

extension CacheImage.Information {
  init(
    _ header: Header, _ counters: BlockMapHeader, _ byteCount: UInt64,
    _ root: StoredTree.KeptNode
  ) {
    let isForgotten = Fault.referenceF40.isPlanted
    version = header.version
    blocks = isForgotten ? 0 : header.blocks
    type = header.cacheType == CacheType.fixed.rawValue && !isForgotten ? .fixed : .dynamic
    isDirty = header.isDirty
    imageUUID = header.imageUUID
    modificationUUID = header.modificationUUID
    map = header.map
    self.root = header.root
    self.counters = counters
    self.byteCount = byteCount
    rootType = root.type
    rootEntries = Int(root.count)
  }
}
