import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking the root` {
  private let fresh = HandmadeImage.fresh
  private let three = HandmadeImage.three

  /// Where a field of a slot stands: 18 the offset, 26 the blocks, 30 the address.
  private func place(_ slot: Int, _ field: Int) -> Int { HandmadeImage.slot(slot) + field }

  @Test(.evidence(of: .nodeType), arguments: [0, 3, 0x82, 0xff as UInt8])
  func `takes a node of unknown type for a dead end`(type: UInt8) throws {
    let image = three.changed {
      $0.bytes[2048] = type
      $0.bytes[place(0, 26)] = 0
    }
    #expect(try findings(image) == ["VCI-NODE-001 corruption at 2048 tree.type"])
  }

  @Test(.evidence(of: .nodeEntriesFirst))
  func `finds the first used slot behind an unused one`() throws {
    let image = three.changed {
      $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.slot(0))
    }
    #expect(try findings(image) == ["VCI-NODE-006 corruption at 2087 tree/extent[1]"])
  }

  @Test(.evidence(of: .nodeEntriesWhole, .nodeEntriesFirst))
  func `finds half-zero slots, which are neither used nor unused`() throws {
    let image = three.changed {
      $0.bytes[place(0, 26)] = 0
      $0.bytes[place(1, 30)] = 0
      $0.bytes[place(106, 26)] = 1
    }
    #expect(
      try findings(image) == [
        "VCI-NODE-007 corruption at 2049 tree/extent[0]",
        "VCI-NODE-007 corruption at 2087 tree/extent[1]",
        "VCI-NODE-007 corruption at 6077 tree/extent[106]",
      ])
  }

  @Test(.evidence(of: .nodeRestZero))
  func `finds the first stray byte of unused slots and padding`() throws {
    #expect(
      try findings(three.changed { $0.bytes[6143] = 1 }) == [
        "VCI-NODE-008 advice at 6143 tree.entries"
      ])
    #expect(
      try findings(three.changed { $0.bytes[6115] = 1 }) == [
        "VCI-NODE-008 advice at 6115 tree.entries"
      ])
    #expect(
      try findings(
        three.changed {
          $0.bytes[place(3, 17)] = 1
          $0.bytes[6143] = 1
        }) == ["VCI-NODE-008 advice at 2180 tree.entries"])
  }

  @Test(.evidence(of: .extentOrder))
  func `compares each extent with the used one before it`() throws {
    #expect(try findings(three.changed { $0.bytes[place(2, 18)] = 14 }) == [])
    #expect(
      try findings(three.changed { $0.bytes[place(2, 18)] = 13 }) == [
        "VCI-EXT-001 corruption at 2143 tree/extent[2].blockOffset"
      ])
    #expect(
      try findings(three.changed { $0.bytes[place(1, 18)] = 200 }) == [
        "VCI-EXT-001 corruption at 2143 tree/extent[2].blockOffset"
      ])
    #expect(
      try findings(three.changed { $0.bytes[place(0, 18)] = 10 }) == [
        "VCI-EXT-001 corruption at 2105 tree/extent[1].blockOffset"
      ])
  }

  @Test(.evidence(of: .extentWithinDisk, .extentOrder))
  func `counts the ends of extents without bound`() throws {
    let last = three.changed { $0.put((1 << 54) - 2, width: 8, at: place(2, 18)) }
    #expect(try findings(last) == [])
    let beyond = last.changed { $0.bytes[place(2, 18)] += 1 }
    #expect(
      try findings(beyond) == ["VCI-EXT-002 corruption at 2143 tree/extent[2].blockOffset"])
    let wrapping = three.changed { $0.put(.max - 1, width: 8, at: place(1, 18)) }
    #expect(
      try findings(wrapping) == [
        "VCI-EXT-002 corruption at 2105 tree/extent[1].blockOffset",
        "VCI-EXT-001 corruption at 2143 tree/extent[2].blockOffset",
      ])
  }
}

struct `Checking extents` {
  private let three = HandmadeImage.three

  private func place(_ slot: Int, _ field: Int) -> Int { HandmadeImage.slot(slot) + field }

  @Test(
    .evidence(of: .extentInRange),
    arguments: [1, 4093, 4096, .max - 3, .max, 1 << 54, 1 << 55 | 13] as [UInt64])
  func `finds data out of range, which owns nothing`(address: UInt64) throws {
    let image = three.changed { $0.put(address, width: 8, at: place(1, 30)) }
    #expect(
      try findings(image) == ["VCI-EXT-003 corruption at 2117 tree/extent[1].blockAddress"])
  }

  @Test(.evidence(of: .dataInFile))
  func `finds data that is not wholly in the file`() throws {
    let cut = three.changed { $0.bytes.removeLast() }
    #expect(
      try findings(cut) == [
        "VCI-FILE-002 advice at 9727 file",
        "VCI-FILE-006 corruption at 2155 tree/extent[2].blockAddress",
      ])
    let beyond = three.changed { $0.put(4092, width: 8, at: place(1, 30)) }
    #expect(
      try findings(beyond) == ["VCI-FILE-006 corruption at 2117 tree/extent[1].blockAddress"])
  }

  @Test(.evidence(of: .extentAllocated))
  func `finds data whose bits are clear`() throws {
    let image = three.changed { $0.put([0x07, 0xfe], at: 1537) }
    #expect(
      try findings(image.changed { $0.put([0xff, 0xff, 0x03], at: 1536) }) == [
        "VCI-MAP-005 summary at 1040 map.free",
        "VCI-EXT-004 corruption at 2155 tree/extent[2].blockAddress",
      ])
  }

  @Test(.evidence(of: .extentApartFromMetadata, .extentApartFromData))
  func `finds data on metadata and data on other data, also on the same block`() throws {
    let image = three.changed {
      $0.put(11, width: 8, at: place(0, 30))
      $0.put(9, width: 8, at: place(1, 30))
    }
    #expect(
      try findings(image).filter { $0.hasPrefix("VCI-EXT") } == [
        "VCI-EXT-005 corruption at 2079 tree/extent[0].blockAddress",
        "VCI-EXT-005 corruption at 2117 tree/extent[1].blockAddress",
        "VCI-EXT-006 corruption at 2117 tree/extent[1].blockAddress",
      ])
    let onMap = three.changed { $0.put(3, width: 8, at: place(0, 30)) }
    #expect(
      try findings(onMap).first == "VCI-EXT-005 corruption at 2079 tree/extent[0].blockAddress")
  }

  @Test(.evidence(of: .extentApartFromData, .mapTotals))
  func `counts a block that is claimed twice once`() throws {
    let image = three.changed {
      $0.put(16, width: 8, at: place(2, 30))
      $0.put(0, width: 8, at: place(1, 8))
      $0.put(0, width: 8, at: place(2, 0))
      $0.put(0, width: 8, at: place(1, 0))
      $0.put(0, width: 8, at: place(0, 8))
      $0.put([0xff, 0xff, 0x03], at: 1536)
      $0.put(4078, width: 8, at: 1040)
      $0.put(6, width: 8, at: 1056)
    }
    #expect(
      try findings(image) == ["VCI-EXT-006 corruption at 2155 tree/extent[2].blockAddress"])
  }

  @Test(.evidence(of: .extentFlags, .extentReservedZero))
  func `finds flags and reserved bytes of used slots`() throws {
    #expect(
      try findings(three.changed { $0.bytes[place(0, 16)] = 0x80 }) == [
        "VCI-EXT-007 corruption at 2065 tree/extent[0].flags"
      ])
    #expect(
      try findings(three.changed { $0.bytes[place(2, 17)] = 1 }) == [
        "VCI-EXT-008 advice at 2142 tree/extent[2].reserved"
      ])
  }
}

struct `Checking the LRU list` {
  private let three = HandmadeImage.three

  private func place(_ slot: Int, _ field: Int) -> Int { HandmadeImage.slot(slot) + field }

  /// The image with these links: of each slot previous and next.
  private func linked(_ links: [(UInt64, UInt64)]) -> HandmadeImage {
    three.changed {
      for (slot, link) in links.enumerated() {
        $0.put(link.0, width: 8, at: place(slot, 0))
        $0.put(link.1, width: 8, at: place(slot, 8))
      }
    }
  }

  @Test(.evidence(of: .lruList, .lruLinks))
  func `takes any order of one list, and no list`() throws {
    #expect(try findings(linked([(0, 0), (0, 0), (0, 0)])) == [])
    #expect(try findings(linked([(17, 0), (0, 17), (13, 12)])) == [])
  }

  @Test(.evidence(of: .lruLinks))
  func `finds every link that leads to no extent`() throws {
    #expect(
      try findings(linked([(14, 13), (12, 17), (13, .max)])) == [
        "VCI-LRU-002 summary at 2049 tree/extent[0].previous",
        "VCI-LRU-002 summary at 2133 tree/extent[2].next",
      ])
  }

  @Test(.evidence(of: .lruList))
  func `points at the first link that is not returned`() throws {
    #expect(
      try findings(linked([(0, 13), (12, 17), (12, 0)])) == [
        "VCI-LRU-001 summary at 2095 tree/extent[1].next"
      ])
    #expect(
      try findings(linked([(13, 13), (12, 17), (13, 0)])) == [
        "VCI-LRU-001 summary at 2049 tree/extent[0].previous"
      ])
  }

  @Test(.evidence(of: .lruList))
  func `points at a second head`() throws {
    #expect(
      try findings(linked([(0, 13), (12, 0), (0, 0)])) == [
        "VCI-LRU-001 summary at 2125 tree/extent[2].previous"
      ])
  }

  @Test(.evidence(of: .lruList))
  func `points at a ring, or at what is in one`() throws {
    #expect(
      try findings(linked([(17, 13), (12, 17), (13, 12)])) == [
        "VCI-LRU-001 summary at 2049 tree/extent[0].previous"
      ])
    #expect(
      try findings(linked([(0, 17), (13, 13), (12, 0)])) == [
        "VCI-LRU-001 summary at 2087 tree/extent[1].previous"
      ])
  }

  @Test(.evidence(of: .lruList, .lruLinks))
  func `is not judged in a dirty image, nor where two extents have one address`() throws {
    let wrong = linked([(0, 13), (99, 0), (0, 0)])
    #expect(
      try findings(wrong.changed { $0.bytes[16] = 1 }) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown"
      ])
    let twins = wrong.changed { $0.bytes[place(1, 30)] = 17 }
    #expect(try findings(twins).allSatisfy { !$0.hasPrefix("VCI-LRU") })
  }
}
