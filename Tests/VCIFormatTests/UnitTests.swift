import Testing
import VCIFormat

struct `A run of blocks` {
  @Test
  func `ends where 64 bits end, or nowhere`() {
    #expect(BlockRange(2, 3).end == 5)
    #expect(BlockRange(BlockAddress(.max), 0).end == BlockAddress(.max))
    #expect(BlockRange(BlockAddress(.max), 1).end == nil)
  }

  @Test
  func `is inside of limits only with its last block`() {
    #expect(BlockRange(2, 8).isWithin(2, 10))
    #expect(!BlockRange(1, 8).isWithin(2, 10))
    #expect(!BlockRange(3, 8).isWithin(2, 10))
    #expect(!BlockRange(BlockAddress(.max - 3), 8).isWithin(2, BlockAddress(.max)))
  }

  @Test
  func `overlaps by one block and not by none`() {
    #expect(BlockRange(2, 2).overlaps(BlockRange(3, 1)))
    #expect(BlockRange(3, 1).overlaps(BlockRange(2, 2)))
    #expect(!BlockRange(2, 2).overlaps(BlockRange(4, 9)))
    #expect(!BlockRange(4, 9).overlaps(BlockRange(2, 2)))
    #expect(!BlockRange(4, 0).overlaps(BlockRange(2, 9)))
    #expect(BlockRange(0, BlockCount(.max)).overlaps(BlockRange(BlockAddress(.max - 1), 5)))
    #expect(!BlockRange(0, BlockCount(.max)).overlaps(BlockRange(BlockAddress(.max), 5)))
  }

  @Test
  func `saturates in bytes`() {
    #expect(BlockAddress(3).bytes == 1536)
    #expect(BlockAddress(1 << 55).bytes == .max)
    #expect(BlockAddress((1 << 55) - 1).bytes == UInt64.max - 511)
  }
}

struct `The numbers of the format` {
  @Test(arguments: [(0, 1), (1, 2), (4096, 2), (4097, 3), (8192, 3), (UInt64.max, (1 << 52) + 1)])
  func `give the blocks of a map`(blocks: UInt64, map: UInt64) {
    #expect(Format.mapBlocks(for: BlockCount(blocks)) == BlockCount(map))
  }

  @Test
  func `give the least and the most blocks of a cache`() {
    #expect(Format.leastBlocks(for: 12) == 12)
    #expect(Format.leastBlocks(for: 11) == 12)
    #expect(Format.maximumBlocks.rawValue == 17_592_186_036_224)
    #expect(Format.mapBlocks(for: Format.maximumBlocks).rawValue == 0xffff_ffff)
    #expect(Format.diskEnd.rawValue == 18_014_398_509_481_984)
  }
}

struct `A path` {
  @Test
  func `has the form of the specification`() {
    let node = NodePath.root.child(1).child(203)
    #expect("\(Path.file)" == "file")
    #expect("\(Path.field(.treeRoot))" == "header.treeRoot")
    #expect("\(Path.field(.mapFree))" == "map.free")
    #expect("\(Path.bit(17))" == "bitmap[17]")
    #expect("\(Path.node(.root, .nodeType))" == "tree.type")
    #expect("\(Path.extent(node, slot: 5, .extentAddress))" == "tree/1/203/extent[5].blockAddress")
    #expect("\(Path.entry(.root, slot: 0, nil))" == "tree/entry[0]")
  }

  @Test
  func `keeps the slots of all levels`() {
    var node = NodePath.root
    for level in 0..<15 { node = node.child(level * 13) }
    #expect(node.depth == 15)
    for level in 0..<15 { #expect(node[level] == level * 13) }
    #expect(node != NodePath.root.child(0))
  }
}

struct `A violation` {
  private let violation = Violation(
    .extentInRange, site: .checkerExtentInRange, at: .extent(.root, slot: 5, .extentAddress),
    offset: 0x2412, length: 8, expected: .within(2, 4096), actual: 4099)

  @Test
  func `says rule, byte, path, expected and found in a line`() throws {
    let violation = try #require(violation)
    #expect(
      "\(violation)"
        == "VCI-EXT-003 at 0x2412, tree/extent[5].blockAddress: the data is in range; "
        + "expected from 2 up to, not including, 4096, found 4099")
  }

  @Test
  func `knows stage and class of its place`() throws {
    let violation = try #require(violation)
    #expect(violation.stage == .touch)
    #expect(violation.ruleClass == .corruption)
    let dirty = try #require(
      Violation(
        .blockOwned, site: .checkerBlockOwned, at: .bit(1), offset: 0, length: 1,
        expected: .exactly(0), actual: 1, inDirtyImage: true))
    #expect(dirty.ruleClass == .summary)
  }
}

struct `A verdict` {
  private func verdict(_ rules: [(Rule, RuleClass)], complete: Bool = true) -> Verdict {
    Verdict.first(
      of: rules.map { Verdict(of: $0.0, $0.1) } + (complete ? [] : [.incomplete]))
  }

  @Test
  func `is the first that applies`() {
    #expect(verdict([]) == .clean)
    #expect(verdict([(.headerImageUUID, .advice)]) == .clean)
    #expect(verdict([(.cleanShutdown, .dirty), (.headerImageUUID, .advice)]) == .dirty)
    #expect(verdict([(.cleanShutdown, .dirty), (.mapTotals, .summary)]) == .repairable)
    #expect(verdict([(.blockOwned, .leak)]) == .repairable)
    #expect(verdict([(.blockOwned, .leak), (.extentFlags, .corruption)]) == .corrupt)
    #expect(verdict([(.headerVersion, .corruption)]) == .unsupportedVersion)
    #expect(verdict([(.headerSignature, .corruption)]) == .notAnImage)
    #expect(verdict([(.fileHoldsHeader, .corruption)]) == .notAnImage)
    #expect(verdict([(.extentFlags, .corruption)], complete: false) == .incomplete)
  }

  @Test
  func `has the exit codes of the command line`() {
    #expect(
      Verdict.allCases.map(\.rawValue).sorted() == [0, 1, 2, 3, 4, 5, 6])
    #expect(Verdict.repairable.rawValue == 3)
    #expect(Verdict.dirty.rawValue == 4)
    #expect(Verdict.notAnImage.rawValue == 5)
    #expect(Verdict.unsupportedVersion.rawValue == 6)
    #expect(Verdict.corrupt.rawValue == 2)
  }
}
