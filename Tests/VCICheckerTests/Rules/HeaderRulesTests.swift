import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking file and header` {
  private let fresh = HandmadeImage.fresh
  private let three = HandmadeImage.three

  @Test
  func `finds nothing in a fresh image`() throws {
    #expect(try findings(fresh) == [])
    #expect(try findings(three) == [])
  }

  @Test
  func `VCI-FILE-001 finds a file without a whole header and nothing else`() throws {
    let short = fresh.changed { $0.bytes.removeLast(6144 - 1023) }
    #expect(try findings(short) == ["VCI-FILE-001 corruption at 1023 file"])
    let empty = fresh.changed { $0.bytes = [] }
    #expect(try findings(empty) == ["VCI-FILE-001 corruption at 0 file"])
    let header = fresh.changed { $0.bytes.removeLast(6144 - 1024) }
    #expect(
      try findings(header) == [
        "VCI-FILE-005 corruption at 29 header.blockMap",
        "VCI-FILE-005 corruption at 21 header.treeRoot",
      ])
  }

  @Test
  func `VCI-HDR-001 VCI-HDR-002 are each the only finding`() throws {
    let foreign = fresh.changed { $0.put([0x57, 0, 0, 0, 2], at: 0) }
    #expect(try findings(foreign) == ["VCI-HDR-001 corruption at 0 header.signature"])
    let later = fresh.changed { $0.put([2, 0, 0, 0, 0xff], at: 4) }
    #expect(try findings(later) == ["VCI-HDR-002 corruption at 4 header.version"])
  }

  @Test
  func `VCI-FILE-002 finds a partial last block`() throws {
    let longer = fresh.changed { $0.bytes.append(0) }
    #expect(try findings(longer) == ["VCI-FILE-002 advice at 6145 file"])
  }

  @Test
  func `VCI-FILE-003 VCI-FILE-004 finds a file that is too large or too small`() throws {
    let full = fresh.changed { $0.bytes += [UInt8](repeating: 0, count: 4084 * 512) }
    #expect(try findings(full) == [])
    #expect(
      try findings(full.changed { $0.bytes += [0] }) == [
        "VCI-FILE-002 advice at 2097153 file", "VCI-FILE-003 advice at 2097153 file",
      ])
    let fixed = full.changed { $0.bytes[17] = 2 }
    #expect(try findings(fixed) == [])
    let shorter = fixed.changed { $0.bytes.removeLast(512) }
    #expect(try findings(shorter) == ["VCI-FILE-004 advice at 2096640 file"])
  }

  @Test
  func `VCI-FILE-005 finds map and root that are not wholly in the file`() throws {
    let cut = fresh.changed { $0.bytes.removeLast() }
    #expect(
      try findings(cut) == [
        "VCI-FILE-002 advice at 6143 file", "VCI-FILE-005 corruption at 21 header.treeRoot",
      ])
    let mapCut = fresh.changed { $0.bytes.removeLast(6144 - 2047) }
    #expect(
      try findings(mapCut) == [
        "VCI-FILE-002 advice at 2047 file", "VCI-FILE-005 corruption at 29 header.blockMap",
        "VCI-FILE-005 corruption at 21 header.treeRoot",
      ])
  }

  @Test(
    arguments: [0, 11, 17_592_186_036_225, 1 << 63, UInt64.max])
  func `VCI-HDR-003 finds numbers of blocks that no cache has, and checks no place`(
    blocks: UInt64
  ) throws {
    let image = fresh.changed {
      $0.put(blocks, width: 8, at: 8)
      $0.put(1, width: 8, at: 21)
      $0.put(1, width: 8, at: 29)
    }
    #expect(try findings(image) == ["VCI-HDR-003 corruption at 8 header.blocks"])
  }

  @Test
  func `VCI-HDR-003 takes the fewest and the most blocks`() throws {
    let most = fresh.changed { $0.put(17_592_186_036_224, width: 8, at: 8) }
    #expect(try findings(most) == ["VCI-HDR-009 corruption at 37 header.blockMapBlocks"])
    let least = fresh.changed {
      for place in [8, 1032] { $0.put(12, width: 8, at: place) }
      $0.put(0, width: 8, at: 1040)
    }
    #expect(try findings(least) == ["VCI-HDR-012 advice at 8 header.blocks"])
  }

  @Test
  func `VCI-HDR-004 VCI-HDR-005 VCI-SHD-001 finds unknown flags and types`() throws {
    #expect(
      try findings(fresh.changed { $0.bytes[16] = 2 }) == [
        "VCI-HDR-004 corruption at 16 header.uncleanShutdown"
      ])
    #expect(
      try findings(fresh.changed { $0.bytes[16] = 1 }) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown"
      ])
    #expect(
      try findings(fresh.changed { $0.bytes[17] = 3 }) == [
        "VCI-HDR-005 corruption at 17 header.cacheType"
      ])
    #expect(
      try findings(fresh.changed { $0.bytes[20] = 1 }) == [
        "VCI-HDR-005 corruption at 17 header.cacheType"
      ])
  }

  @Test(
    arguments: [0, 1, 4089, 4096, UInt64.max - 7, UInt64.max, 1 << 55])
  func `VCI-HDR-006 finds a root out of range, and nothing more`(address: UInt64) throws {
    let image = fresh.changed { $0.put(address, width: 8, at: 21) }
    #expect(try findings(image) == ["VCI-HDR-006 corruption at 21 header.treeRoot"])
  }

  @Test
  func `VCI-FILE-005 VCI-HDR-006 takes a root in the last blocks of the cache`() throws {
    let image = fresh.changed { $0.put(4088, width: 8, at: 21) }
    #expect(try findings(image) == ["VCI-FILE-005 corruption at 21 header.treeRoot"])
  }

  @Test(
    arguments: [0, 1, 4095, 4096, UInt64.max - 1, UInt64.max])
  func `VCI-HDR-007 finds a map out of range, and nothing more`(address: UInt64) throws {
    let image = fresh.changed { $0.put(address, width: 8, at: 29) }
    #expect(try findings(image) == ["VCI-HDR-007 corruption at 29 header.blockMap"])
  }

  @Test
  func `VCI-HDR-008 finds a root that meets the map by one block`() throws {
    #expect(
      try findings(fresh.changed { $0.bytes[21] = 3 }) == [
        "VCI-HDR-008 corruption at 21 header.treeRoot"
      ])
    let far = fresh.changed { $0.bytes += [UInt8](repeating: 0, count: 8 * 512) }
    #expect(
      try findings(far.changed { $0.bytes[29] = 11 }) == [
        "VCI-HDR-008 corruption at 21 header.treeRoot"
      ])
    #expect(
      try findings(far.changed { $0.bytes[29] = 12 }) == [
        "VCI-MAP-001 corruption at 6144 map.magic"
      ])
  }

  @Test(
    arguments: [0, 1, 3, 0xffff_ffff as UInt64])
  func `VCI-HDR-009 finds a map of another size and checks no place of it`(blocks: UInt64) throws {
    let image = fresh.changed {
      $0.put(blocks, width: 4, at: 37)
      $0.put(4096, width: 8, at: 29)
    }
    #expect(try findings(image) == ["VCI-HDR-009 corruption at 37 header.blockMapBlocks"])
  }

  @Test(
    arguments: [73, 74, 500, 1023])
  func `VCI-HDR-010 finds reserved bytes that are not zero, and goes on`(place: Int) throws {
    let image = fresh.changed { $0.bytes[place] = 0x80 }
    #expect(try findings(image) == ["VCI-HDR-010 advice at \(place) header.reserved"])
  }

  @Test
  func `VCI-HDR-011 finds a nil UUID`() throws {
    let image = fresh.changed { $0.put([UInt8](repeating: 0, count: 16), at: 41) }
    #expect(try findings(image) == ["VCI-HDR-011 advice at 41 header.imageUUID"])
    #expect(try findings(image.changed { $0.bytes[56] = 1 }) == [])
  }
}
