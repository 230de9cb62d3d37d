@testable import VCIFuzzing
import PropertyEngine
import Testing
import VCIChecker
import VCIFormat
import VCIGenerators

/// A checker that ignores some findings of a rule.
struct KnownFault {
  let rule: Rule
  let ignores: (Violation) -> Bool

  init(_ rule: Rule, _ ignores: @escaping (Violation) -> Bool = { _ in true }) {
    self.rule = rule
    self.ignores = ignores
  }

  /// Whether what the faulty checker finds lacks something that is forecast.
  func isFound(in fuzzCase: FuzzCase) -> Bool {
    !discrepancies(in: fuzzCase).isEmpty
  }

  func discrepancies(in fuzzCase: FuzzCase) -> [Discrepancy] {
    guard let forecast = fuzzCase.forecast?.findings.filter({ $0.rule == rule }),
      !forecast.isEmpty,
      let report = try? Checker().check(SparseImage(fuzzCase.image.bytes))
    else { return [] }
    let found = report.findings.filter { $0.rule == rule && !ignores($0) }
    let offsets = Set(found.map(\.offset))
    return forecast.filter { !offsets.contains($0.offset) }.map {
      Discrepancy(.missed, rule, "\($0)")
    }
  }

  /// The first cases of a seed in which it is found.
  ///
  /// Those of trees that take long to check in debug are passed over, and those of maps without
  /// bits, which break rules without an edit.
  func cases(
    _ count: Int, of seed: UInt64, where isWanted: (FuzzCase) -> Bool = { _ in true }
  ) -> [FuzzCase] {
    var maker = CaseMaker(seed: seed, target: .check, corpus: [])
    var cases: [FuzzCase] = []
    for iteration in 0..<40_000 as Range<UInt64> where cases.count < count {
      let fuzzCase = maker.make(iteration)
      guard let plan = fuzzCase.plan, plan.nodes.count < 60, plan.extents.count < 120,
        !plan.isMapClear
      else { continue }
      if isFound(in: fuzzCase), isWanted(fuzzCase) { cases.append(fuzzCase) }
    }
    return cases
  }
}

/// What a case came down to.
struct Smallest: Equatable {
  let edits: [String]
  let blocks: UInt64
  let nodes: Int
  let extents: Int
  let bytes: UInt64

  init(_ edits: [String], blocks: UInt64, nodes: Int = 1, extents: Int, bytes: UInt64) {
    self.edits = edits
    (self.blocks, self.nodes, self.extents, self.bytes) = (blocks, nodes, extents, bytes)
  }

  /// Minimizes a case of `fault`.
  init(of fuzzCase: FuzzCase, _ fault: KnownFault) throws {
    var minimizer = Minimizer(
      fuzzCase.unedited, edits: fuzzCase.advice + fuzzCase.edits,
      effort: ShrinkEffort(limit: Minimizer.attempts)
    ) { fault.isFound(in: $0) }
    minimizer.run()
    #expect(fault.isFound(in: minimizer.best))
    let plan = try #require(minimizer.best.plan)
    self.init(
      minimizer.best.edits.map(\.description), blocks: plan.blocks.rawValue,
      nodes: plan.nodes.count, extents: plan.extents.count, bytes: plan.size)
  }
}

/// Minimizes the first cases of a seed in which `fault` is found: each is to come down to
/// `smallest`.
func expect(
  _ fault: KnownFault, comesDownTo smallest: Smallest, cases count: Int = 4,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let cases = fault.cases(count, of: 1)
  #expect(cases.count == count, sourceLocation: sourceLocation)
  for fuzzCase in cases {
    let found = try Smallest(of: fuzzCase, fault)
    #expect(
      found == smallest, "iteration \(fuzzCase.iteration)", sourceLocation: sourceLocation)
  }
}

struct `The smallest case` {
  @Test
  func `of an edit that does nothing beside another is found`() {
    let plan = ImagePlan(blocks: 12, mapAddress: 2, rootAddress: 4, size: 6144)
    let effort = ShrinkEffort(limit: Minimizer.attempts)
    var minimizer = Minimizer(
      FuzzCase(plan: plan, iteration: 0),
      edits: [.change(.field(.signature), .to(0)), .change(.field(.treeRoot), .to(3))],
      effort: effort
    ) { fuzzCase in
      fuzzCase.edits.count == 2 && "\(fuzzCase.edits[1])".hasPrefix("header.treeRoot")
        && [3, 4].contains(fuzzCase.image.model?.header.treeRoot)
    }
    minimizer.run()
    #expect(
      minimizer.best.edits.map(\.description) == ["header.signature = 0", "header.treeRoot += 0"])
    #expect(effort.isLeft)
  }

  @Test
  func `of a checker that knows no signature is a wrong one`() throws {
    try expect(
      KnownFault(.headerSignature),
      comesDownTo: Smallest(["header.signature = 0"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that takes half blocks is the first byte behind the header`() throws {
    try expect(
      KnownFault(.fileSizeWhole),
      comesDownTo: Smallest(["file.size = 1025"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that reads a hundred reserved bytes is a one in the next`() throws {
    try expect(
      KnownFault(.headerReservedZero) { $0.offset >= 73 + 100 },
      comesDownTo: Smallest(["header.reserved[100] = 1"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that takes nil for a UUID is an image without one`() throws {
    try expect(
      KnownFault(.headerImageUUID),
      comesDownTo: Smallest(["clear header.imageUUID"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that knows no magic of the map is a wrong one`() throws {
    try expect(
      KnownFault(.mapMagic) { $0.path == .field(.mapMagic) && $0.offset == 1024 },
      comesDownTo: Smallest(["map.magic = 0"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that ignores exchanged counters is an image that has them`() throws {
    // Header, map and root are 12 blocks of metadata.
    try expect(
      KnownFault(.mapTotalsApart),
      comesDownTo: Smallest(
        ["map.data = 12", "map.metadata = 0"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that looks at no bit of metadata is the first one cleared`() throws {
    try expect(
      KnownFault(.mapHoldsMetadata),
      comesDownTo: Smallest(["flip bitmap[0]"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that knows no types of nodes is type 0`() throws {
    try expect(
      KnownFault(.nodeType) { $0.actual == 0 || $0.actual > 2 },
      comesDownTo: Smallest(["tree.type = 0"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `of a checker that takes flags from 128 on has that one, on a single extent`() throws {
    try expect(
      KnownFault(.extentFlags) { $0.actual >= 128 },
      comesDownTo: Smallest(
        ["tree/extent[0].flags = 128"], blocks: 13, extents: 1, bytes: 6656))
  }

  @Test
  func `of a checker that stops at the third extent is in the fourth`() throws {
    // Slot 3 lies 1 + 3 * 38 bytes into the root, its reserved byte 17 more.
    try expect(
      KnownFault(.extentReservedZero) { violation in
        if case .extent(_, slot: 3..., _) = violation.path { true } else { false }
      },
      comesDownTo: Smallest(
        ["tree/extent[3].reserved = 1"], blocks: 16, extents: 4, bytes: 8192))
  }

  @Test
  func `of a checker that sees no shared data is an extent on its neighbour`() throws {
    try expect(
      KnownFault(.extentApartFromData),
      comesDownTo: Smallest(
        ["tree/extent[0].blockAddress += 1"], blocks: 14, extents: 2, bytes: 7168))
  }
}

struct `A minimizer` {
  private let fault = KnownFault(.extentReservedZero)

  private func minimized(_ fuzzCase: FuzzCase, _ effort: ShrinkEffort) throws -> FuzzCase {
    let edits = fuzzCase.advice + fuzzCase.edits
    var minimizer = Minimizer(fuzzCase.unedited, edits: edits, effort: effort) {
      fault.isFound(in: $0)
    }
    minimizer.run()
    return minimizer.best
  }

  @Test
  func `comes to the same end by the same attempts`() throws {
    let start = try #require(fault.cases(1, of: 2).first)
    let efforts = (0..<2).map { _ in ShrinkEffort(limit: 1000) }
    let ends = try efforts.map { try minimized(start, $0) }
    #expect(ends[0].edits == ends[1].edits)
    #expect(ends[0].plan == ends[1].plan)
    #expect(efforts[0].spent == efforts[1].spent)
    #expect(efforts[0].spent > 0)
  }

  @Test
  func `keeps the smallest case so far where its attempts run out`() throws {
    let starts = fault.cases(3, of: 3)
    #expect(starts.count == 3)
    for start in starts {
      for limit in [0, 1, 5, 20] {
        let effort = ShrinkEffort(limit: limit)
        let end = try minimized(start, effort)
        #expect(effort.spent == limit)
        #expect(fault.isFound(in: end))
      }
    }
  }

  @Test
  func `counts the edits of a base among those that can be left out`() throws {
    // A byte of the map that is to be zero is a breakage of advice, as bases have them too.
    let fault = KnownFault(.mapReservedZero)
    var maker = CaseMaker(seed: 1, target: .check, corpus: [])
    let start = try #require(
      (0..<40_000 as Range<UInt64>).lazy.map { maker.make($0) }.first {
        $0.before.contains(.mapReservedZero) && fault.isFound(in: $0)
      })
    #expect(!start.advice.isEmpty)
    #expect(
      try Smallest(of: start, fault)
        == Smallest(["map.reserved[0] = 1"], blocks: 12, extents: 0, bytes: 6144))
  }

  @Test
  func `names what a blind edit did`() throws {
    // Bytes 1024 to 1027 of the simplest image are the magic of its map.
    let plan = ImagePlan(blocks: 12, mapAddress: 2, rootAddress: 4, size: 12 * 512)
    var minimizer = Minimizer(
      FuzzCase(plan: plan, iteration: 0),
      edits: [.raw(offset: 500, [9]), .raw(offset: 1022, [0, 0, 7, 7, 7, 7, 7])],
      effort: ShrinkEffort(limit: 1000)
    ) { fuzzCase in
      let report = try? Checker().check(SparseImage(fuzzCase.image.bytes))
      return report?.findings.contains { $0.rule == .mapMagic } ?? false
    }
    minimizer.run()
    #expect(minimizer.best.edits == [.change(.field(.mapMagic), .to(0))])
  }
}
