import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking extents` {
  private let three = HandmadeImage.three

  private func place(_ slot: Int, _ field: Int) -> Int { HandmadeImage.slot(slot) + field }

  @Test(
    arguments: [1, 4093, 4096, .max - 3, .max, 1 << 54, 1 << 55 | 13] as [UInt64])
  func `VCI-EXT-003 finds data out of range, which owns nothing`(address: UInt64) throws {
    let image = three.changed { $0.put(address, width: 8, at: place(1, 30)) }
    #expect(
      try findings(image) == ["VCI-EXT-003 corruption at 2117 tree/extent[1].blockAddress"])
  }

  @Test
  func `VCI-FILE-006 finds data that is not wholly in the file`() throws {
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

  @Test
  func `VCI-EXT-004 finds data whose bits are clear`() throws {
    let image = three.changed { $0.put([0x07, 0xfe], at: 1537) }
    #expect(
      try findings(image.changed { $0.put([0xff, 0xff, 0x03], at: 1536) }) == [
        "VCI-MAP-005 summary at 1040 map.free",
        "VCI-EXT-004 corruption at 2155 tree/extent[2].blockAddress",
      ])
  }

  @Test
  func `VCI-EXT-005 VCI-EXT-006 finds data on metadata and on other data`() throws {
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

  @Test
  func `VCI-MAP-009 VCI-EXT-006 counts a block that is claimed twice once`() throws {
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

  @Test
  func `VCI-EXT-007 VCI-EXT-008 finds flags and reserved bytes of used slots`() throws {
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
