import Testing
import VCIFormat

struct `The blocks of a map` {
  @Test
  func `VCI-HDR-009 are its header and one for each 4096 blocks begun`() {
    #expect(Format.mapBlocks(for: 0) == 1)
    #expect(Format.mapBlocks(for: 1) == 2)
    #expect(Format.mapBlocks(for: 4095) == 2)
    #expect(Format.mapBlocks(for: 4096) == 2)
    #expect(Format.mapBlocks(for: 4097) == 3)
    #expect(Format.mapBlocks(for: 204_800) == 51)
    #expect(Format.mapBlocks(for: BlockCount(.max)) == 0x10_0000_0000_0001)
  }

  @Test
  func `VCI-HDR-003 fit into 32 bits for the greatest cache, and for none greater`() {
    #expect(Format.maximumBlocks == 0xfff_ffff_e000)
    #expect(Format.mapBlocks(for: Format.maximumBlocks) == 0xffff_ffff)
    #expect(Format.mapBlocks(for: 0xfff_ffff_e001) == 0x1_0000_0000)
  }
}

struct `The fewest blocks of a cache` {
  @Test
  func `VCI-HDR-003 are 12, and one more for each further block of the map`() {
    #expect(Format.leastBlocks(for: 11) == 12)
    #expect(Format.leastBlocks(for: 12) == 12)
    #expect(Format.leastBlocks(for: 4096) == 12)
    #expect(Format.leastBlocks(for: 4097) == 13)
    #expect(Format.leastBlocks(for: BlockCount(.max)) == 0x10_0000_0000_000b)
  }
}

struct `The constants of the format` {
  @Test
  func `are those of its description`() {
    #expect(Format.blockSize == 512)
    #expect(Format.headerSize == 1024)
    #expect(Format.headerBlocks == 2)
    #expect(Format.mapHeaderSize == 512)
    #expect(Format.bitsPerMapBlock == 4096)
    #expect(Format.nodeSize == 4096)
    #expect(Format.nodeBlocks == 8)
    #expect(Format.extentSize == 38)
    #expect(Format.extentsPerLeaf == 107)
    #expect(Format.entrySize == 20)
    #expect(Format.entriesPerInternalNode == 204)
    #expect(Format.maximumLevels == 16)
    #expect(Format.diskEnd == 18_014_398_509_481_984)
    #expect(Format.firstBlock == 2)
  }
}
