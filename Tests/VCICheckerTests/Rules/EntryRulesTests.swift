import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking entries` {
  private let tree = HandmadeImage.tree

  @Test
  func `VCI-INT-001 compares each entry with the used one before it`() throws {
    // In a root that is an open's business, and ends the check.
    #expect(
      try findings(tree.changed { $0.put(99, width: 8, at: 2069) }) == [
        "VCI-INT-001 corruption at 2069 tree/entry[1].blockOffset"
      ])
    #expect(
      try Checker().check(BytesSource(tree.changed { $0.bytes[2069] = 99 }.bytes)).group == .root)
    // The ranges may be wider than what the leaves hold, and have gaps between them.
    #expect(
      try findings(
        tree.changed {
          $0.put(14, width: 4, at: 2057)
          $0.put(20, width: 8, at: 2069)
        }) == [])
  }

  @Test
  func `VCI-INT-001 follows entries that are out of order below the root`() throws {
    let image = threeLevels.changed {
      $0.putEntry(0, in: 12, offset: 50, blocks: 50, child: 20)
      $0.putEntry(1, in: 12, offset: 0, blocks: 50, child: 28)
      $0.putExtent(0, in: 20, offset: 50, blocks: 1, address: 36)
      $0.putExtent(0, in: 28, offset: 0, blocks: 1, address: 37)
    }
    let report = try Checker().check(BytesSource(image.bytes))
    #expect(
      report.findings.map { "\($0.rule) \($0.path)" } == [
        "VCI-INT-001 tree/0/entry[1].blockOffset"
      ])
    #expect(report.findings.first?.stage == .touch)
    #expect(report.tree?.extents == 2)
  }

  @Test
  func `VCI-INT-001 VCI-INT-002 counts the ends of entries without bound`() throws {
    let last = tree.changed {
      $0.put((1 << 54) - 100, width: 8, at: 2069)
      $0.put((1 << 54) - 2, width: 8, at: HandmadeImage.extent(0, in: 20) + 18)
    }
    #expect(try findings(last) == [])
    #expect(
      try findings(last.changed { $0.bytes[2077] = 101 }) == [
        "VCI-INT-002 corruption at 2069 tree/entry[1].blockOffset"
      ])
    let wrapping = tree.changed { $0.put(.max - 50, width: 8, at: 2049) }
    #expect(
      try findings(wrapping) == [
        "VCI-INT-002 corruption at 2049 tree/entry[0].blockOffset",
        "VCI-INT-001 corruption at 2069 tree/entry[1].blockOffset",
      ])
  }

  @Test
  func `VCI-INT-003 wants what a child holds inside of its entry's range, to the block`() throws {
    // The first leaf holds disk blocks 0 to 13, the second 100 and 101.
    #expect(try findings(tree.changed { $0.put(14, width: 4, at: 2057) }) == [])
    #expect(
      try findings(tree.changed { $0.put(13, width: 4, at: 2057) }) == [
        "VCI-INT-003 corruption at 2049 tree/entry[0].blockOffset"
      ])
    #expect(
      try findings(tree.changed { $0.put(101, width: 8, at: 2069) }) == [
        "VCI-INT-003 corruption at 2069 tree/entry[1].blockOffset"
      ])
    let finding = try Checker().check(
      BytesSource(tree.changed { $0.put(13, width: 4, at: 2057) }.bytes)
    ).findings.first
    #expect(finding?.expected == .within(0, 13))
    #expect(finding?.actual == 13)
    #expect(finding?.stage == .touch)
  }

  @Test
  func `VCI-INT-003 VCI-EXT-001 VCI-EXT-002 of a child out of order or past 64 bits`() throws {
    let wide = tree.changed {
      $0.put(.max - 1, width: 8, at: HandmadeImage.extent(0, in: 12) + 18)
      $0.put(0xffff_ffff, width: 4, at: HandmadeImage.extent(0, in: 12) + 26)
    }
    #expect(
      try findings(wide) == [
        "VCI-EXT-002 corruption at 6163 tree/0/extent[0].blockOffset",
        "VCI-EXT-001 corruption at 6201 tree/0/extent[1].blockOffset",
        "VCI-INT-003 corruption at 2049 tree/entry[0].blockOffset",
        "VCI-EXT-003 corruption at 6175 tree/0/extent[0].blockAddress",
      ])
    let swapped = tree.changed {
      $0.put(10, width: 8, at: HandmadeImage.extent(0, in: 12) + 18)
      $0.put(0, width: 8, at: HandmadeImage.extent(1, in: 12) + 18)
    }
    #expect(
      try findings(swapped) == ["VCI-EXT-001 corruption at 6201 tree/0/extent[1].blockOffset"])
  }

  @Test
  func `VCI-INT-003 takes the widest range there is, and nothing wider`() throws {
    // An entry of 2^32 - 1 blocks over a child that holds its first block and its last.
    let widest = tree.changed {
      $0.putEntry(1, in: 4, offset: 100, blocks: 0xffff_ffff, child: 20)
      $0.putExtent(0, in: 20, offset: 100, blocks: 1, address: 33)
      $0.putExtent(1, in: 20, offset: 99 + 0xffff_ffff, blocks: 1, address: 34)
      for place in [HandmadeImage.extent(0, in: 12), HandmadeImage.extent(1, in: 12)] {
        $0.put([UInt8](repeating: 0, count: 16), at: place)
      }
    }
    #expect(try findings(widest) == [])
    #expect(
      try findings(
        widest.changed {
          $0.put(100 + 0xffff_ffff, width: 8, at: HandmadeImage.extent(1, in: 20) + 18)
        })
        == ["VCI-INT-003 corruption at 2069 tree/entry[1].blockOffset"])
  }

  /// A root of two entries, of which the first leads over block 12 to leaves at 20 and 28.
  private var threeLevels: HandmadeImage {
    HandmadeImage(data: 26).changed {
      $0.putNode(.internal, at: 4)
      $0.putEntry(0, in: 4, offset: 0, blocks: 100, child: 12)
      $0.putNode(.internal, at: 12)
      $0.putEntry(0, in: 12, offset: 0, blocks: 50, child: 20)
      $0.putEntry(1, in: 12, offset: 50, blocks: 50, child: 28)
      $0.putNode(.leaf, at: 20)
      $0.putExtent(0, in: 20, offset: 0, blocks: 1, address: 36)
      $0.putNode(.leaf, at: 28)
      $0.putExtent(0, in: 28, offset: 50, blocks: 1, address: 37)
      $0.own(0..<38, metadata: 36)
    }
  }

  @Test
  func `VCI-NODE-004 VCI-INT-003 finds a cycle to root, ancestor and itself`() throws {
    #expect(try findings(threeLevels) == [])
    // The root holds 0 to 99 and so lies outside of the entry for 50 to 99; so does the node
    // itself.
    for (address, node) in [(4, "root"), (12, "itself")] as [(UInt64, String)] {
      let image = threeLevels.changed {
        $0.putEntry(1, in: 12, offset: 50, blocks: 50, child: address)
      }
      #expect(
        try findings(image) == [
          "VCI-NODE-004 corruption at 6177 tree/0/entry[1].childAddress",
          "VCI-INT-003 corruption at 6165 tree/0/entry[1].blockOffset",
        ], "a cycle to \(node)")
      #expect(try Checker().check(BytesSource(image.bytes)).findings.first?.stage == .touch)
    }
    // One that is as wide as what the root holds keeps the range.
    let wide = HandmadeImage.chain(levels: 3).changed {
      $0.putEntry(1, in: 12, offset: 20, blocks: 100, child: 4)
      $0.putEntry(0, in: 4, offset: 0, blocks: 120, child: 12)
      $0.putEntry(0, in: 12, offset: 0, blocks: 10, child: 20)
    }
    #expect(
      try findings(wide) == [
        "VCI-NODE-004 corruption at 6177 tree/0/entry[1].childAddress",
        "VCI-INT-003 corruption at 6165 tree/0/entry[1].blockOffset",
      ])
    let alone = HandmadeImage.chain(levels: 2).changed {
      $0.putEntry(0, in: 4, offset: 0, blocks: 10, child: 4)
    }
    #expect(
      try findings(alone) == ["VCI-NODE-004 corruption at 2061 tree/entry[0].childAddress"])
  }

  @Test
  func `finds a shared leaf, which is for whoever writes`() throws {
    // Totals are checked: the second leaf leaks, and is not counted.
    let image = tree.changed { $0.bytes[2081] = 12 }
    #expect(
      try findings(image) == [
        "VCI-NODE-004 corruption at 2081 tree/entry[1].childAddress",
        "VCI-INT-003 corruption at 2069 tree/entry[1].blockOffset",
      ])
    #expect(
      try Checker().check(BytesSource(image.bytes)).findings.map(\.stage) == [.modify, .touch])
    #expect(
      try Checker().check(BytesSource(image.bytes)).recomputed
        == Report.Counters(free: 4071, metadata: 20, data: 5))
  }

  @Test
  func `finds a shared leaf that is empty, and checks the totals all the same`() throws {
    let image = HandmadeImage.chain(levels: 2).changed {
      $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.extent(0, in: 12))
      $0.putEntry(1, in: 4, offset: 10, blocks: 10, child: 12)
    }
    #expect(
      try findings(image) == [
        "VCI-NODE-010 advice at 6144 tree/0.type",
        "VCI-NODE-004 corruption at 2081 tree/entry[1].childAddress",
        "VCI-OCC-001 leak at 1538 bitmap[20]",
      ])
  }

  @Test
  func `VCI-NODE-004 finds each entry that names a node again, also of unknown type`() throws {
    let image = tree.changed {
      $0.bytes[6144] = 9
      $0.bytes[2081] = 12
      $0.putEntry(2, in: 4, offset: 200, blocks: 1, child: 12)
    }
    #expect(
      try findings(image) == [
        "VCI-NODE-001 corruption at 6144 tree/0.type",
        "VCI-NODE-004 corruption at 2081 tree/entry[1].childAddress",
        "VCI-NODE-004 corruption at 2101 tree/entry[2].childAddress",
      ])
  }

  @Test
  func `VCI-NODE-012 takes 16 levels, and no more`() throws {
    let sixteen = try Checker().check(BytesSource(HandmadeImage.chain(levels: 16).bytes))
    #expect(sixteen.findings.isEmpty)
    #expect(sixteen.tree?.depth == 16)
    // Level 17 is not read: it may be anything, and owns nothing.
    let image = HandmadeImage.chain(levels: 17).changed {
      $0.bytes[132 * 512] = 7
    }
    let path = "tree" + String(repeating: "/0", count: 15)
    #expect(
      try findings(image) == ["VCI-NODE-012 corruption at 63501 \(path)/entry[0].childAddress"])
    let report = try Checker().check(BytesSource(image.bytes))
    #expect(report.tree?.depth == 16)
    #expect(report.recomputed?.metadata == 132)
  }

  @Test
  func `asks nothing else of an entry at level 16, and all else of its node`() throws {
    // Level 16 stands at block 124: entries out of order, past the disk, of the root, out of range.
    let node: UInt64 = 124
    let image = HandmadeImage.chain(levels: 17).changed {
      $0.putEntry(0, in: node, offset: 5, blocks: 1, child: 4)
      $0.putEntry(1, in: node, offset: 5, blocks: 1, child: .max)
      $0.putEntry(2, in: node, offset: 1 << 54, blocks: 1, child: 12)
      $0.putEntry(4, in: node, offset: 0, blocks: 0, child: 1)
      $0.bytes[63488 + 4095] = 1
    }
    let above = "tree" + String(repeating: "/0", count: 14)
    let path = above + "/0"
    #expect(
      try findings(image) == [
        "VCI-NODE-007 corruption at 63569 \(path)/entry[4]",
        "VCI-INT-003 corruption at 59393 \(above)/entry[0].blockOffset",
        "VCI-NODE-008 advice at 67583 \(path).entries",
        "VCI-NODE-012 corruption at 63501 \(path)/entry[0].childAddress",
        "VCI-NODE-012 corruption at 63521 \(path)/entry[1].childAddress",
        "VCI-NODE-012 corruption at 63541 \(path)/entry[2].childAddress",
      ])
  }
}
