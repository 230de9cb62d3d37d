@testable import VCIFuzzing
import PropertyEngine
import Testing
import VCIChecker
import VCIFormat
import VCIGenerators

/// Minimizes cases of trees of three nodes or more: the first of two seeds in which `fault` is
/// found.
private func expect(
  _ fault: KnownFault, inTrees smallest: Smallest, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for seed in [1, 2] as [UInt64] {
    let cases = fault.cases(1, of: seed) { $0.plan?.nodes.count ?? 0 > 2 }
    let fuzzCase = try #require(cases.first, sourceLocation: sourceLocation)
    let found = try Smallest(of: fuzzCase, fault)
    #expect(
      found == smallest, "iteration \(fuzzCase.iteration) of seed \(seed)",
      sourceLocation: sourceLocation)
  }
}

/// Header and map are 4 blocks, each node 8, and each extent of the smallest plans one.
struct `The smallest case of a tree` {
  @Test
  func `of a checker that follows any child is one outside, on two levels`() throws {
    try expect(
      KnownFault(.childInRange),
      inTrees: Smallest(
        ["tree/entry[0].childAddress = 1"], blocks: 20, nodes: 2, extents: 0, bytes: 10240))
  }

  @Test
  func `of a checker that sees no cycle is a root that leads to itself`() throws {
    try expect(
      KnownFault(.nodeNamedOnce) { $0.stage == .touch },
      inTrees: Smallest(
        ["tree/entry[0].childAddress = 4"], blocks: 20, nodes: 2, extents: 0, bytes: 10240))
  }

  @Test
  func `of a checker that sees no shared node is two entries that lead to one leaf`() throws {
    try expect(
      KnownFault(.nodeNamedOnce) { $0.stage == .modify },
      inTrees: Smallest(
        ["tree/entry[0].childAddress = 20"], blocks: 28, nodes: 3, extents: 0, bytes: 14336))
  }

  @Test
  func `of a checker that looks at no bit of nodes is the first bit of the only leaf`() throws {
    try expect(
      KnownFault(.nodeAllocated),
      inTrees: Smallest(["flip bitmap[12]"], blocks: 20, nodes: 2, extents: 0, bytes: 10240))
  }

  @Test
  func `of a checker that lets nodes overlap is a leaf a block too early`() throws {
    try expect(
      KnownFault(.nodeApart),
      inTrees: Smallest(
        ["tree/entry[0].childAddress -= 1"], blocks: 20, nodes: 2, extents: 0, bytes: 10240))
  }

  @Test
  func `of a checker that takes leaves at any level is two branches of which one ends early`()
    throws
  {
    try expect(
      KnownFault(.leavesLevel),
      inTrees: Smallest(["tree/0.type += 1"], blocks: 44, nodes: 5, extents: 0, bytes: 22528))
  }

  @Test
  func `of a checker that takes any level is a chain of sixteen nodes that goes on`() throws {
    let leaf = "tree" + String(repeating: "/0", count: 15)
    try expect(
      KnownFault(.treeDepth),
      inTrees: Smallest(
        [
          "reshape \(leaf) internal", "\(leaf)/entry[0].blocks = 1",
          "\(leaf)/entry[0].childAddress = 1",
        ], blocks: 132, nodes: 16, extents: 0, bytes: 67584))
  }

  @Test
  func `of a checker that takes entries in any order is two at one block`() throws {
    try expect(
      KnownFault(.entryOrder),
      inTrees: Smallest(
        ["tree/entry[0].blockOffset = 1"], blocks: 28, nodes: 3, extents: 0, bytes: 14336))
  }

  @Test
  func `of a checker that knows no end of the disk is an entry there`() throws {
    try expect(
      KnownFault(.entryWithinDisk),
      inTrees: Smallest(
        ["tree/entry[0].blockOffset = \(UInt64(1) << 54)"], blocks: 20, nodes: 2, extents: 0,
        bytes: 10240))
  }

  @Test
  func `of a checker that lets a child hold anything is an extent that its entry leaves out`()
    throws
  {
    try expect(
      KnownFault(.childWithinEntry),
      inTrees: Smallest(
        ["tree/entry[0].blockOffset = 1"], blocks: 21, nodes: 2, extents: 1, bytes: 10752))
  }

  @Test
  func `of a checker that compares data within leaves is one that reaches into the next`() throws {
    // The first extent of a leaf is at fault with none of the same leaf.
    try expect(
      KnownFault(.extentApartFromData) { violation in
        if case .extent(_, slot: 0, _) = violation.path { true } else { false }
      },
      inTrees: Smallest(
        ["tree/0/extent[0].blocks += 1"], blocks: 30, nodes: 3, extents: 2, bytes: 15360))
  }

  @Test
  func `of a checker that looks at two levels is on the third`() throws {
    try expect(
      KnownFault(.extentFlags) { violation in
        if case .extent(let node, _, _) = violation.path { node.depth > 1 } else { false }
      },
      inTrees: Smallest(
        ["tree/0/0/extent[0].flags = 1"], blocks: 29, nodes: 3, extents: 1, bytes: 14848))
  }

  @Test
  func `of a checker that looks at the leftmost leaf is in the next`() throws {
    try expect(
      KnownFault(.extentReservedZero) { violation in
        guard case .extent(let node, _, _) = violation.path else { return false }
        return (0..<Int(node.depth)).contains { node[$0] > 0 }
      },
      inTrees: Smallest(
        ["tree/1/extent[0].reserved = 1"], blocks: 29, nodes: 3, extents: 1, bytes: 14848))
  }

  @Test
  func `of an image without a plan stands on one`() throws {
    // An image of the corpus is known by its bytes alone.
    let fault = KnownFault(.extentFlags)
    let starts = fault.cases(1, of: 3) { $0.plan?.nodes.count ?? 0 > 2 }
    let start = try #require(starts.first)
    let bytes = try #require(start.image.bytes.materialized(limit: 1 << 26))
    let image = FuzzCase(CorpusImage(id: "example", bytes: bytes), iteration: 0)
    #expect(image.plan == nil)
    var minimizer = Minimizer(image, edits: [], effort: ShrinkEffort(limit: 2000)) { fuzzCase in
      let report = try? Checker().check(SparseImage(fuzzCase.image.bytes))
      return report?.findings.contains { $0.rule == .extentFlags } ?? false
    }
    minimizer.run()
    #expect(minimizer.best.edits.map(\.description) == ["tree/extent[0].flags = 1"])
    #expect(minimizer.best.plan?.blocks == 13)
  }
}
