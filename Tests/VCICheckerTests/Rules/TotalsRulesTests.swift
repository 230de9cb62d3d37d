import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking totals` {
  private let three = HandmadeImage.three

  private func place(_ slot: Int, _ field: Int) -> Int { HandmadeImage.slot(slot) + field }

  /// The three extents without a list, block 19 leaking, and these counters.
  private func leaking(metadata: UInt64, data: UInt64) -> HandmadeImage {
    three.changed {
      $0.bytes[1538] = 0x0f
      $0.put(4076, width: 8, at: 1040)
      $0.put(metadata, width: 8, at: 1048)
      $0.put(data, width: 8, at: 1056)
    }
  }

  @Test(
    arguments: [
      (12, 8, []), (13, 7, []), (11, 9, ["VCI-MAP-009"]), (14, 6, ["VCI-MAP-009"]),
      (7, 13, ["VCI-MAP-010"]), (8, 12, ["VCI-MAP-010"]), (10, 10, ["VCI-MAP-009"]),
      (6, 14, ["VCI-MAP-009"]), (20, 0, ["VCI-MAP-009"]),
    ] as [(UInt64, UInt64, [String])])
  func `VCI-MAP-009 VCI-MAP-010 takes counters that are large enough where something leaks`(
    metadata: UInt64, data: UInt64, wanted: [String]
  ) throws {
    let found = try findings(leaking(metadata: metadata, data: data))
    #expect(
      found == ["VCI-OCC-001 leak at 1538 bitmap[19]"]
        + wanted.map { "\($0) summary at 1048 map.metadata" })
  }

  @Test
  func `VCI-MAP-009 VCI-MAP-010 does not call equal counters exchanged`() throws {
    // 12 blocks of data, as many as of metadata, of which the counters know 11 and 13.
    let image = three.changed {
      $0.put(7, width: 4, at: place(2, 26))
      $0.bytes += [UInt8](repeating: 0, count: 5 * 512)
      $0.bytes[1538] = 0xff
      $0.put(4072, width: 8, at: 1040)
      $0.put(12, width: 8, at: 1056)
    }
    #expect(try findings(image) == [])
    let wrong = image.changed {
      $0.bytes[1048] = 11
      $0.bytes[1056] = 13
    }
    #expect(try findings(wrong) == ["VCI-MAP-009 summary at 1048 map.metadata"])
  }

  @Test
  func `VCI-MAP-009 VCI-EXT-004 counts blocks with a clear bit as owned`() throws {
    // Block 18 is data and its bit clear: counted as the tree has it, free is one too small.
    let image = three.changed { $0.bytes[1538] = 0x03 }
    #expect(
      try findings(image) == [
        "VCI-MAP-005 summary at 1040 map.free",
        "VCI-EXT-004 corruption at 2155 tree/extent[2].blockAddress",
      ])
    let counted = image.changed {
      $0.put(4078, width: 8, at: 1040)
      $0.put(6, width: 8, at: 1056)
    }
    #expect(
      try findings(counted) == [
        "VCI-EXT-004 corruption at 2155 tree/extent[2].blockAddress",
        "VCI-MAP-009 summary at 1048 map.metadata",
      ])
  }

  @Test
  func `VCI-MAP-009 VCI-EXT-005 counts data on metadata as metadata alone`() throws {
    // Disk block 0 is said to stand on block 11, the root's last: block 12 is free then.
    let image = three.changed {
      $0.put(11, width: 8, at: place(0, 30))
      $0.put(11, width: 8, at: place(1, 0))
      $0.bytes[1537] = 0xef
      $0.put(4078, width: 8, at: 1040)
      $0.put(6, width: 8, at: 1056)
    }
    #expect(
      try findings(image) == ["VCI-EXT-005 corruption at 2079 tree/extent[0].blockAddress"])
  }

  @Test
  func `VCI-FILE-006 VCI-EXT-003 counts nothing for data out of range or past the file`() throws {
    let image = three.changed {
      $0.put(1, width: 8, at: place(0, 30))
      $0.put(4000, width: 8, at: place(1, 30))
    }
    let report = try Checker().check(BytesSource(image.bytes))
    #expect(report.findings.map(\.rule) == [.extentInRange, .dataInFile])
    #expect(report.recomputed == Report.Counters(free: 4082, metadata: 12, data: 2))
  }

  @Test
  func `VCI-FILE-002 VCI-FILE-006 takes a partial last block for none`() throws {
    // 19 blocks and 511 bytes: an extent of block 19 has no room.
    let image = three.changed {
      $0.put(3, width: 4, at: place(2, 26))
      $0.bytes += [UInt8](repeating: 0, count: 511)
    }
    #expect(
      try findings(image) == [
        "VCI-FILE-002 advice at 10239 file",
        "VCI-FILE-006 corruption at 2155 tree/extent[2].blockAddress",
      ])
  }

  @Test
  func `VCI-EXT-006 finds every later claimant once`() throws {
    // Four extents on the same two blocks, the last one of them next to them only.
    var image = HandmadeImage(data: 4)
    for (slot, address) in [12, 12, 13, 14].enumerated() {
      image.putExtent(
        slot, offset: UInt64(slot) * 10, blocks: slot == 2 ? 1 : 2, address: UInt64(address))
    }
    image.put([0xff, 0xff], at: 1536)
    image.put(4080, width: 8, at: 1040)
    image.put(4, width: 8, at: 1056)
    #expect(
      try findings(image) == [
        "VCI-EXT-006 corruption at 2117 tree/extent[1].blockAddress",
        "VCI-EXT-006 corruption at 2155 tree/extent[2].blockAddress",
      ])
  }
}
