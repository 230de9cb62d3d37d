import Testing
import VCIChecker
import VCIFormat
import VCITesting

/// The tree of `HandmadeImage.tree`: root at byte 2048, its entries at 2049 and 2069, leaves at
/// bytes 6144 and 10240.
struct `Checking nodes below the root` {
  private let tree = HandmadeImage.tree

  @Test
  func `takes a tree of two levels, and counts it`() throws {
    let report = try Checker().check(BytesSource(tree.bytes))
    #expect(report.findings.isEmpty)
    #expect(
      report.tree
        == Report.Tree(depth: 2, internalNodes: 1, leaves: 2, extents: 3, cachedBlocks: 7))
    #expect(report.recomputed == Report.Counters(free: 4061, metadata: 28, data: 7))
  }

  @Test
  func `takes a child of unknown type for a dead end that owns its blocks`() throws {
    // Nothing below is read, and no total is checked.
    let image = tree.changed {
      $0.bytes[6144] = 3
      $0.bytes[HandmadeImage.extent(0, in: 12) + 16] = 1
    }
    let report = try Checker().check(BytesSource(image.bytes))
    #expect(report.findings.map { "\($0)" }.count == 1)
    #expect(try findings(image) == ["VCI-NODE-001 corruption at 6144 tree/0.type"])
    #expect(report.findings.first?.stage == .touch)
    #expect(
      report.tree
        == Report.Tree(depth: 2, internalNodes: 1, leaves: 1, extents: 1, cachedBlocks: 2))
    #expect(report.recomputed == Report.Counters(free: 4066, metadata: 28, data: 2))
  }

  @Test(
    arguments: [1, 4089, 4096, .max - 7, .max, 1 << 54, 1 << 55 | 20] as [UInt64])
  func `VCI-NODE-002 finds a child out of range, which owns nothing`(address: UInt64) throws {
    let image = tree.changed { $0.put(address, width: 8, at: 2081) }
    #expect(
      try findings(image) == ["VCI-NODE-002 corruption at 2081 tree/entry[1].childAddress"])
    #expect(
      try Checker().check(BytesSource(image.bytes)).recomputed
        == Report.Counters(free: 4071, metadata: 20, data: 5))
  }

  @Test(
    arguments: [4088, 28, 34, 35] as [UInt64])
  func `VCI-FILE-006 VCI-NODE-002 finds a child outside of the file`(address: UInt64) throws {
    // The file has 35 blocks: 27 is the last at which a node fits, and none is there.
    let image = tree.changed { $0.put(address, width: 8, at: 2081) }
    #expect(
      try findings(image) == ["VCI-FILE-006 corruption at 2081 tree/entry[1].childAddress"])
    let last = tree.changed { $0.put(27, width: 8, at: 2081) }
    #expect(try findings(last).first == "VCI-NODE-001 corruption at 13824 tree/1.type")
    #expect(try findings(last).allSatisfy { !$0.hasPrefix("VCI-FILE") })
  }

  @Test
  func `VCI-NODE-003 finds the first clear bit of a node, a summary in a dirty image`() throws {
    let image = tree.changed {
      $0.clearBit(of: 22)
      $0.clearBit(of: 23)
      $0.put(4063, width: 8, at: 1040)
      $0.put(26, width: 8, at: 1048)
    }
    #expect(
      try findings(image) == [
        "VCI-NODE-003 corruption at 2081 tree/entry[1].childAddress",
        "VCI-MAP-009 summary at 1048 map.metadata",
      ])
    #expect(try Checker().check(BytesSource(image.bytes)).findings.first?.actual == 22)
    #expect(
      try findings(image.changed { $0.bytes[16] = 1 }) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown",
        "VCI-NODE-003 summary at 2081 tree/entry[1].childAddress",
        "VCI-MAP-009 summary at 1048 map.metadata",
      ])
  }

  @Test
  func `VCI-NODE-005 finds a node that overlaps the map or another node`() throws {
    // A leaf at block 13 overlaps that at 12, and its own bytes are of no type.
    let image = tree.changed {
      $0.putNode(.leaf, at: 13)
      $0.put(13, width: 8, at: 2081)
    }
    #expect(
      try findings(image).contains(
        "VCI-NODE-005 corruption at 2081 tree/entry[1].childAddress"))
    #expect(try findings(image).filter { $0.hasPrefix("VCI-NODE-005") }.count == 1)
    // One at block 3 overlaps map and root, which is one finding.
    let onMap = tree.changed {
      $0.bytes[1536] = 0xff
      $0.put(3, width: 8, at: 2081)
    }
    #expect(
      try findings(onMap).filter { $0.hasPrefix("VCI-NODE-005") } == [
        "VCI-NODE-005 corruption at 2081 tree/entry[1].childAddress"
      ])
    // One that ends where the next begins overlaps nothing.
    #expect(try findings(tree).isEmpty)
  }

  /// The tree with its map at block 35 and the second leaf right after it, at block 37.
  private var moved: HandmadeImage {
    tree.changed {
      $0.grow(by: 10)
      for index in 0..<1024 { $0.bytes[35 * 512 + index] = $0.bytes[1024 + index] }
      for index in 0..<1024 { $0.bytes[1024 + index] = 0 }
      $0.bytes[29] = 35
      for index in 0..<4096 { $0.bytes[37 * 512 + index] = $0.bytes[20 * 512 + index] }
      for index in 0..<4096 { $0.bytes[20 * 512 + index] = 0 }
      $0.bytes[2081] = 37
      $0.put([0xf3, 0xff, 0x0f, 0xf0, 0xff, 0x1f], at: 36 * 512)
    }
  }

  @Test
  func `VCI-NODE-005 takes a node beside the map, and finds one on it`() throws {
    #expect(try findings(moved) == [])
    // At block 36 the node's type is the first byte of the bitmap.
    #expect(
      try findings(moved.changed { $0.bytes[2081] = 36 }) == [
        "VCI-NODE-001 corruption at 18432 tree/1.type",
        "VCI-NODE-005 corruption at 2081 tree/entry[1].childAddress",
      ])
  }

  @Test
  func `VCI-NODE-006 VCI-NODE-007 finds gaps and half-zero slots of any node`() throws {
    let image = tree.changed {
      $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.extent(0, in: 12))
      $0.bytes[HandmadeImage.extent(3, in: 20) + 26] = 1
    }
    #expect(
      try findings(image) == [
        "VCI-NODE-006 corruption at 6183 tree/0/extent[1]",
        "VCI-NODE-007 corruption at 10355 tree/1/extent[3]",
      ])
    // Below a gap in an internal node the walk goes on: the extent's flags are checked.
    let gap = HandmadeImage.chain(levels: 3).changed {
      $0.put([UInt8](repeating: 0, count: 20), at: HandmadeImage.entry(0, in: 12))
      $0.putEntry(1, in: 12, offset: 0, blocks: 10, child: 20)
      $0.putEntry(5, in: 12, offset: 10, blocks: 0, child: 4)
      $0.bytes[HandmadeImage.extent(0, in: 20) + 16] = 1
    }
    #expect(
      try findings(gap) == [
        "VCI-NODE-006 corruption at 6165 tree/0/entry[1]",
        "VCI-NODE-007 corruption at 6245 tree/0/entry[5]",
        "VCI-EXT-007 corruption at 10257 tree/0/1/extent[0].flags",
      ])
  }

  @Test
  func `VCI-NODE-008 finds stray bytes in unused entries and padding`() throws {
    #expect(
      try findings(tree.changed { $0.bytes[HandmadeImage.entry(2, in: 4) + 7] = 1 }) == [
        "VCI-NODE-008 advice at 2096 tree.entries"
      ])
    #expect(
      try findings(tree.changed { $0.bytes[2048 + 4095] = 1 }) == [
        "VCI-NODE-008 advice at 6143 tree.entries"
      ])
    #expect(
      try findings(tree.changed { $0.bytes[2048 + 4081] = 1 }) == [
        "VCI-NODE-008 advice at 6129 tree.entries"
      ])
    #expect(
      try findings(tree.changed { $0.bytes[6144 + 4067] = 1 }) == [
        "VCI-NODE-008 advice at 10211 tree/0.entries"
      ])
  }

  @Test
  func `VCI-NODE-007 VCI-NODE-009 wants a used entry of every internal node`() throws {
    let empty = HandmadeImage().changed { $0.bytes[2048] = 1 }
    #expect(try findings(empty) == ["VCI-NODE-009 corruption at 2048 tree.type"])
    let half = empty.changed { $0.bytes[HandmadeImage.entry(0, in: 4) + 8] = 1 }
    #expect(
      try findings(half) == [
        "VCI-NODE-007 corruption at 2049 tree/entry[0]",
        "VCI-NODE-009 corruption at 2048 tree.type",
      ])
    let below = HandmadeImage.chain(levels: 3).changed {
      $0.put([UInt8](repeating: 0, count: 20), at: HandmadeImage.entry(0, in: 12))
    }
    #expect(try findings(below) == ["VCI-NODE-009 corruption at 6144 tree/0.type"])
  }

  @Test
  func `VCI-NODE-010 advises against an empty leaf that is not the root`() throws {
    let image = HandmadeImage.chain(levels: 2).changed {
      $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.extent(0, in: 12))
      $0.own(0..<20, metadata: 20)
    }
    #expect(try findings(image) == ["VCI-NODE-010 advice at 6144 tree/0.type"])
    #expect(try findings(.fresh) == [])
  }

  @Test
  func `VCI-NODE-011 wants all leaves at the level of the first`() throws {
    // Root: a leaf at block 12, then an internal node at 20 with a leaf at 28.
    let image = HandmadeImage(data: 28).changed {
      $0.putNode(.internal, at: 4)
      $0.putEntry(0, in: 4, offset: 0, blocks: 10, child: 12)
      $0.putEntry(1, in: 4, offset: 10, blocks: 10, child: 20)
      $0.putNode(.leaf, at: 12)
      $0.putExtent(0, in: 12, offset: 0, blocks: 1, address: 36)
      $0.putNode(.internal, at: 20)
      $0.putEntry(0, in: 20, offset: 10, blocks: 10, child: 28)
      $0.putNode(.leaf, at: 28)
      $0.putExtent(0, in: 28, offset: 10, blocks: 1, address: 37)
      $0.own(0..<38, metadata: 36)
    }
    #expect(try findings(image) == ["VCI-NODE-011 corruption at 14336 tree/1/0.type"])
    #expect(
      try Checker().check(BytesSource(image.bytes)).tree
        == Report.Tree(depth: 3, internalNodes: 2, leaves: 2, extents: 2, cachedBlocks: 2))
  }
}
