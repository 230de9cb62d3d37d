/// An extent: a run of disk blocks and where the file holds them; 38 bytes of a leaf.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | previous extent of the LRU list |
/// | 8 | 8 | next extent of the LRU list |
/// | 16 | 1 | flags |
/// | 17 | 1 | reserved |
/// | 18 | 8 | block offset |
/// | 26 | 4 | blocks |
/// | 30 | 8 | block address |
public struct Extent: NodeSlot {
  public static var nodeType: NodeType { .leaf }
  public static var offsetField: Field { .extentOffset }

  /// The address of the previous extent's data in the LRU list, or 0.
  public var previous: BlockAddress
  /// The address of the next extent's data in the LRU list, or 0.
  public var next: BlockAddress
  /// 0 in an image that can be read.
  public var flags: UInt8
  /// 0 in an image of a careful writer.
  public var reserved: UInt8
  /// The first disk block that the extent holds.
  public var offset: BlockOffset
  /// The number of disk blocks; 32 bits in the file.
  public var blocks: BlockCount
  /// The first file block of the data.
  public var address: BlockAddress

  /// Makes an extent of these values.
  public init(
    previous: BlockAddress = 0, next: BlockAddress = 0, flags: UInt8 = 0, reserved: UInt8 = 0,
    offset: BlockOffset, blocks: BlockCount, address: BlockAddress
  ) {
    self.previous = previous
    self.next = next
    self.flags = flags
    self.reserved = reserved
    self.offset = offset
    self.blocks = blocks
    self.address = address
  }

  public init(decoding node: RawSpan, slot: Int) {
    let base = Self.start(of: slot)
    self.init(
      previous: BlockAddress(node.number(at: base + Field.extentPrevious.offset)),
      next: BlockAddress(node.number(at: base + Field.extentNext.offset)),
      flags: node.number(at: base + Field.extentFlags.offset),
      reserved: node.number(at: base + Field.extentReserved.offset),
      offset: BlockOffset(node.number(at: base + Field.extentOffset.offset)),
      blocks: BlockCount(
        UInt64(node.number(at: base + Field.extentBlocks.offset, as: UInt32.self))),
      address: BlockAddress(node.number(at: base + Field.extentAddress.offset)))
  }

  public func encode(into node: inout MutableRawSpan, slot: Int) {
    let base = Self.start(of: slot)
    node.put(previous.rawValue, at: base + Field.extentPrevious.offset)
    node.put(next.rawValue, at: base + Field.extentNext.offset)
    node.put(flags, at: base + Field.extentFlags.offset)
    node.put(reserved, at: base + Field.extentReserved.offset)
    node.put(offset.rawValue, at: base + Field.extentOffset.offset)
    node.put(storedBlocks, at: base + Field.extentBlocks.offset)
    node.put(address.rawValue, at: base + Field.extentAddress.offset)
  }

  /// The blocks of the file that hold the data.
  public var data: BlockRange { BlockRange(address, blocks) }
  /// Returns whether `block` is one of the disk blocks; the extent's end may lie past 64 bits.
  public func holds(_ block: BlockOffset) -> Bool {
    block >= offset && block - offset < blocks
  }
}
