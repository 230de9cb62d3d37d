import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking the root` {
  private let fresh = HandmadeImage.fresh
  private let three = HandmadeImage.three

  /// Where a field of a slot stands: 18 the offset, 26 the blocks, 30 the address.
  private func place(_ slot: Int, _ field: Int) -> Int { HandmadeImage.slot(slot) + field }

  @Test(
    arguments: [0, 3, 0x82, 0xff as UInt8])
  func `VCI-NODE-001 takes a node of unknown type for a dead end`(type: UInt8) throws {
    let image = three.changed {
      $0.bytes[2048] = type
      $0.bytes[place(0, 26)] = 0
    }
    #expect(try findings(image) == ["VCI-NODE-001 corruption at 2048 tree.type"])
  }

  @Test
  func `VCI-NODE-006 finds the first used slot behind an unused one`() throws {
    let image = three.changed {
      $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.slot(0))
    }
    #expect(try findings(image) == ["VCI-NODE-006 corruption at 2087 tree/extent[1]"])
  }

  @Test
  func `VCI-NODE-006 VCI-NODE-007 finds half-zero slots`() throws {
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

  @Test
  func `VCI-NODE-008 finds the first stray byte of unused slots and padding`() throws {
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

  @Test
  func `VCI-EXT-001 compares each extent with the used one before it`() throws {
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

  @Test
  func `VCI-EXT-001 VCI-EXT-002 counts the ends of extents without bound`() throws {
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
