import Testing
import VCIChecker
import VCIFormat
import VCITesting

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

  @Test
  func `VCI-LRU-001 VCI-LRU-002 takes any order of one list, and no list`() throws {
    #expect(try findings(linked([(0, 0), (0, 0), (0, 0)])) == [])
    #expect(try findings(linked([(17, 0), (0, 17), (13, 12)])) == [])
  }

  @Test
  func `VCI-LRU-002 finds every link that leads to no extent`() throws {
    #expect(
      try findings(linked([(14, 13), (12, 17), (13, .max)])) == [
        "VCI-LRU-002 summary at 2049 tree/extent[0].previous",
        "VCI-LRU-002 summary at 2133 tree/extent[2].next",
      ])
  }

  @Test
  func `VCI-LRU-001 points at the first link that is not returned`() throws {
    #expect(
      try findings(linked([(0, 13), (12, 17), (12, 0)])) == [
        "VCI-LRU-001 summary at 2095 tree/extent[1].next"
      ])
    #expect(
      try findings(linked([(13, 13), (12, 17), (13, 0)])) == [
        "VCI-LRU-001 summary at 2049 tree/extent[0].previous"
      ])
  }

  @Test
  func `VCI-LRU-001 points at a second head`() throws {
    #expect(
      try findings(linked([(0, 13), (12, 0), (0, 0)])) == [
        "VCI-LRU-001 summary at 2125 tree/extent[2].previous"
      ])
  }

  @Test
  func `VCI-LRU-001 points at a ring, or at what is in one`() throws {
    #expect(
      try findings(linked([(17, 13), (12, 17), (13, 12)])) == [
        "VCI-LRU-001 summary at 2049 tree/extent[0].previous"
      ])
    #expect(
      try findings(linked([(0, 17), (13, 13), (12, 0)])) == [
        "VCI-LRU-001 summary at 2087 tree/extent[1].previous"
      ])
  }

  @Test
  func `VCI-LRU-001 VCI-LRU-002 are silent in a dirty image or for equal addresses`() throws {
    let wrong = linked([(0, 13), (99, 0), (0, 0)])
    #expect(
      try findings(wrong.changed { $0.bytes[16] = 1 }) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown"
      ])
    let twins = wrong.changed { $0.bytes[place(1, 30)] = 17 }
    #expect(try findings(twins).allSatisfy { !$0.hasPrefix("VCI-LRU") })
  }
}
