import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

/// Two leaves, with a gap between the ranges of their entries.
private let two = """
  blocks: 4096
  map: 2
  internal tree at 4
    entry 0+100
    entry 1000+100
  leaf tree/0 at 12
    extent 0+1 at 28
    extent 10+4 at 29
  leaf tree/1 at 20
    extent 1000+2 at 33
    extent 1010+1 at 35

  """

private func answers(
  _ edits: String, _ reads: [(BlockOffset, BlockCount)]
) throws -> [RecipeRead.Answer] {
  let reader = ExactReads(try Recipe(parsing: two + edits).image().bytes)
  return reads.map { reader.answer(at: $0.0, count: $0.1) }
}

struct `An exact read` {
  @Test
  func `is a hit of one extent, or a miss up to the next one`() throws {
    #expect(
      try answers(
        "", [(0, 1), (0, 9), (1, 4), (1, 20), (11, 8), (14, 2000), (99, 1), (1001, 8), (1011, 5)])
        == [
          .hit(1, at: 28), .hit(1, at: 28), .miss(4), .miss(9), .hit(3, at: 30), .miss(986),
          .miss(1),
          .hit(1, at: 34), .miss(5),
        ])
    #expect(
      try answers("", [(0x3f_ffff_ffff_ffff, 1), (0x40_0000_0000_0000, 3), (.init(.max), 2)])
        == [.miss(1), .miss(3), .miss(2)])
  }

  @Test
  func `is refused for the damage on the way`() throws {
    #expect(
      try answers(
        "tree/0.type = 3\ntree/1/extent[0].flags = 1", [(0, 1), (50, 1), (1000, 2), (1010, 1)])
        == [.refused(.nodeType), .refused(.nodeType), .refused(.extentFlags), .hit(1, at: 35)])
    #expect(
      try answers("tree/entry[0].childAddress = 4", [(0, 1)]) == [.refused(.nodeNamedOnce)])
    #expect(try answers("tree/entry[0].blocks = 13", [(0, 1)]) == [.refused(.childWithinEntry)])
    #expect(try answers("file.size = 14335", [(1000, 1)]) == [.refused(.dataInFile)])
    #expect(
      try answers("tree/1/extent[1].blockAddress = 4096", [(1010, 1)]) == [.refused(.extentInRange)]
    )
  }

  @Test
  func `is a miss up to the range of a damaged node or a damaged extent`() throws {
    #expect(
      try answers("tree/1/extent[0].blocks = 0", [(14, 2000), (50, 20)]) == [.miss(986), .miss(20)])
    #expect(try answers("tree/1/extent[1].flags = 1", [(1002, 100)]) == [.miss(8)])
  }

  @Test
  func `is a miss up to the lowest entry at level 16, where they need not ascend`() throws {
    let image = try chain(
      "reshape \(deepest) internal",
      "\(deepest)/entry[0].blockOffset = 7", "\(deepest)/entry[0].blocks = 1",
      "\(deepest)/entry[0].childAddress = 1",
      "\(deepest)/entry[1].blockOffset = 3", "\(deepest)/entry[1].blocks = 1",
      "\(deepest)/entry[1].childAddress = 1")
    let reader = ExactReads(image.bytes)
    #expect(reader.answer(at: 0, count: 9) == .miss(3))
    #expect(reader.answer(at: 3, count: 1) == .refused(.treeDepth))
    #expect(reader.answer(at: 4, count: 9) == .miss(3))
  }

  @Test
  func `hits what drawn plans hold`() {
    for index in 0..<100 as Range<UInt64> {
      var choices = Choices(
        RandomSource(seed: 31, index: index, stream: RandomStream(rawValue: 31)))
      let plan = ImagePlan.drawn(from: &choices)
      let reader = ExactReads(EditableImage(plan).bytes)
      for extent in plan.extents.prefix(20) {
        let last = extent.blocks.rawValue - 1
        #expect(
          reader.answer(at: BlockOffset(extent.offset.rawValue + last), count: 5)
            == .hit(1, at: BlockAddress(extent.address.rawValue + last)))
      }
    }
  }
}
