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

  /// What answers requests.
  enum State {
    case reading(StoredTree)
    case information(StoredTree)
    case writing(ImageWriter)
    case closed
  }

  /// What answers requests.
  var state: State
  /// What the image said of itself when it was opened, or when it was closed after it was written.
  var known: Information
  /// The error by which the disk refused room most recently, once the image was closed.
  var refused: StorageError?

  init(_ state: State, _ known: Information) {
    self.state = state
    self.known = known
  }

  /// What the image says of itself, as it is now.
  public var information: Information {
    if case .writing(let writer) = state { writer.information } else { known }
  }

  /// What the image is open for; `nil` once it is closed.
  public var purpose: Purpose? {
    switch state {
    case .reading: .reading
    case .information: .information
    case .writing: .writing
    case .closed: nil
    }
  }

  /// The error by which the disk that has the file refused room most recently, which made the cache
  /// smaller than it may be; `nil` where it never did. It can be asked for once the image is closed too.
  public var refusal: StorageError? {
    if case .writing(let writer) = state { writer.room.lastRefusal } else { refused }
  }

  /// Why the file of an image that is open for reading is not locked; `nil` where it is, and where no
  /// lock was asked for.
  public var lockFailure: StorageError? { (source as? FileStorage)?.lockFailure }

  /// What holds the image; `nil` once it is closed.
  var source: (any ByteSource)? {
    switch state {
    case .reading(let tree), .information(let tree): tree.source
    case .writing(let writer): writer.storage
    case .closed: nil
    }
  }
}

extension CacheImage.Information {
  init(
    _ header: Header, _ counters: BlockMapHeader, _ byteCount: UInt64,
    _ root: StoredTree.KeptNode
  ) {
    let header = Faults.remembered(header)
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
    rootType = root.type
    rootEntries = Int(root.count)
  }
}
