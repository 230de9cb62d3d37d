import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking who owns what in a tree` {
  private let tree = HandmadeImage.tree

  /// The tree without a list.
  private var listless: HandmadeImage {
    tree.changed {
      for (slot, node) in [(0, 12), (1, 12), (0, 20)] as [(Int, UInt64)] {
        $0.put([UInt8](repeating: 0, count: 16), at: HandmadeImage.extent(slot, in: node))
      }
    }
  }

  @Test
  func `VCI-MAP-009 VCI-EXT-005 finds data on a node that comes later in the walk`() throws {
    // The first leaf's first extent on the last block of the second leaf.
    let image = listless.changed {
      $0.put(27, width: 8, at: HandmadeImage.extent(0, in: 12) + 30)
      $0.clearBit(of: 28)
      $0.put(4062, width: 8, at: 1040)
      $0.put(6, width: 8, at: 1056)
    }
    #expect(
      try findings(image) == [
        "VCI-EXT-005 corruption at 6175 tree/0/extent[0].blockAddress"
      ])
    // Next to it is no overlap.
    #expect(try findings(listless) == [])
  }

  @Test
  func `VCI-EXT-005 VCI-EXT-006 finds data of two leaves on one block`() throws {
    let image = listless.changed {
      $0.put(32, width: 8, at: HandmadeImage.extent(0, in: 20) + 30)
      $0.clearBit(of: 34)
      $0.put(4062, width: 8, at: 1040)
      $0.put(6, width: 8, at: 1056)
    }
    #expect(
      try findings(image) == [
        "VCI-EXT-006 corruption at 10271 tree/1/extent[0].blockAddress"
      ])
    // The same if the later one in the file is the earlier one in the walk.
    let reversed = listless.changed {
      $0.put(33, width: 8, at: HandmadeImage.extent(1, in: 12) + 30)
      $0.put(32, width: 8, at: HandmadeImage.extent(0, in: 20) + 30)
      $0.grow(by: 2)
    }
    #expect(
      try findings(reversed).filter { $0.hasPrefix("VCI-EXT-006") } == [
        "VCI-EXT-006 corruption at 10271 tree/1/extent[0].blockAddress"
      ])
    // Both on a block of the second leaf: both on metadata, and the later on the earlier.
    let both = listless.changed {
      $0.put(24, width: 8, at: HandmadeImage.extent(1, in: 12) + 30)
      $0.put(26, width: 8, at: HandmadeImage.extent(0, in: 20) + 30)
    }
    #expect(
      try findings(both).filter { $0.hasPrefix("VCI-EXT") } == [
        "VCI-EXT-005 corruption at 6213 tree/0/extent[1].blockAddress",
        "VCI-EXT-005 corruption at 10271 tree/1/extent[0].blockAddress",
        "VCI-EXT-006 corruption at 10271 tree/1/extent[0].blockAddress",
      ])
  }

  @Test
  func `VCI-MAP-008 VCI-NODE-003 VCI-EXT-004 find clear bits in walk order`() throws {
    let image = listless.changed {
      for block in [33, 5, 31, 12, 29] as [UInt64] { $0.clearBit(of: block) }
      $0.put(4066, width: 8, at: 1040)
      $0.put(2, width: 8, at: 1056)
    }
    #expect(
      try findings(image) == [
        "VCI-MAP-008 corruption at 1536 bitmap[5]",
        "VCI-NODE-003 corruption at 2061 tree/entry[0].childAddress",
        "VCI-EXT-004 corruption at 6213 tree/0/extent[1].blockAddress",
        "VCI-EXT-004 corruption at 10271 tree/1/extent[0].blockAddress",
        "VCI-MAP-009 summary at 1048 map.metadata",
      ])
  }

  @Test
  func `VCI-MAP-009 VCI-MAP-010 VCI-OCC-001 of a tree, with leaks and without`() throws {
    let leak = tree.changed {
      $0.setBit(of: 100)
      $0.put(4060, width: 8, at: 1040)
      $0.put(29, width: 8, at: 1048)
    }
    #expect(try findings(leak) == ["VCI-OCC-001 leak at 1548 bitmap[100]"])
    #expect(
      try findings(
        tree.changed {
          $0.put(27, width: 8, at: 1048)
          $0.put(8, width: 8, at: 1056)
        }) == ["VCI-MAP-009 summary at 1048 map.metadata"])
    #expect(
      try findings(
        tree.changed {
          $0.put(7, width: 8, at: 1048)
          $0.put(28, width: 8, at: 1056)
        }) == ["VCI-MAP-010 summary at 1048 map.metadata"])
  }

  /// Each corruption of stage touch below the root silences leak, counters and list; a shared leaf
  /// alone does not.
  @Test(
    arguments: [
      (HandmadeImage.extent(0, in: 12) + 16, 1, "VCI-EXT-007"),
      (HandmadeImage.extent(0, in: 12) + 30, 1, "VCI-EXT-003"),
      (HandmadeImage.extent(0, in: 20) + 18, 90, "VCI-INT-003"),
      (HandmadeImage.extent(1, in: 12) + 18, 0, "VCI-EXT-001"),
      (HandmadeImage.extent(3, in: 12) + 26, 1, "VCI-NODE-007"),
      (HandmadeImage.extent(2, in: 20) + 26, 1, "VCI-NODE-007"),
      (HandmadeImage.entry(1, in: 4) + 12, 4, "VCI-NODE-004"),
      (HandmadeImage.entry(1, in: 4) + 12, 1, "VCI-NODE-002"),
      (6144, 0, "VCI-NODE-001"),
    ])
  func `leaves the totals alone below damage`(place: Int, byte: UInt8, rule: String) throws {
    let image = tree.changed {
      $0.bytes[place] = byte
      $0.setBit(of: 100)
      $0.put(4060, width: 8, at: 1040)
      $0.put(36, width: 8, at: 1048)
      $0.put(0, width: 8, at: 1056)
      $0.put(999, width: 8, at: HandmadeImage.extent(1, in: 12))
    }
    let found = try findings(image).map { $0.prefix { $0 != " " } }
    #expect(found.contains { $0 == rule })
    #expect(
      found.allSatisfy {
        !$0.hasPrefix("VCI-OCC") && !$0.hasPrefix("VCI-MAP") && !$0.hasPrefix("VCI-LRU")
      })
  }

  @Test
  func `VCI-LRU-001 VCI-LRU-002 follows one list through all leaves`() throws {
    #expect(try findings(tree) == [])
    let twoHeads = tree.changed {
      $0.put(0, width: 8, at: HandmadeImage.extent(0, in: 20))
      $0.put(0, width: 8, at: HandmadeImage.extent(1, in: 12) + 8)
    }
    #expect(
      try findings(twoHeads) == ["VCI-LRU-001 summary at 10241 tree/1/extent[0].previous"])
    let oneWay = tree.changed { $0.put(28, width: 8, at: HandmadeImage.extent(0, in: 20)) }
    #expect(
      try findings(oneWay) == ["VCI-LRU-001 summary at 6191 tree/0/extent[1].next"])
    let astray = tree.changed {
      $0.put(30, width: 8, at: HandmadeImage.extent(0, in: 20))
      $0.put(.max, width: 8, at: HandmadeImage.extent(0, in: 12) + 8)
    }
    #expect(
      try findings(astray) == [
        "VCI-LRU-002 summary at 6153 tree/0/extent[0].next",
        "VCI-LRU-002 summary at 10241 tree/1/extent[0].previous",
      ])
  }

  @Test
  func `says in the text what a tree holds and where it is broken`() throws {
    let image = tree.changed { $0.put(13, width: 4, at: 2057) }
    let text = "\(ReportText(try Checker().check(BytesSource(image.bytes)), of: "a.vci"))"
    #expect(
      text == """
        a.vci: corrupt
          17920 bytes, dynamic, at most 4096 blocks
          2 levels, 1 internal node, 2 leaves; 3 extents hold 7 blocks of the disk
          corruption: VCI-INT-003 at 0x801, tree/entry[0].blockOffset: every used entry of the child \
        lies inside the range of the entry that points to it; expected from 0 up to, not including, \
        13, found 13
            the blocks behind this cannot be read; the others can
            the child holds disk block 13, which this entry does not cover
          corruption 1, summary 0, leak 0, dirty 0, advice 0

        """)
  }
}
