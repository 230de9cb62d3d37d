import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking the block map` {
  private let fresh = HandmadeImage.fresh
  private let three = HandmadeImage.three

  @Test
  func `VCI-MAP-001 VCI-MAP-002 are each the only finding in the map`() throws {
    let foreign = fresh.changed { $0.put([0, 0, 0, 0, 2, 0, 0, 0, 9], at: 1024) }
    #expect(try findings(foreign) == ["VCI-MAP-001 corruption at 1024 map.magic"])
    let later = fresh.changed {
      $0.bytes[1028] = 2
      $0.bytes[1032] = 9
      $0.bytes[1100] = 9
    }
    #expect(try findings(later) == ["VCI-MAP-002 corruption at 1028 map.version"])
  }

  @Test
  func `VCI-MAP-003 VCI-MAP-007 finds a map of another cache, and no wrong sums`() throws {
    let image = fresh.changed {
      $0.bytes[1032] = 1
      $0.bytes[1040] = 0
      $0.bytes[1535] = 7
    }
    #expect(
      try findings(image) == [
        "VCI-MAP-003 corruption at 1032 map.blocks", "VCI-MAP-007 advice at 1535 map.reserved",
      ])
  }

  @Test
  func `VCI-MAP-004 VCI-MAP-005 finds a sum that is off, also by 2 to the 64`() throws {
    #expect(
      try findings(fresh.changed { $0.bytes[1048] = 13 }) == [
        "VCI-MAP-004 corruption at 1040 map.free"
      ])
    let wrapped = fresh.changed {
      $0.bytes[1047] = 0x80
      $0.bytes[1063] = 0x80
    }
    #expect(
      try findings(wrapped) == [
        "VCI-MAP-004 corruption at 1040 map.free", "VCI-MAP-005 summary at 1040 map.free",
      ])
  }

  @Test
  func `VCI-MAP-005 VCI-MAP-009 finds a free block that is counted as data`() throws {
    let image = fresh.changed {
      $0.bytes[1040] = 0xf3
      $0.bytes[1056] = 1
    }
    #expect(
      try findings(image) == [
        "VCI-MAP-005 summary at 1040 map.free", "VCI-MAP-009 summary at 1048 map.metadata",
      ])
  }

  @Test
  func `VCI-HDR-012 VCI-MAP-005 VCI-MAP-006 finds bits after the last block`() throws {
    let odd = fresh.changed {
      for place in [8, 1032] { $0.put(4090, width: 8, at: place) }
      $0.put(4078, width: 8, at: 1040)
    }
    #expect(try findings(odd) == ["VCI-HDR-012 advice at 8 header.blocks"])
    #expect(
      try findings(odd.changed { $0.bytes[2047] = 0x04 }) == [
        "VCI-HDR-012 advice at 8 header.blocks", "VCI-MAP-006 advice at 2047 bitmap[4090]",
      ])
    #expect(
      try findings(odd.changed { $0.bytes[2047] = 0x02 }) == [
        "VCI-HDR-012 advice at 8 header.blocks", "VCI-MAP-005 summary at 1040 map.free",
        "VCI-OCC-001 leak at 2047 bitmap[4089]",
      ])
  }

  @Test(
    arguments: [1064, 1065, 1535])
  func `VCI-MAP-007 finds reserved bytes that are not zero`(place: Int) throws {
    let image = fresh.changed { $0.bytes[place] = 1 }
    #expect(try findings(image) == ["VCI-MAP-007 advice at \(place) map.reserved"])
  }

  @Test
  func `VCI-MAP-008 finds the first clear bit of header, map and root`() throws {
    let image = fresh.changed { $0.put([0xf1, 0x07], at: 1536) }
    #expect(
      try findings(image) == [
        "VCI-MAP-005 summary at 1040 map.free", "VCI-MAP-008 corruption at 1536 bitmap[1]",
        "VCI-MAP-008 corruption at 1536 bitmap[2]", "VCI-MAP-008 corruption at 1537 bitmap[11]",
      ])
  }

  @Test
  func `VCI-MAP-008 VCI-EXT-004 VCI-OCC-001 calls wrong bits a summary in a dirty image`() throws {
    let image = three.changed {
      $0.bytes[16] = 1
      $0.put([0xfe, 0xef, 0x0f], at: 1536)
    }
    #expect(
      try findings(image)
        == [
          "VCI-SHD-001 dirty at 16 header.uncleanShutdown", "VCI-MAP-005 summary at 1040 map.free",
          "VCI-MAP-008 summary at 1536 bitmap[0]",
          "VCI-EXT-004 summary at 2079 tree/extent[0].blockAddress",
          "VCI-OCC-001 summary at 1538 bitmap[19]",
        ].sorted { _, _ in false })
  }

  @Test
  func `VCI-MAP-009 VCI-MAP-010 tells exchanged counters from wrong ones`() throws {
    let exchanged = three.changed {
      $0.bytes[1048] = 7
      $0.bytes[1056] = 12
    }
    #expect(try findings(exchanged) == ["VCI-MAP-010 summary at 1048 map.metadata"])
    let shifted = three.changed {
      $0.bytes[1048] = 8
      $0.bytes[1056] = 11
    }
    #expect(try findings(shifted) == ["VCI-MAP-009 summary at 1048 map.metadata"])
  }

  @Test
  func `VCI-MAP-009 VCI-OCC-001 finds each leaked run, and takes larger counters`() throws {
    // Blocks 62 to 65 and 4095 leak: across a word of the bitmap, and at its end.
    let image = fresh.changed {
      $0.put([0xc0, 0x03], at: 1536 + 7)
      $0.bytes[2047] = 0x80
      $0.put(4079, width: 8, at: 1040)
      $0.put(17, width: 8, at: 1048)
    }
    #expect(
      try findings(image) == [
        "VCI-OCC-001 leak at 1543 bitmap[62]", "VCI-OCC-001 leak at 2047 bitmap[4095]",
      ])
    let runs = try Checker().check(BytesSource(image.bytes)).findings
    #expect(runs.map(\.actual) == [4, 1])
    let smaller = image.changed {
      $0.put(11, width: 8, at: 1048)
      $0.put(6, width: 8, at: 1056)
    }
    #expect(try findings(smaller).last == "VCI-MAP-009 summary at 1048 map.metadata")
  }

  @Test
  func `VCI-OCC-001 checks no totals below damage of stage touch`() throws {
    let image = three.changed {
      $0.bytes[HandmadeImage.slot(1) + 16] = 1
      $0.put(99, width: 8, at: HandmadeImage.slot(2))
      $0.bytes[2047] = 0x80
      $0.put(4076, width: 8, at: 1040)
      $0.put(13, width: 8, at: 1048)
    }
    #expect(try findings(image) == ["VCI-EXT-007 corruption at 2103 tree/extent[1].flags"])
  }
}
