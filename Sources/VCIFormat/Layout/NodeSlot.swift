/// The content of a slot of a node: an `Extent` or an `InternalEntry`.
public protocol NodeSlot: Hashable, Sendable {
  /// The type of the nodes that have such slots.
  static var nodeType: NodeType { get }
  /// The field of the first disk block.
  static var offsetField: Field { get }

  /// Decodes slot `slot` of the node in `node`, and checks nothing.
  ///
  /// - Precondition: `node` has 4096 bytes and the slot.
  init(decoding node: RawSpan, slot: Int)

  /// Encodes the values into slot `slot` of the node in `node`.
  ///
  /// - Precondition: `node` has 4096 bytes and the slot, and `blocks` fits into 32 bits.
  func encode(into node: inout MutableRawSpan, slot: Int)

  /// The first disk block.
  var offset: BlockOffset { get }
  /// The number of disk blocks; 32 bits in the file.
  var blocks: BlockCount { get }
  /// The first file block of the data or of the child.
  var address: BlockAddress { get }
}

extension NodeSlot {
  /// Whether the slot that holds these values is in use.
  public var slotState: SlotState { SlotState(blocks: blocks, address: address) }

  /// Returns the first byte of slot `slot`, counted from the node's start.
  static func start(of slot: Int) -> Int {
    precondition(slot >= 0 && slot < nodeType.capacity, "slot \(slot) of a \(nodeType) node")
    return 1 + slot * nodeType.slotSize
  }

  /// The number of disk blocks as the file holds it.
  var storedBlocks: UInt32 {
    precondition(blocks.rawValue <= UInt32.max, "a slot of \(blocks) blocks")
    return UInt32(blocks.rawValue)
  }
}
