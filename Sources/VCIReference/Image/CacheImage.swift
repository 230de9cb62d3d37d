public import VCIFormat

/// An open cache image.
///
/// Opening requires the rules that every reader must check (VCI-RD-002). If the image is open for
/// reading, the rules of deeper nodes are required when they are first touched (VCI-RD-004), and
/// nothing is ever written. Opening for writing requires all rules (VCI-RD-003). One thread at a
/// time may use an image.
public final class CacheImage {
  /// What an image is opened for.
  public enum Purpose: Sendable {
    /// To read cached blocks.
    case reading
    /// To get information about the image; it cannot be read.
    case information
    /// To read cached blocks, and to write, discard and evict.
    case writing
  }

  /// Information about an image.
  public struct Information: Hashable, Sendable {
    public let version: UInt32
    /// The most blocks that the file may have.
    public let blocks: BlockCount
    public let type: CacheType
    /// Whether it was not closed cleanly.
    public let isDirty: Bool
    public let imageUUID: ImageUUID
    /// The modification UUID of the disk with which the cache agrees.
    public let modificationUUID: ImageUUID
    public let map: BlockRange
    public let root: BlockRange
    /// The counters in the header of the block map, as stored.
    public let counters: BlockMapHeader
    /// The size of the file in bytes.
    public let byteCount: UInt64
    public let rootType: NodeType
    /// How many extents the root has, or how many children.
    public let rootEntries: Int
  }

  /// What an image is open for, and what serves its requests.
  enum State {
    case reading(StoredTree)
    case information(StoredTree)
    case writing(ImageWriter)
    case closed
  }

  var state: State
  /// The information of when the image was opened, or of when it was closed after writing.
  var known: Information
  /// The value of `refusal` when the image was closed.
  var refused: StorageError?

  init(_ state: State, _ known: Information) {
    self.state = state
    self.known = known
  }

  /// Information about the image as it is now.
  public var information: Information {
    if case .writing(let writer) = state { writer.information } else { known }
  }

  /// What the image is open for; `nil` after it was closed.
  public var purpose: Purpose? {
    switch state {
    case .reading: .reading
    case .information: .information
    case .writing: .writing
    case .closed: nil
    }
  }

  /// The latest error by which the disk of the file refused room, so that the cache is smaller than
  /// it may be; `nil` if it never did. It is kept after the image was closed.
  public var refusal: StorageError? {
    if case .writing(let writer) = state { writer.room.lastRefusal } else { refused }
  }

  /// Why the file of an image that is open for reading is not locked; `nil` if it is, or need not
  /// be.
  public var lockFailure: StorageError? { (source as? FileStorage)?.lockFailure }

  /// What has the image's bytes; `nil` after it was closed.
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
