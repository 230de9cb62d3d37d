import Testing
import VCIFormat
import VCIGenerators

/// A root at block 4 with two leaves at 12 and 20, of one extent each; the map at 2.
private let twoLeaves = EditableImage(
  ImagePlan(
    blocks: 4096, mapAddress: 2,
    nodes: [
      NodePlan(
        address: 4,
        .internal([
          EntryPlan(offset: 0, blocks: 100, node: 1),
          EntryPlan(offset: 1000, blocks: 100, node: 2),
        ])),
      NodePlan(address: 12, .leaf([Extent(offset: 0, blocks: 4, address: 28)])),
      NodePlan(address: 20, .leaf([Extent(offset: 1000, blocks: 1, address: 32)])),
    ], size: 33 * 512))

private func isOnly(_ rule: Rule, _ edits: String...) throws -> Bool {
  var image = twoLeaves
  for edit in edits { image.apply(try Edit(parsing: edit)) }
  return try #require(image.model.flatMap { Reasons($0) }).isOnly(rule)
}

struct `The only reason` {
  @Test
  func `is none in a valid image`() throws {
    for rule in Rule.allCases { #expect(try !isOnly(rule)) }
  }

  @Test(arguments: [
    (Rule.headerVersion, "header.version = 2"), (.rootInRange, "move header.treeRoot to 4089"),
    (.mapInRange, "move header.blockMap to 4095"), (.mapBlocksFit, "header.blockMapBlocks = 1"),
    (.mapMagic, "map.magic = 0"), (.nodeType, "tree.type = 3"),
    (.mapAndRootInFile, "file.size = 6143"), (.nodeType, "tree/1.type = 3"),
    (.childInRange, "move tree/entry[1].childAddress to 4089"),
    (.extentInRange, "move tree/0/extent[0].blockAddress to 4093"),
    (.extentInRange, "tree/0/extent[0].blockAddress = 1"),
    (.extentFlags, "tree/0/extent[0].flags = 1"),
    (.dataInFile, "file.size = 16383"), (.childWithinEntry, "tree/entry[0].blocks = 3"),
    (.extentAllocated, "flip bitmap[30]"), (.nodeAllocated, "flip bitmap[13]"),
  ])
  func `is a rule if nothing else refuses`(rule: Rule, edit: String) throws {
    #expect(try isOnly(rule, edit))
  }

  @Test(arguments: [
    // The file does not have these blocks.
    (Rule.rootInRange, "header.treeRoot = 4089"), (.mapInRange, "header.blockMap = 4095"),
    (.childInRange, "tree/entry[1].childAddress = 4089"),
    (.extentInRange, "tree/0/extent[0].blockAddress = 4093"),
    // No node is there.
    (.childInRange, "tree/entry[1].childAddress = 1"),
    // The sum of the counters is another one.
    (.mapCoversCache, "map.blocks = 4097"),
    // The root would begin right behind, where the map goes on.
    (.mapBlocksFit, "header.blockMapBlocks = 3"),
    // The map is not in the file, and the root's used bytes are not.
    (.mapAndRootInFile, "file.size = 1024"), (.fileHoldsHeader, "file.size = 1000"),
    // A leaf without extents serves nothing.
    (.extentOrder, "clear tree/0/extent[0]"),
    // The child is the root, whose entries lie outside of the entry's range.
    (.nodeNamedOnce, "tree/entry[0].childAddress = 4"),
    // Not broken at all.
    (.nodeApart, "map.magic = 0"), (.cleanShutdown, "header.uncleanShutdown = 1"),
  ])
  func `is none if another rule refuses as well`(rule: Rule, edit: String) throws {
    #expect(try !isOnly(rule, edit))
  }

  @Test(arguments: [("16896", false), ("16934", false), ("16935", true)])
  func `is the end of the file if the used bytes of a node are before it`(
    size: String, isOnly only: Bool
  ) throws {
    #expect(
      try isOnly(.dataInFile, "move tree/entry[1].childAddress to 33", "file.size = \(size)")
        == only)
  }

  @Test
  func `may need more than one edit`() throws {
    #expect(try isOnly(.mapCoversCache, "map.blocks += 1", "map.free += 1"))
    #expect(
      try isOnly(.mapBlocksFit, "move header.treeRoot to 40", "header.blockMapBlocks = 3"))
    #expect(
      try isOnly(.nodeNamedOnce, "reshape tree/0 leaf", "tree/entry[1].childAddress = 12", "refit"))
    #expect(
      try isOnly(
        .nodeApart, "move tree/entry[0].childAddress to 40", "tree/0/extent[13].reserved = 2",
        "reshape tree/1 leaf", "move tree/entry[1].childAddress to 41", "refit"))
    #expect(try isOnly(.extentApartFromMetadata, "tree/0/extent[0].blockAddress = 12", "refit"))
    #expect(try isOnly(.extentApartFromData, "tree/0/extent[0].blockAddress = 29", "refit"))
  }
}
