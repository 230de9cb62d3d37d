/// An entry of an internal node: a run of disk blocks and the node that covers them; 20 bytes.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | block offset |
/// | 8 | 4 | blocks |
/// | 12 | 8 | address of the child |
public struct InternalEntry: Hashable, Sendable {
  /// The first disk block that the child covers.
  public var offset: BlockOffset
  /// How many disk blocks it covers; 32 bits in the file.
  public var blocks: BlockCount
  /// The first file block of the child node.
  public var child: BlockAddress

  /// Makes an internal entry of these values.
  public init(offset: BlockOffset, blocks: BlockCount, child: BlockAddress) {
    self.offset = offset
    self.blocks = blocks
    self.child = child
  }

  /// Decodes the entry in slot `slot` of the internal node in `node`, and judges nothing.
  ///
  /// - Precondition: `node` has 4096 bytes and the slot is below 204.
  public init(decoding node: RawSpan, slot: Int) {
    precondition(slot >= 0 && slot < Format.entriesPerInternalNode, "slot \(slot) of a node")
    let base = 1 + slot * Format.entrySize
    self.init(
      offset: BlockOffset(node.number(at: base + Field.entryOffset.offset)),
      blocks: BlockCount(
        UInt64(node.number(at: base + Field.entryBlocks.offset, as: UInt32.self))),
      child: BlockAddress(node.number(at: base + Field.entryChild.offset)))
  }

  /// Puts the entry into slot `slot` of the internal node in `node`.
  ///
  /// - Precondition: `node` has 4096 bytes, the slot is below 204, the blocks fit into 32 bits.
  public func encode(into node: inout MutableRawSpan, slot: Int) {
    precondition(slot >= 0 && slot < Format.entriesPerInternalNode, "slot \(slot) of a node")
    precondition(blocks.rawValue <= UInt32.max, "an entry of \(blocks) blocks")
    let base = 1 + slot * Format.entrySize
    node.put(offset.rawValue, at: base + Field.entryOffset.offset)
    node.put(UInt32(blocks.rawValue), at: base + Field.entryBlocks.offset)
    node.put(child.rawValue, at: base + Field.entryChild.offset)
  }

  /// Whether the slot that holds these values is in use.
  public var slotState: SlotState { SlotState(blocks: blocks, address: child) }
}
