import Testing
import VCIChecker
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// An image that caches blocks 100 to 107 and block 200.
private let valid = """
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 100+8 at 16
    extent 200+1 at 40

  """

/// The same; the data of the second extent is said to be behind the last block.
private let damaged = valid + "\ntree/extent[1].blockAddress = 4096\n"

/// The same as the first; a block that nothing uses is said to be used.
private let leaking = valid + "\nflip bitmap[60]\n"

/// Runs the test of an image with a program that answers a request for its extents with `answer`.
private func words(_ recipe: String, _ answer: PortAnswer) throws -> [String] {
  let adapter = FakeAdapter(["extents"], features: [.trees, .wideDisks]) { _ in answer }
  let expected = try Expectations(Recipe(parsing: recipe).image(), Checker())
  return ImageTest("a", expected).run(adapter, in: try WorkFolder(), nil).words
}

private func list(_ pairs: [(UInt64, UInt64)]) -> PortAnswer {
  .done(.extents(pairs.map { PortAnswer.BlockPair(block: $0, count: $1) }))
}

struct `A request for the extents` {
  @Test
  func `is right with those that are undamaged`() throws {
    #expect(try words(valid, list([(100, 8), (200, 1)])) == [])
    #expect(try words(damaged, list([(100, 8)])) == [])
    #expect(try words(leaking, list([(100, 8), (200, 1)])) == [])
  }

  @Test
  func `breaks VCI-RD-004 if the image is damaged, as a read does, and VCI-RD-006 otherwise`()
    throws
  {
    #expect(
      try words(damaged, list([(100, 8), (200, 1)])) == ["wrong-extents, extents, VCI-RD-004"])
    #expect(try words(valid, list([(100, 8)])) == ["wrong-extents, extents, VCI-RD-006"])
    #expect(try words(leaking, list([(100, 8)])) == ["wrong-extents, extents, VCI-RD-006"])
  }

  @Test
  func `breaks VCI-RD-005 if it is refused for what is harmless, as a read does`() throws {
    let refused = PortAnswer.refused(PortAnswer.Refusal(class: "other"))
    #expect(try words(leaking, refused) == ["rejected-valid, extents, VCI-RD-005"])
    #expect(try words(valid, refused) == ["rejected-valid, extents, VCI-RD-006"])
    #expect(try words(damaged, refused) == [])
  }
}
