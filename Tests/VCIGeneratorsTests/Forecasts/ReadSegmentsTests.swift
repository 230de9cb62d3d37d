import Testing
import VCIFormat
import VCIGenerators

/// The segments of a read, as the forecasts of the image from its model and from its bytes have
/// them: `0+1 hit 52`, `1+9 near miss`.
private func segments(
  of count: BlockCount, from block: BlockOffset, _ image: EditableImage, most: Int = .max
) throws -> [String] {
  let forecasts = [ReadForecast(try #require(image.model)), ReadForecast(image.bytes)]
  let told = forecasts.map { forecast in
    forecast.segments(of: count, from: block, atMost: most).map { segment in
      let state =
        switch segment.state {
        case .hit(let address): "hit \(address)"
        case .miss: "miss"
        case .damaged: "damaged"
        }
      return "\(segment.block)+\(segment.count) \(segment.isNear ? "near " : "")\(state)"
    }
  }
  #expect(told[0] == told[1])
  return told[0]
}

struct `The segments of a read` {
  @Test
  func `end where extents and gaps end`() throws {
    #expect(
      try segments(of: 120, from: 12, tree())
        == ["12+2 hit 55", "14+86 miss", "100+2 hit 57", "102+30 miss"])
    #expect(try segments(of: 120, from: 12, tree(), most: 2) == ["12+2 hit 55", "14+86 miss"])
  }

  @Test
  func `VCI-RD-004 are near a damaged extent in the whole range of its leaf`() throws {
    #expect(
      try segments(of: 200, from: 0, tree("tree/0/0/extent[1].flags = 1")) == [
        "0+1 near hit 52", "1+9 near miss", "10+4 near damaged", "14+86 near miss",
        "100+2 hit 57", "102+98 miss",
      ])
  }

  @Test(arguments: [
    "tree/0/entry[0].childAddress = 1", "tree/0/entry[0].childAddress = 55",
    "tree/0/entry[0].childAddress = 4",
  ])
  func `VCI-RD-004 are near a damaged entry in the whole range of its node`(edit: String) throws {
    #expect(
      try segments(of: 1100, from: 99, tree(edit)) == [
        "99+1 near damaged", "100+2 near hit 57", "102+898 near miss", "1000+3 hit 59",
        "1003+196 miss",
      ])
  }

  @Test
  func `VCI-RD-004 are near a damaged entry of the root everywhere below 2^54`() throws {
    let image = try tree("tree/entry[1].childAddress = 1")
    #expect(
      try segments(of: 2500, from: 101, image) == [
        "101+1 near hit 58", "102+898 near miss", "1000+1000 near damaged", "2000+601 near miss",
      ])
    #expect(
      try segments(of: 5, from: Format.diskEnd - 2, image)
        == ["\(Format.diskEnd - 2)+2 near miss", "\(Format.diskEnd)+3 miss"])
  }

  @Test(arguments: ["tree/0/0.type = 3", "tree/0/entry[0].blocks = 13", "clear tree/0/0/extent[0]"])
  func `VCI-RD-004 are near nothing if a node is damaged as a whole`(edit: String) throws {
    let last = edit.hasSuffix("13") ? "13+11 miss" : "12+12 damaged"
    #expect(try segments(of: 12, from: 12, tree(edit)).last == last)
    #expect(try segments(of: 10, from: 100, tree(edit)) == ["100+2 hit 57", "102+8 miss"])
  }

  @Test
  func `VCI-NODE-012 are damaged where any entry at level 16 is, in any order`() throws {
    let image = try chain(
      """
      reshape \(deepest) internal
      \(deepest)/entry[0].blockOffset = 6
      \(deepest)/entry[0].blocks = 2
      \(deepest)/entry[0].childAddress = 4
      \(deepest)/entry[1].blockOffset = 1
      \(deepest)/entry[1].blocks = 3
      \(deepest)/entry[1].childAddress = 4
      \(deepest)/entry[2].blockOffset = 2
      \(deepest)/entry[2].blocks = 3
      \(deepest)/entry[2].childAddress = 12
      """)
    #expect(
      try segments(of: 12, from: 0, image)
        == ["0+1 miss", "1+4 damaged", "5+1 miss", "6+2 damaged", "8+4 miss"])
  }

  @Test
  func `stop at the last number of 64 bits`() throws {
    let last = UInt64.max - 2
    #expect(try segments(of: 9, from: BlockOffset(last), tree()) == ["\(last)+2 miss"])
  }
}
