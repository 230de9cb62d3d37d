import Testing
import VCIFormat
import VCITesting

/// A map's header whose fields are all different, typed from the table.
private let distinct: [UInt8] =
  [
    0x56, 0x42, 0x4c, 0x4b,  // u32Magic
    0x02, 0x03, 0x04, 0x05,  // u32Version
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  // cBlocks
    0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,  // cBlocksFree
    0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,  // cBlocksAllocMeta
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  // cBlocksAllocData
  ] + [UInt8](repeating: 0xee, count: 472)  // au8Reserved

private func decoded(_ bytes: [UInt8]) -> BlockMapHeader {
  unsafe BlockMapHeader(decoding: bytes.span.bytes)
}

private func encoded(_ header: BlockMapHeader, over bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  var span = bytes.mutableSpan
  var raw = unsafe span.mutableBytes
  header.encode(into: &raw)
  return bytes
}

struct `Decoding a block map's header` {
  @Test
  func `takes every field from its place, little endian`() {
    let header = decoded(distinct)
    #expect(distinct.count == 512)
    #expect(header.magic == 0x4b4c_4256)
    #expect(header.version == 0x0504_0302)
    #expect(header.blocks == 0x1817_1615_1413_1211)
    #expect(header.free == 0x2827_2625_2423_2221)
    #expect(header.metadata == 0x3837_3635_3433_3231)
    #expect(header.data == 0x4847_4645_4443_4241)
  }

  @Test
  func `is total`() {
    let header = decoded([UInt8](repeating: 0xff, count: 512))
    #expect(header.magic == .max)
    #expect(header.version == .max)
    let greatest: BlockCount = 0xffff_ffff_ffff_ffff
    #expect(
      [header.blocks, header.free, header.metadata, header.data].allSatisfy { $0 == greatest })
  }
}

struct `Encoding a block map's header` {
  @Test
  func `gives back the bytes that were decoded`() {
    #expect(encoded(decoded(distinct), over: distinct) == distinct)
  }

  @Test
  func `leaves the reserved bytes alone`() {
    let header = decoded([UInt8](repeating: 0, count: 512))
    let bytes = encoded(header, over: [UInt8](repeating: 0xaa, count: 512))
    #expect(bytes[..<40].allSatisfy { $0 == 0 })
    #expect(bytes[40...].allSatisfy { $0 == 0xaa })
  }

  @Test
  func `VCI-MAP-001 VCI-MAP-002 puts the magic and the version that every map has`() {
    let header = BlockMapHeader(blocks: 12, free: 0, metadata: 12, data: 0)
    let bytes = encoded(header, over: [UInt8](repeating: 0xaa, count: 512))
    #expect(bytes[..<8] == [0x56, 0x42, 0x4c, 0x4b, 0x01, 0x00, 0x00, 0x00])
  }
}
