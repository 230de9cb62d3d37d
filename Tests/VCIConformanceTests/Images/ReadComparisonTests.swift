import SystemPackage
import Testing
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// An image that caches blocks 100 to 107, of the letter a, and 108 to 111, of the letter b.
private let two = """
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 100+8 at 16
    extent 108+4 at 40

  fill 8192+4096 = 61
  fill 20480+2048 = 62

  """

/// The letter of a cached block; `nil` if it is not cached.
private func letter(_ block: UInt64) -> UInt8? {
  switch block {
  case 100..<108: UInt8(ascii: "a")
  case 108..<112: UInt8(ascii: "b")
  default: nil
  }
}

/// The blocks at which another state begins.
private let borders: [UInt64] = [100, 108, 112, .max]

/// What a right reader says of a request: a run of each state, with its bytes in the file.
private func runs(_ block: UInt64, _ count: UInt64, _ file: FilePath) -> [PortAnswer.Run] {
  var runs: [PortAnswer.Run] = []
  var next = block
  while next < block + count {
    let end = min(block + count, borders.first { $0 > next } ?? .max)
    if let letter = letter(next) {
      put(
        [UInt8](repeating: letter, count: Int(end - next) * 512), at: Int64(next - block) * 512,
        in: file)
    }
    runs.append(PortAnswer.Run(isHit: letter(next) != nil, block: next, count: end - next))
    next = end
  }
  return runs
}

/// Runs the test of an image with a reader. `change` is what is wrong with an answer of it.
private func result(
  _ recipe: String, reads: (_ block: UInt64, _ count: UInt64, _ file: FilePath) -> PortAnswer
) throws -> TestResult {
  let expected = try Expectations(Recipe(parsing: recipe).image(), Checker())
  return try withoutActuallyEscaping(reads) { reads in
    let adapter = FakeAdapter(["open-ro", "read"], features: [.trees, .wideDisks]) { request in
      if case .read(_, let block, let count, let file) = request {
        return reads(block, count, file)
      }
      return .done(.nothing)
    }
    return ImageTest("two", expected).run(adapter, in: try WorkFolder(), nil)
  }
}

struct `A read` {
  @Test
  func `is right with the runs and bytes of the image`() throws {
    let result = try result(two) { .done(.runs(runs($0, $1, $2))) }
    #expect(result.words == [])
    #expect((result.areas["reads"] ?? 0) > 10)
  }

  @Test
  func `may be divided in any way`() throws {
    #expect(
      try result(two) { block, count, file in
        .done(
          .runs(
            runs(block, count, file).flatMap { run in
              run.count == 1
                ? [run]
                : [
                  PortAnswer.Run(isHit: run.isHit, block: run.block, count: 1),
                  PortAnswer.Run(isHit: run.isHit, block: run.block + 1, count: run.count - 1),
                ]
            }))
      }.words == [])
  }

  @Test
  func `may join hits of neighbours`() throws {
    #expect(
      try result(two) { block, count, file in
        var joined: [PortAnswer.Run] = []
        for run in runs(block, count, file) {
          if let last = joined.last, last.isHit == run.isHit {
            joined[joined.count - 1].count += run.count
          } else {
            joined.append(run)
          }
        }
        return .done(.runs(joined))
      }.words == [])
  }

  @Test
  func `may end before the request, and is bounded if it always does`() throws {
    var asked = 0
    let result = try result(two) { block, _, file in
      asked += 1
      return .done(.runs(runs(block, 1, file)))
    }
    #expect(result.words == [])
    #expect(asked < 5000)
  }

  @Test
  func `must not miss what is cached`() throws {
    #expect(
      try result(two) { block, count, _ in
        .done(.runs([PortAnswer.Run(isHit: false, block: block, count: count)]))
      }.words == ["missed-blocks, reads, VCI-RD-006"])
  }

  @Test
  func `must not serve what is not cached`() throws {
    #expect(
      try result(two) { block, count, file in
        put([UInt8](repeating: 0, count: Int(min(count, 64)) * 512), at: 0, in: file)
        return .done(.runs([PortAnswer.Run(isHit: true, block: block, count: min(count, 64))]))
      }.words == ["foreign-data, reads, VCI-RD-006"])
  }

  @Test
  func `must not serve other bytes, which are shown where they begin to differ`() throws {
    let result = try result(two) { block, count, file in
      let runs = runs(block, count, file)
      if block == 100 { put([0], at: 511, in: file) }
      return .done(.runs(runs))
    }
    #expect(result.words == ["wrong-bytes, reads, VCI-RD-006"])
    let place = try #require(result.failures.first?.place)
    #expect(place.disk == 100..<101)
    #expect(place.file == 16..<17)
    let right = Array(repeating: "61", count: 15).joined(separator: " ")
    #expect(place.bytes.map(\.place) == ["block 100 of the disk, byte 496"])
    #expect(place.bytes.map(\.expected) == ["\(right) 61"])
    #expect(place.bytes.map(\.got) == ["\(right) 00"])
  }

  @Test
  func `must not claim bytes that it did not write`() throws {
    let result = try result(two) { block, count, file in
      let runs = runs(block, count, file)
      _ = try? FileDescriptor.open(file, .writeOnly, options: .truncate).close()
      return .done(.runs(runs))
    }
    #expect(result.words == ["wrong-bytes, reads, VCI-RD-006"])
    #expect(result.failures.first?.got == "the file ends before")
  }

  @Test
  func `must not be refused where nothing is damaged`() throws {
    #expect(
      try result(two) { _, _, _ in .refused(PortAnswer.Refusal(class: "io")) }.words
        == ["refused-read, reads, VCI-RD-006"])
  }

  @Test(
    arguments: [
      [], [(true, 1, 1)], [(false, 0, 0)], [(false, 0, 1), (false, 2, 1)],
      [(false, 0, 1), (false, 0, 1)], [(false, 0, .max)],
    ] as [[(Bool, UInt64, UInt64)]])
  func `has runs that ascend from the first block on without gaps`(
    steps: [(isHit: Bool, step: UInt64, count: UInt64)]
  ) throws {
    #expect(
      try result(two) { block, _, _ in
        .done(
          .runs(
            steps.map {
              PortAnswer.Run(isHit: $0.isHit, block: block &+ $0.step, count: $0.count)
            }))
      }.words == ["wrong-answer, reads, VCI-RD-006"])
  }

  @Test
  func `is no answer of another kind`() throws {
    #expect(
      try result(two) { _, _, _ in .done(.nothing) }.words == ["wrong-answer, reads, VCI-RD-006"])
  }

  @Test
  func `must leave the file where it is`() throws {
    #expect(
      try result(two) { block, count, file in
        let runs = runs(block, count, file)
        remove(file)
        return .done(.runs(runs))
      }.words == ["modified-read-only-image, reads, VCI-RD-007"])
  }
}

struct `A read of a damaged image` {
  private let damaged = two + "tree/extent[1].blockAddress = 5000\nrefit"

  @Test
  func `may miss, be refused for a rule that is broken, or serve what lies beside`() throws {
    #expect(
      try result(damaged) { block, count, _ in
        .done(.runs([PortAnswer.Run(isHit: false, block: block, count: count)]))
      }.words == [])
    #expect(
      try result(damaged) { block, count, file in
        if block >= Format.diskEnd.rawValue {
          return .done(.runs([PortAnswer.Run(isHit: false, block: block, count: count)]))
        }
        return .refused(PortAnswer.Refusal(rule: "VCI-EXT-003"))
      }.words == [])
  }

  @Test
  func `must not be refused for a rule that is kept`() throws {
    #expect(
      try result(damaged) { _, _, _ in .refused(PortAnswer.Refusal(rule: "VCI-EXT-001")) }.words
        == ["wrong-rule, reads, VCI-RD-004"])
  }

  @Test
  func `must not serve the damaged blocks`() throws {
    #expect(
      try result(damaged) { block, count, file in
        .done(
          .runs(
            runs(block, count, file).map { run in
              (108..<112).contains(run.block)
                ? PortAnswer.Run(isHit: true, block: run.block, count: run.count) : run
            }))
      }.words == ["served-damage, reads, VCI-RD-004"])
  }
}

struct `Many answers within one part` {
  @Test
  func `lead to its end after 16`() {
    var bound = AnswerBound()
    for block in UInt64(1)...15 { #expect(bound.next(after: block, within: 1000) == block) }
    #expect(bound.next(after: 16, within: 1000) == 1000)
    #expect(bound.next(after: 1001, within: 2000) == 1001)
  }

  @Test
  func `are counted from its start`() {
    var bound = AnswerBound()
    for block in UInt64(1)...15 { _ = bound.next(after: block, within: 16) }
    #expect(bound.next(after: 16, within: 16) == 16)
    for block in UInt64(17)...31 { #expect(bound.next(after: block, within: 100) == block) }
  }
}
