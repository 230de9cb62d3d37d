import Testing
import VCIFormat
import VCIGenerators
import VCITesting

/// The forecast of the image of six nodes after edits.
private func forecast(_ edits: String...) throws -> [String] {
  try findings(tree(edits.joined(separator: "\n")))
}

private func findings(_ image: EditableImage) throws -> [String] {
  let model = try #require(image.model)
  return try #require(Forecast(model)).findings.map(\.description)
}

struct `A forecast of an edited tree` {
  @Test
  func `has nothing where nothing is wrong`() throws {
    #expect(try forecast() == [])
    #expect(try findings(chain()) == [])
  }

  @Test
  func `VCI-NODE-001 has a node of no type, and nothing of what lies below it`() throws {
    #expect(try forecast("tree.type = 3") == ["VCI-NODE-001 corruption at 0x800"])
    #expect(try forecast("tree/0.type = 0") == ["VCI-NODE-001 corruption at 0x1800"])
    #expect(try forecast("tree/0/0.type = 255") == ["VCI-NODE-001 corruption at 0x3800"])
    #expect(
      try forecast("tree/0.type = 3", "tree/0/0/extent[0].flags = 1")
        == ["VCI-NODE-001 corruption at 0x1800"])
  }

  @Test
  func `VCI-NODE-002 VCI-FILE-006 has a child that cannot be read, for one rule alone`() throws {
    #expect(
      try forecast("tree/entry[1].childAddress = 4089") == ["VCI-NODE-002 corruption at 0x821"])
    #expect(
      try forecast("tree/0/entry[0].childAddress = 1") == ["VCI-NODE-002 corruption at 0x180d"])
    #expect(
      try forecast("tree/entry[1].childAddress = 4088") == ["VCI-FILE-006 corruption at 0x821"])
    #expect(
      try forecast("tree/1/entry[0].childAddress = 55") == ["VCI-FILE-006 corruption at 0x280d"])
  }

  @Test
  func `VCI-NODE-004 VCI-INT-003 has a cycle, and the entry that closes it`() throws {
    #expect(
      try forecast("tree/0/entry[1].childAddress = 4") == [
        "VCI-NODE-004 corruption at 0x1821", "VCI-INT-003 corruption at 0x1815",
      ])
    #expect(
      try forecast("tree/entry[0].childAddress = 4") == [
        "VCI-NODE-004 corruption at 0x80d", "VCI-INT-003 corruption at 0x801",
      ])
  }

  @Test
  func `VCI-NODE-004 VCI-NODE-010 VCI-OCC-001 has a shared node and the totals`() throws {
    #expect(
      try forecast("tree/1/entry[0].childAddress = 28") == [
        "VCI-NODE-004 corruption at 0x280d", "VCI-INT-003 corruption at 0x2801",
      ])
    let shared = "reshape tree/0/1 leaf\ntree/1/entry[0].childAddress = 36"
    // Blocks 44 to 51 and 57 to 61 have lost their owner.
    #expect(
      try forecast(shared) == [
        "VCI-NODE-004 corruption at 0x280d", "VCI-NODE-010 advice at 0x4800",
        "VCI-OCC-001 leak at 0x605", "VCI-OCC-001 leak at 0x607",
      ])
    #expect(
      try forecast(shared, "refit") == [
        "VCI-NODE-004 corruption at 0x280d", "VCI-NODE-010 advice at 0x4800",
      ])
  }

  @Test
  func `VCI-NODE-005 VCI-NODE-001 VCI-EXT-005 has nodes that overlap other parts`() throws {
    #expect(
      try forecast("tree/1/entry[0].childAddress = 37") == [
        "VCI-NODE-001 corruption at 0x4a00", "VCI-NODE-005 corruption at 0x280d",
      ])
    #expect(
      try forecast("tree/1/entry[0].childAddress = 3") == [
        "VCI-NODE-001 corruption at 0x600", "VCI-NODE-005 corruption at 0x280d",
      ])
    // A node without a type was read all the same, and owns its blocks.
    #expect(
      try forecast("tree/1/entry[0].childAddress = 45") == [
        "VCI-NODE-001 corruption at 0x5a00", "VCI-EXT-005 corruption at 0x381f",
      ])
  }

  @Test
  func `VCI-NODE-006 has a used entry after an unused one`() throws {
    #expect(try forecast("clear tree/entry[0]") == ["VCI-NODE-006 corruption at 0x815"])
    #expect(try forecast("clear tree/0/entry[0]") == ["VCI-NODE-006 corruption at 0x1815"])
    #expect(try forecast("clear tree/0/0/extent[0]") == ["VCI-NODE-006 corruption at 0x3827"])
  }

  @Test
  func `VCI-NODE-007 VCI-NODE-010 has half-zero entries, neither used nor unused`() throws {
    #expect(try forecast("tree/entry[1].blocks = 0") == ["VCI-NODE-007 corruption at 0x815"])
    #expect(
      try forecast("tree/0/entry[1].childAddress = 0") == ["VCI-NODE-007 corruption at 0x1815"])
    #expect(
      try forecast("tree/0/0/extent[1].blocks = 0") == ["VCI-NODE-007 corruption at 0x3827"])
    #expect(
      try forecast("tree/1/0/extent[0].blocks = 0") == [
        "VCI-NODE-007 corruption at 0x5801", "VCI-NODE-010 advice at 0x5800",
      ])
  }

  @Test
  func `VCI-NODE-008 has the first stray byte of a node`() throws {
    #expect(try forecast("tree.entries[0] = 1") == ["VCI-NODE-008 advice at 0x17f1"])
    #expect(
      try forecast("tree/0/entry[2].blockOffset = 256", "tree/0.entries[14] = 1")
        == ["VCI-NODE-008 advice at 0x182a"])
    #expect(try forecast("tree/0/0.entries[28] = 9") == ["VCI-NODE-008 advice at 0x47ff"])
    #expect(
      try forecast("tree/1/0/extent[1].reserved = 9") == ["VCI-NODE-008 advice at 0x5838"])
  }

  @Test
  func `VCI-NODE-009 VCI-NODE-010 VCI-OCC-001 has empty nodes`() throws {
    #expect(try forecast("reshape tree internal") == ["VCI-NODE-009 corruption at 0x800"])
    #expect(try forecast("reshape tree/0 internal") == ["VCI-NODE-009 corruption at 0x1800"])
    #expect(
      try forecast("reshape tree/0/1 leaf") == [
        "VCI-NODE-010 advice at 0x4800", "VCI-OCC-001 leak at 0x607",
      ])
    #expect(try forecast("reshape tree/0/1 leaf", "refit") == ["VCI-NODE-010 advice at 0x4800"])
  }

  @Test
  func `VCI-NODE-011 VCI-OCC-001 has leaves that lie higher than the first one`() throws {
    let skip = "tree/entry[1].childAddress = 44"
    #expect(
      try forecast(skip) == ["VCI-NODE-011 corruption at 0x5800", "VCI-OCC-001 leak at 0x602"])
    #expect(try forecast(skip, "refit") == ["VCI-NODE-011 corruption at 0x5800"])
  }

  @Test
  func `VCI-NODE-012 has each entry at level 16, whatever it says`() throws {
    let edits = """
      reshape \(deepest) internal
      \(deepest)/entry[0].blocks = 1
      \(deepest)/entry[0].childAddress = 4
      \(deepest)/entry[1].blocks = 2
      \(deepest)/entry[1].childAddress = 1

      """
    #expect(
      try findings(chain(edits)) == [
        "VCI-NODE-012 corruption at 0xf80d", "VCI-NODE-012 corruption at 0xf821",
      ])
    // The ranges of the entry above are checked.
    #expect(
      try findings(chain(edits, "\(deepest)/entry[0].blocks = 11")) == [
        "VCI-NODE-012 corruption at 0xf80d", "VCI-NODE-012 corruption at 0xf821",
        "VCI-INT-003 corruption at 0xe801",
      ])
  }
}

struct `A forecast of edited ranges` {
  @Test
  func `VCI-INT-001 VCI-INT-002 VCI-INT-003 has entries that overlap or reach too far`() throws {
    #expect(try forecast("tree/entry[1].blockOffset = 999") == ["VCI-INT-001 corruption at 0x815"])
    #expect(
      try forecast("tree/0/entry[1].blockOffset = 99") == ["VCI-INT-001 corruption at 0x1815"])
    #expect(
      try forecast("tree/entry[1].blockOffset = 0x40000000000000")
        == ["VCI-INT-002 corruption at 0x815"])
    #expect(
      try forecast("tree/1/entry[0].blockOffset = 0x40000000000000") == [
        "VCI-INT-002 corruption at 0x2801", "VCI-INT-003 corruption at 0x815",
        "VCI-INT-003 corruption at 0x2801",
      ])
  }

  @Test
  func `VCI-INT-003 has children that hold more than their entry covers`() throws {
    #expect(try forecast("tree/entry[1].blocks = 99") == ["VCI-INT-003 corruption at 0x815"])
    #expect(try forecast("tree/entry[1].blocks = 100") == [])
    #expect(try forecast("tree/1/entry[0].blocks = 2") == ["VCI-INT-003 corruption at 0x2801"])
    #expect(try forecast("tree/1/entry[0].blocks = 3") == [])
  }

  @Test
  func `VCI-EXT-001 VCI-EXT-002 has extents that overlap or reach too far`() throws {
    #expect(
      try forecast("tree/0/0/extent[1].blockOffset = 0") == ["VCI-EXT-001 corruption at 0x3839"])
    #expect(try forecast("tree/0/0/extent[1].blockOffset = 1") == [])
    #expect(
      try forecast("tree/1/0/extent[0].blockOffset = 0x3ffffffffffffe") == [
        "VCI-INT-003 corruption at 0x2801", "VCI-EXT-002 corruption at 0x5813",
      ])
  }
}

struct `A forecast of edited data` {
  @Test
  func `VCI-EXT-003 VCI-FILE-006 has data that cannot be read, for one rule alone`() throws {
    #expect(
      try forecast("tree/0/0/extent[0].blockAddress = 1") == ["VCI-EXT-003 corruption at 0x381f"])
    #expect(
      try forecast("tree/1/0/extent[0].blockAddress = 4094")
        == ["VCI-EXT-003 corruption at 0x581f"])
    #expect(
      try forecast("tree/1/0/extent[0].blockAddress = 60") == ["VCI-FILE-006 corruption at 0x581f"])
  }

  @Test
  func `VCI-EXT-005 VCI-EXT-006 VCI-OCC-001 has data that overlaps other parts`() throws {
    #expect(
      try forecast("tree/1/0/extent[0].blockAddress = 42") == [
        "VCI-EXT-005 corruption at 0x581f", "VCI-OCC-001 leak at 0x607",
      ])
    #expect(
      try forecast("tree/1/0/extent[0].blockAddress = 56") == [
        "VCI-EXT-006 corruption at 0x581f", "VCI-OCC-001 leak at 0x607",
      ])
  }

  @Test
  func `VCI-EXT-007 VCI-EXT-008 has flags and reserved bytes`() throws {
    #expect(try forecast("tree/0/0/extent[0].flags = 1") == ["VCI-EXT-007 corruption at 0x3811"])
    #expect(try forecast("tree/1/0/extent[0].reserved = 1") == ["VCI-EXT-008 advice at 0x5812"])
  }

  @Test
  func `VCI-LRU-001 VCI-LRU-002 has links, across leaves`() throws {
    #expect(try forecast("tree/0/0/extent[0].next = 60") == ["VCI-LRU-002 summary at 0x3809"])
    #expect(try forecast("tree/0/0/extent[0].next = 57") == ["VCI-LRU-001 summary at 0x3809"])
    // Two links that answer each other leave two more heads: the second is the leaf's other extent.
    #expect(
      try forecast("tree/0/0/extent[0].next = 57", "tree/0/1/extent[0].previous = 52")
        == ["VCI-LRU-001 summary at 0x3827"])
  }
}

struct `A forecast of bits and totals` {
  @Test
  func `VCI-NODE-003 VCI-EXT-004 VCI-MAP-005 has clear bits of nodes and data`() throws {
    #expect(
      try forecast("flip bitmap[51]") == [
        "VCI-MAP-005 summary at 0x410", "VCI-NODE-003 corruption at 0x280d",
      ])
    #expect(
      try forecast("flip bitmap[58]") == [
        "VCI-MAP-005 summary at 0x410", "VCI-EXT-004 corruption at 0x481f",
      ])
  }

  @Test
  func `VCI-MAP-008 VCI-NODE-003 VCI-EXT-004 has summaries in a dirty image`() throws {
    #expect(
      try forecast(
        "header.uncleanShutdown = 1", "flip bitmap[4]", "flip bitmap[44]", "flip bitmap[52]",
        "flip bitmap[100]") == [
          "VCI-SHD-001 dirty at 0x10", "VCI-MAP-005 summary at 0x410",
          "VCI-MAP-008 summary at 0x600", "VCI-NODE-003 summary at 0x280d",
          "VCI-EXT-004 summary at 0x381f", "VCI-OCC-001 summary at 0x60c",
        ])
  }

  @Test
  func `VCI-MAP-009 VCI-MAP-010 has totals that are wrong or exchanged`() throws {
    #expect(
      try forecast("map.metadata = 51", "map.data = 11") == ["VCI-MAP-009 summary at 0x418"])
    #expect(
      try forecast("map.metadata = 10", "map.data = 52") == ["VCI-MAP-010 summary at 0x418"])
  }

  @Test
  func `VCI-MAP-009 VCI-OCC-001 VCI-LRU-002 has none where damage hides what is owned`() throws {
    #expect(
      try forecast(
        "map.metadata = 51", "map.data = 11", "flip bitmap[100]", "tree/0/0/extent[0].next = 60",
        "tree/1.type = 0") == [
          "VCI-MAP-005 summary at 0x410", "VCI-NODE-001 corruption at 0x2800",
        ])
  }
}

struct `A forecast of a node that was given another type` {
  @Test
  func `VCI-NODE-007 VCI-NODE-009 reads the extents' bytes as entries`() throws {
    // Bytes 21, 41 and 61 of the node begin entries of a count or of a child alone.
    #expect(
      try forecast("tree/0/0.type = 1") == [
        "VCI-NODE-007 corruption at 0x3815", "VCI-NODE-007 corruption at 0x3829",
        "VCI-NODE-007 corruption at 0x383d", "VCI-NODE-009 corruption at 0x3800",
      ])
  }

  @Test
  func `VCI-NODE-008 VCI-NODE-010 VCI-NODE-011 reads the entries' bytes as extents`() throws {
    // The entry's offset and count become the links of an unused extent.
    #expect(
      try forecast("tree/1.type = 2") == [
        "VCI-NODE-008 advice at 0x2801", "VCI-NODE-010 advice at 0x2800",
        "VCI-NODE-011 corruption at 0x2800", "VCI-OCC-001 leak at 0x605",
        "VCI-OCC-001 leak at 0x607",
      ])
  }
}
