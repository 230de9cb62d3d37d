import Testing
import VCIFormat
import VCITesting

/// Runs `body` over the span of `bytes`.
private func decoding<Value>(_ bytes: [UInt8], _ body: (RawSpan) -> Value) -> Value {
  unsafe body(bytes.span.bytes)
}

/// The bytes after `body` filled `count` bytes of 0xee.
private func encoding(_ count: Int, _ body: (inout MutableRawSpan) -> Void) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xee, count: count)
  var span = bytes.mutableSpan
  var buffer = unsafe span.mutableBytes
  body(&buffer)
  return bytes
}

/// A header with every field other than the others.
private let headerBytes: [UInt8] = [
  0x01, 0x02, 0x03, 0x04,  // u32Signature
  0x11, 0x12, 0x13, 0x14,  // u32Version
  0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,  // cBlocksCache
  0x31,  // fUncleanShutdown
  0x41, 0x42, 0x43, 0x44,  // u32CacheType
  0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,  // offTreeRoot
  0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,  // offBlkMap
  0x71, 0x72, 0x73, 0x74,  // cBlkMap
  0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
  0x03, 0x02, 0x01, 0x00, 0x05, 0x04, 0x07, 0x06, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
]

struct `The codec of the header` {
  private let header = Header(
    signature: 0x0403_0201, version: 0x1413_1211, blocks: 0x2827_2625_2423_2221,
    uncleanShutdown: 0x31, cacheType: 0x4443_4241, treeRoot: 0x5857_5655_5453_5251,
    blockMap: 0x6867_6665_6463_6261, blockMapBlocks: 0x7473_7271,
    imageUUID: ImageUUID(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff),
    modificationUUID: ImageUUID(high: 0x0001_0203_0405_0607, low: 0x0809_0a0b_0c0d_0e0f))

  @Test
  func `reads every field from its place`() {
    let bytes = headerBytes + [UInt8](repeating: 0xff, count: 951)
    #expect(decoding(bytes) { Header(decoding: $0) } == header)
  }

  @Test
  func `writes every field to its place and leaves the reserved bytes alone`() {
    let bytes = encoding(1024) { header.encode(into: &$0) }
    #expect(Array(bytes[..<73]) == headerBytes)
    #expect(bytes[73...].allSatisfy { $0 == 0xee })
  }

  @Test
  func `takes any bytes`() {
    let header = decoding([UInt8](repeating: 0xff, count: 1024)) { Header(decoding: $0) }
    #expect(header.blocks == BlockCount(UInt64.max))
    #expect(header.blockMapBlocks == 0xffff_ffff)
    #expect(!header.isDirty)
  }

  @Test
  func `knows the signature by its bytes`() {
    let bytes = [UInt8]([0x56, 0x43, 0x49, 0x00]) + [UInt8](repeating: 0, count: 1020)
    #expect(decoding(bytes) { Header(decoding: $0) }.signature == Header.signature)
  }
}

struct `The codec of the block map's header` {
  private let bytes: [UInt8] = [
    0x56, 0x42, 0x4c, 0x4b,  // u32Magic
    0x11, 0x12, 0x13, 0x14,  // u32Version
    0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,  // cBlocks
    0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,  // cBlocksFree
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  // cBlocksAllocMeta
    0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,  // cBlocksAllocData
  ]
  private let header = BlockMapHeader(
    version: 0x1413_1211, blocks: 0x2827_2625_2423_2221, free: 0x3837_3635_3433_3231,
    metadata: 0x4847_4645_4443_4241, data: 0x5857_5655_5453_5251)

  @Test
  func `reads every field from its place`() {
    let whole = bytes + [UInt8](repeating: 0xff, count: 472)
    #expect(decoding(whole) { BlockMapHeader(decoding: $0) } == header)
  }

  @Test
  func `writes every field to its place and leaves the reserved bytes alone`() {
    let whole = encoding(512) { header.encode(into: &$0) }
    #expect(Array(whole[..<40]) == bytes)
    #expect(whole[40...].allSatisfy { $0 == 0xee })
  }
}

struct `The codec of nodes` {
  private let extentBytes: [UInt8] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // u64ExtentPrev
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  // u64ExtentNext
    0x21,  // u8Flags
    0x31,  // u8Reserved
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  // u64BlockOffset
    0x51, 0x52, 0x53, 0x54,  // u32Blocks
    0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,  // u64BlockAddr
  ]
  private let extent = Extent(
    previous: 0x0807_0605_0403_0201, next: 0x1817_1615_1413_1211, flags: 0x21, reserved: 0x31,
    offset: 0x4847_4645_4443_4241, blocks: 0x5453_5251, address: 0x6867_6665_6463_6261)
  private let entryBytes: [UInt8] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // u64BlockOffset
    0x11, 0x12, 0x13, 0x14,  // u32Blocks
    0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,  // u64ChildAddr
  ]
  private let entry = InternalEntry(
    offset: 0x0807_0605_0403_0201, blocks: 0x1413_1211, child: 0x2827_2625_2423_2221)

  @Test(arguments: [(0, 1), (1, 39), (106, 4029)])
  func `finds an extent in its slot`(slot: Int, offset: Int) {
    var node = [UInt8](repeating: 0, count: 4096)
    node.replaceSubrange(offset..<offset + 38, with: extentBytes)
    #expect(decoding(node) { Extent(decoding: $0, slot: slot) } == extent)
    let written = encoding(4096) { extent.encode(into: &$0, slot: slot) }
    #expect(Array(written[offset..<offset + 38]) == extentBytes)
    #expect(written.filter { $0 == 0xee }.count == 4096 - 38)
  }

  @Test(arguments: [(0, 1), (1, 21), (203, 4061)])
  func `finds an entry in its slot`(slot: Int, offset: Int) {
    var node = [UInt8](repeating: 0, count: 4096)
    node.replaceSubrange(offset..<offset + 20, with: entryBytes)
    #expect(decoding(node) { InternalEntry(decoding: $0, slot: slot) } == entry)
    let written = encoding(4096) { entry.encode(into: &$0, slot: slot) }
    #expect(Array(written[offset..<offset + 20]) == entryBytes)
  }

  @Test
  func `tells used, unused and half-zero slots apart`() {
    #expect(Extent(offset: 9, blocks: 1, address: 1).slotState == .used)
    #expect(Extent(offset: 9, blocks: 0, address: 0).slotState == .unused)
    #expect(Extent(offset: 9, blocks: 1, address: 0).slotState == .half)
    #expect(InternalEntry(offset: 9, blocks: 0, child: 1).slotState == .half)
  }
}

struct `The layout table` {
  @Test
  func `fills every structure without gaps or overlaps`() {
    let ends: [Structure: Int] = [
      .header: 1024, .blockMap: 512, .node: 4096, .extent: 38, .entry: 20,
    ]
    for (structure, end) in ends {
      let fields = Field.allCases.map(\.layout).filter { $0.structure == structure }
      var next = 0
      for field in fields.sorted(by: { $0.offset < $1.offset }) {
        #expect(field.offset == next, "\(structure).\(field.label)")
        next += field.width
      }
      #expect(next == end)
      #expect(structure.size == end)
    }
  }

  @Test
  func `places fields in slots`() {
    #expect(Field.extentAddress.position(inNodeAt: 2048, slot: 0) == 2079)
    #expect(Field.extentAddress.position(inNodeAt: 2048, slot: 2) == 2155)
    #expect(Field.entryChild.position(inNodeAt: 0, slot: 203) == 4073)
    #expect(Field.mapFree.position(from: .max) == .max)
  }
}

struct `A UUID` {
  @Test
  func `reads and writes the usual form`() {
    let text = "00112233-4455-6677-8899-aabbccddeeff"
    let uuid = ImageUUID(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff)
    #expect(ImageUUID(text) == uuid)
    #expect(ImageUUID(text.uppercased()) == uuid)
    #expect("\(uuid)" == text)
  }

  @Test(arguments: [
    "", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef",
    "00112233-4455-6677-8899-aabbccddeefg", "+0112233-4455-6677-8899-aabbccddeeff",
    "{00112233-4455-6677-8899-aabbccddeeff}", "00112233-4455-6677-8899-aabbccddeeff-",
  ])
  func `refuses anything else`(text: String) {
    #expect(ImageUUID(text) == nil)
  }

  @Test
  func `is of version 4 where it is random`() {
    var random = SystemRandomNumberGenerator()
    let text = "\(ImageUUID.random(using: &random))"
    #expect(Array(text)[14] == "4")
    #expect("89ab".contains(Array(text)[19]))
  }
}
