import Testing
import VCIFormat
import VCITesting

/// A header whose fields are all different, typed from the table.
private let distinct: [UInt8] =
  [
    0x56, 0x43, 0x49, 0x00,  // u32Signature
    0x02, 0x03, 0x04, 0x05,  // u32Version
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  // cBlocksCache
    0x21,  // fUncleanShutdown
    0x31, 0x32, 0x33, 0x34,  // u32CacheType
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  // offTreeRoot
    0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,  // offBlkMap
    0x61, 0x62, 0x63, 0x64,  // cBlkMap
    0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,  // uuidImage
    0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80,
    0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,  // uuidModification
    0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0,
  ] + [UInt8](repeating: 0xee, count: 951)  // abReserved

private func decoded(_ bytes: [UInt8]) -> Header {
  unsafe Header(decoding: bytes.span.bytes)
}

private func encoded(_ header: Header, over bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  var span = bytes.mutableSpan
  var raw = unsafe span.mutableBytes
  header.encode(into: &raw)
  return bytes
}

struct `Decoding a header` {
  @Test
  func `takes every field from its place, little endian`() throws {
    let header = decoded(distinct)
    #expect(distinct.count == 1024)
    #expect(header.signature == 0x0049_4356)
    #expect(header.version == 0x0504_0302)
    #expect(header.blocks == 0x1817_1615_1413_1211)
    #expect(header.uncleanShutdown == 0x21)
    #expect(header.cacheType == 0x3433_3231)
    #expect(header.treeRoot == 0x4847_4645_4443_4241)
    #expect(header.blockMap == 0x5857_5655_5453_5251)
    #expect(header.blockMapBlocks == 0x6463_6261)
    #expect(header.imageUUID.description == "74737271-7675-7877-797a-7b7c7d7e7f80")
    #expect(header.modificationUUID.description == "94939291-9695-9897-999a-9b9c9d9e9fa0")
  }

  @Test
  func `is total`() {
    let header = decoded([UInt8](repeating: 0xff, count: 1024))
    #expect(header.signature == .max)
    #expect(header.version == .max)
    #expect(header.blocks == 0xffff_ffff_ffff_ffff)
    #expect(header.uncleanShutdown == 0xff)
    #expect(header.cacheType == .max)
    #expect(header.treeRoot == 0xffff_ffff_ffff_ffff)
    #expect(header.blockMap == 0xffff_ffff_ffff_ffff)
    #expect(header.blockMapBlocks == 0xffff_ffff)
    #expect(header.imageUUID == ImageUUID(high: .max, low: .max))
    #expect(header.modificationUUID == ImageUUID(high: .max, low: .max))
    #expect(decoded([UInt8](repeating: 0, count: 1024)).imageUUID == .nil)
  }

  @Test
  func `looks at the first 1024 bytes alone`() {
    #expect(decoded(distinct + [1, 2, 3]) == decoded(distinct))
  }

  @Test
  func `calls an image dirty for the value 1 only`() {
    var bytes = distinct
    for value: UInt8 in [0, 2, 0xff] {
      bytes[16] = value
      #expect(!decoded(bytes).isDirty)
    }
    bytes[16] = 1
    #expect(decoded(bytes).isDirty)
  }
}

struct `Encoding a header` {
  @Test
  func `gives back the bytes that were decoded`() {
    #expect(encoded(decoded(distinct), over: distinct) == distinct)
    #expect(
      encoded(decoded(distinct), over: [UInt8](repeating: 0, count: 73)) == Array(distinct[..<73]))
  }

  @Test
  func `leaves the reserved bytes alone`() {
    let header = decoded([UInt8](repeating: 0, count: 1024))
    let bytes = encoded(header, over: [UInt8](repeating: 0xaa, count: 1024))
    #expect(bytes[..<73].allSatisfy { $0 == 0 })
    #expect(bytes[73...].allSatisfy { $0 == 0xaa })
  }

  @Test
  func `VCI-HDR-001 VCI-HDR-002 puts the signature and the version that every image has`() {
    let header = Header(
      blocks: 12, cacheType: 1, treeRoot: 4, blockMap: 2, blockMapBlocks: 2, imageUUID: .nil,
      modificationUUID: .nil)
    let bytes = encoded(header, over: [UInt8](repeating: 0xaa, count: 1024))
    #expect(bytes[..<8] == [0x56, 0x43, 0x49, 0x00, 0x01, 0x00, 0x00, 0x00])
  }
}
