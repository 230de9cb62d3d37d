/// An entry of an internal node: a run of disk blocks and the node that covers them; 20 bytes.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | block offset |
/// | 8 | 4 | blocks |
/// | 12 | 8 | address of the child |
public struct InternalEntry: NodeSlot {
  public static var nodeType: NodeType { .internal }
  public static var offsetField: Field { .entryOffset }

  /// The first disk block that the child covers.
  public var offset: BlockOffset
  /// The number of disk blocks that the child covers; 32 bits in the file.
  public var blocks: BlockCount
  /// The first file block of the child node.
  public var child: BlockAddress

  /// Makes an internal entry of these values.
  public init(offset: BlockOffset, blocks: BlockCount, child: BlockAddress) {
    self.offset = offset
    self.blocks = blocks
    self.child = child
  }

  public init(decoding node: RawSpan, slot: Int) {
    let base = Self.start(of: slot)
    self.init(
      offset: BlockOffset(node.number(at: base + Field.entryOffset.offset)),
      blocks: BlockCount(
        UInt64(node.number(at: base + Field.entryBlocks.offset, as: UInt32.self))),
      child: BlockAddress(node.number(at: base + Field.entryChild.offset)))
  }

  public func encode(into node: inout MutableRawSpan, slot: Int) {
    let base = Self.start(of: slot)
    node.put(offset.rawValue, at: base + Field.entryOffset.offset)
    node.put(storedBlocks, at: base + Field.entryBlocks.offset)
    node.put(child.rawValue, at: base + Field.entryChild.offset)
  }

  public var address: BlockAddress { child }
}
