@testable import VCIFuzzing
import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A run of a workload` {
  private func comparer(_ fault: ModelImage.Fault?) -> CaseComparer {
    CaseComparer(target: .ops, seed: 1, implementation: ModelImage.implementation(fault))
  }

  /// Cases without troubles on created images that are small: the model writer knows no tree but a
  /// leaf, and no order of writes.
  private static func cases(_ iterations: UInt64) -> [FuzzCase] {
    var maker = CaseMaker(seed: 1, target: .ops, corpus: [])
    return (0..<iterations).map { maker.make($0) }
      .filter { $0.isCreated && $0.image.blocks <= 1000 && !$0.hasTroubles }
  }

  @Test
  func `finds nothing wrong with a writer that is right`() throws {
    let comparer = comparer(nil)
    let cases = Self.cases(64)
    #expect(cases.count >= 16)
    for fuzzCase in cases {
      try comparer.compare(fuzzCase)
      #expect(comparer.observation.discrepancies.isEmpty)
    }
  }

  /// A fault, the finding that shows it first, and the fewest operations that do.
  ///
  /// A cache of 21 blocks has header, map and root in 12 of them, and so 9 for data.
  private static let planted: [(ModelImage.Fault, DiscrepancyKind, [String])] = [
    (.losesWrite, .lostBlocks, ["write 0+1 = 0", "write 1+1 = 0", "read 1+1"]),
    (.keepsStaleBytes, .wrongBytes, ["write 0+1 = 0", "write 0+1 = 1"]),
    (.hidesEviction, .lostBlocks, ["write 0+10 = 0", "read 0+1"]),
    (.leavesFlag, .uncleanClose, ["write 0+1 = 0"]),
    (.setsNoFlag, .unflagged, ["write 0+1 = 0"]),
    (.discardsNothing, .otherTree, ["write 0+1 = 0", "discard 0+1"]),
    (.failsWhenFull, .operationFailed, ["write 0+10 = 0"]),
    (.takesNothing, .wrongCount, ["write 0+10 = 0"]),
    (.writesWhenReading, .operationFailed, ["reopen reading", "write 0+1 = 0"]),
    (.missesTooMuch, .wrongCount, ["write 1+1 = 0", "read 0+2"]),
    (.closesWithoutLast, .otherTree, ["write 0+1 = 0"]),
    (.keepsNoList, .otherTree, ["write 0+2 = 0"]),
    (.evictsTooMuch, .wrongLoss, ["write 0+3 = 0"]),
    (.readsOnAndOn, .overwork, ["write 0+2 = 0"]),
  ]

  @Test
  func `finds every fault of a writer, and shrinks what shows it to the fewest operations`()
    throws
  {
    #expect(Self.planted.map(\.0) == ModelImage.Fault.allCases)
    let cases = Self.cases(100)
    for (fault, kind, operations) in Self.planted {
      let comparer = comparer(fault)
      let failing = try #require(
        try cases.first { fuzzCase in
          try comparer.compare(fuzzCase)
          return comparer.observation.discrepancies.contains { $0.kind == kind }
        }, "\(fault)")
      var minimizer = Minimizer(
        FuzzCase(CreatedImage(blocks: failing.image.blocks, type: .dynamic), iteration: 0),
        edits: [], workload: failing.workload, effort: ShrinkEffort(limit: 5000)
      ) { fuzzCase in
        try? comparer.compare(fuzzCase)
        return comparer.observation.discrepancies.contains { $0.kind == kind }
      }
      minimizer.run()
      #expect(minimizer.best.workload?.lines == operations, "\(fault)")
      // What is certainly room for 6 blocks in 6 extents: 12 blocks for header, map and root, 6,
      // 7 nodes of 8, and gaps of 7 behind 15 of them.
      let blocks: UInt64 = fault == .evictsTooMuch ? 12 + 6 + 56 + 105 : 21
      #expect(minimizer.best.base == .created(CreatedImage(blocks: blocks, type: .dynamic)))
    }
  }

  @Test
  func `ends a writer that asks its file on and on`() throws {
    let comparer = comparer(.readsOnAndOn)
    try comparer.compare(
      FuzzCase(CreatedImage(blocks: 64, type: .dynamic), iteration: 0)
        .running(Workload([.write(0, 2, version: 1), .read(0, 2)])))
    #expect(comparer.observation.discrepancies.map(\.kind) == [.overwork])
  }
}

struct `The storage of a run` {
  /// What is read of 16 bytes from `offset` on.
  private func bytes(_ image: ImageInMemory, at offset: UInt64, count: Int = 16) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: count)
    var span = bytes.mutableSpan
    var target = unsafe span.mutableBytes
    let read = try image.read(at: offset, into: &target)
    return Array(bytes.prefix(read))
  }

  @Test
  func `reads what it began with, and over it what was written`() throws {
    let image = ImageInMemory(SparseBytes([UInt8](repeating: 7, count: 10_000)))
    #expect(try bytes(image, at: 9_992) == [UInt8](repeating: 7, count: 8))
    let new: [UInt8] = [1, 2, 3, 4]
    // Two of them before the border of two pages, two behind it.
    try unsafe image.write(new.span.bytes, at: 4094)
    #expect(try bytes(image, at: 4092, count: 8) == [7, 7, 1, 2, 3, 4, 7, 7])
    #expect(try image.byteCount() == 10_000)
    #expect(image.changes == 1)
  }

  @Test
  func `grows by zeros, and forgets what is cut off`() throws {
    let image = ImageInMemory(SparseBytes([UInt8](repeating: 7, count: 100)))
    try unsafe image.write([5].span.bytes, at: 200)
    #expect(try bytes(image, at: 96, count: 8) == [7, 7, 7, 7, 0, 0, 0, 0])
    try image.resize(to: 98)
    try image.resize(to: 300)
    #expect(try bytes(image, at: 96, count: 8) == [7, 7, 0, 0, 0, 0, 0, 0])
    #expect(try bytes(image, at: 200, count: 1) == [0])
  }

  @Test
  func `knows its holes`() throws {
    let image = ImageInMemory(SparseBytes(size: 1 << 40))
    #expect(try image.nextData(from: 0) == nil)
    try unsafe image.write([1].span.bytes, at: 1 << 39)
    #expect(try image.nextData(from: 0) == 1 << 39)
    #expect(try image.nextData(from: 1 << 39 + 1) == 1 << 39 + 1)
    #expect(try image.nextData(from: 1 << 39 + 4096) == nil)
  }

  @Test
  func `fails where more is asked than is allowed`() throws {
    let image = ImageInMemory(SparseBytes([UInt8](repeating: 7, count: 1000)))
    image.allow(100)
    _ = try bytes(image, at: 0)
    _ = try bytes(image, at: 0)
    _ = try bytes(image, at: 0)
    #expect(!image.isExhausted)
    // Each asked for 16 bytes, and counts 32.
    #expect(throws: StorageError.self) { try self.bytes(image, at: 0) }
    #expect(image.isExhausted)
  }
}

struct `A shadow model` {
  @Test
  func `holds the newest of each block, and nothing of what was removed`() {
    var model = CacheModel()
    model.put(.written(1), in: 10..<20)
    model.put(.written(2), in: 12..<14)
    model.remove(16..<30)
    #expect(
      model.runs == [
        CacheModel.Run(offset: 10, count: 2, content: .written(1)),
        CacheModel.Run(offset: 12, count: 2, content: .written(2)),
        CacheModel.Run(offset: 14, count: 2, content: .written(1)),
      ])
    #expect(model.blockCount == 6)
    #expect(model.gap(in: 5..<50) == 5)
    #expect(model.gap(in: 15..<50) == 0)
    #expect(model.gap(in: 16..<50) == 34)
    #expect(model.firstMissing(in: 10..<16) == nil)
    #expect(model.firstMissing(in: 10..<17) == 16)
  }

  @Test
  func `knows where the rest of an extent is stored that was cut`() {
    var model = CacheModel()
    model.put(.original(100), in: 10..<20)
    model.remove(12..<15)
    #expect(
      model.runs == [
        CacheModel.Run(offset: 10, count: 2, content: .original(100)),
        CacheModel.Run(offset: 15, count: 5, content: .original(105)),
      ])
  }
}

extension FuzzCase {
  /// Whether something goes wrong in its workload.
  fileprivate var hasTroubles: Bool { workload?.operations.contains(where: \.isTrouble) ?? false }
}
