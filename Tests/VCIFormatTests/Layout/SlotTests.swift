import Testing
import VCIFormat
import VCITesting

/// An extent whose fields are all different, typed from the table.
private let distinctExtent: [UInt8] = [
  0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  // u64ExtentPrev
  0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,  // u64ExtentNext
  0x31,  // u8Flags
  0x41,  // u8Reserved
  0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,  // u64BlockOffset
  0x61, 0x62, 0x63, 0x64,  // u32Blocks
  0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,  // u64BlockAddr
]

/// An internal entry whose fields are all different, typed from the table.
private let distinctEntry: [UInt8] = [
  0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,  // u64BlockOffset
  0x61, 0x62, 0x63, 0x64,  // u32Blocks
  0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,  // u64ChildAddr
]

/// A node of 4096 bytes, all `filler` but for `bytes` at `offset`.
private func node(_ bytes: [UInt8], at offset: Int, filler: UInt8 = 0xee) -> [UInt8] {
  var node = [UInt8](repeating: filler, count: 4096)
  node.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
  return node
}

private func extent(in node: [UInt8], slot: Int) -> Extent {
  unsafe Extent(decoding: node.span.bytes, slot: slot)
}

private func entry(in node: [UInt8], slot: Int) -> InternalEntry {
  unsafe InternalEntry(decoding: node.span.bytes, slot: slot)
}

struct `A type of node` {
  @Test
  func `says what its slots are, how many and how large`() {
    #expect(NodeType.leaf.capacity == 107)
    #expect(NodeType.leaf.slotSize == 38)
    #expect(NodeType.leaf.paddingStart == 4067)
    #expect(NodeType.leaf.slotStructure == .extent)
    #expect(NodeType.internal.capacity == 204)
    #expect(NodeType.internal.slotSize == 20)
    #expect(NodeType.internal.paddingStart == 4081)
    #expect(NodeType.internal.slotStructure == .entry)
  }
}

struct `An extent` {
  let expected = Extent(
    previous: 0x1817_1615_1413_1211, next: 0x2827_2625_2423_2221, flags: 0x31, reserved: 0x41,
    offset: 0x5857_5655_5453_5251, blocks: 0x6463_6261, address: 0x7877_7675_7473_7271)

  /// The first slot starts after the type, the last ends 29 bytes before the node does.
  @Test(arguments: [(0, 1), (1, 39), (106, 4029)])
  func `is decoded from its slot`(slot: Int, offset: Int) {
    #expect(extent(in: node(distinctExtent, at: offset), slot: slot) == expected)
  }

  @Test(arguments: [(0, 1), (1, 39), (106, 4029)])
  func `is encoded into its slot and nowhere else`(slot: Int, offset: Int) {
    var bytes = [UInt8](repeating: 0xee, count: 4096)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    expected.encode(into: &raw, slot: slot)
    #expect(bytes == node(distinctExtent, at: offset))
  }

  @Test
  func `is decoded from any bytes`() {
    let extent = extent(in: [UInt8](repeating: 0xff, count: 4096), slot: 106)
    #expect(extent.previous == 0xffff_ffff_ffff_ffff)
    #expect(extent.next == 0xffff_ffff_ffff_ffff)
    #expect(extent.flags == 0xff)
    #expect(extent.reserved == 0xff)
    #expect(extent.offset == 0xffff_ffff_ffff_ffff)
    #expect(extent.blocks == 0xffff_ffff)
    #expect(extent.address == 0xffff_ffff_ffff_ffff)
    #expect(extent.slotState == .used)
  }

  @Test
  func `holds the disk blocks from its offset on, as many as it has`() {
    let extent = Extent(offset: 100, blocks: 3, address: 20)
    #expect((98...104).filter { extent.holds(BlockOffset($0)) } == [100, 101, 102])
    #expect(extent.data == BlockRange(20, 3))
    let last = Extent(offset: 0xffff_ffff_ffff_fffe, blocks: 9, address: 20)
    #expect(last.holds(0xffff_ffff_ffff_ffff))
    #expect(!last.holds(0))
  }
}

struct `An entry of an internal node` {
  let expected = InternalEntry(
    offset: 0x5857_5655_5453_5251, blocks: 0x6463_6261, child: 0x7877_7675_7473_7271)

  /// The first slot starts after the type, the last ends 15 bytes before the node does.
  @Test(arguments: [(0, 1), (1, 21), (203, 4061)])
  func `is decoded from its slot`(slot: Int, offset: Int) {
    #expect(entry(in: node(distinctEntry, at: offset), slot: slot) == expected)
  }

  @Test(arguments: [(0, 1), (1, 21), (203, 4061)])
  func `is encoded into its slot and nowhere else`(slot: Int, offset: Int) {
    var bytes = [UInt8](repeating: 0xee, count: 4096)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    expected.encode(into: &raw, slot: slot)
    #expect(bytes == node(distinctEntry, at: offset))
  }

  @Test
  func `is decoded from any bytes`() {
    let entry = entry(in: [UInt8](repeating: 0xff, count: 4096), slot: 203)
    #expect(entry.offset == 0xffff_ffff_ffff_ffff)
    #expect(entry.blocks == 0xffff_ffff)
    #expect(entry.child == 0xffff_ffff_ffff_ffff)
    #expect(entry.slotState == .used)
  }
}

struct `The state of a slot` {
  @Test
  func `VCI-NODE-007 is used, unused or half by count and address alone`() {
    func state(_ blocks: BlockCount, _ address: BlockAddress) -> [SlotState] {
      [
        Extent(previous: 1, flags: 1, offset: 7, blocks: blocks, address: address).slotState,
        InternalEntry(offset: 7, blocks: blocks, child: address).slotState,
      ]
    }
    #expect(state(1, 1) == [.used, .used])
    #expect(state(0, 0) == [.unused, .unused])
    #expect(state(0, 0x8000_0000_0000_0000) == [.half, .half])
    #expect(state(0x8000_0000, 0) == [.half, .half])
  }
}
