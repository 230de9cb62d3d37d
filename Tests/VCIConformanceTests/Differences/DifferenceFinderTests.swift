import Testing
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// Blocks 100 to 107 at file block 16, in an image of 4096 blocks.
private let valid = """
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 100+8 at 16
    extent 108+4 at 40

  fill 8192+4096 = 61
  fill 20480+2048 = 62

  """

/// The same, of which the second extent runs past the image: VCI-EXT-003.
private let damaged =
  valid + """

    tree/extent[1].blockAddress = 5000
    refit

    """

/// The same, whose flag says that it was not closed: VCI-SHD-001.
private let dirty =
  valid + """

    header.uncleanShutdown = 1

    """

private func expectations(_ recipe: String) throws -> Expectations {
  try Expectations(Recipe(parsing: recipe).image(), Checker())
}

/// The answers of programs to one question.
private func sheets(
  _ question: ImageQuestion, _ answers: ImageAnswer?...
) -> [[AnswerSheet.Entry]] {
  answers.map { answer in
    answer.map { [AnswerSheet.Entry(question: question, answer: $0)] } ?? []
  }
}

/// Differences as kind, cause and rule, and the programs that are wrong.
private func words(
  _ recipe: String, _ sheets: [[AnswerSheet.Entry]], _ table: ChoiceTable = .standard
) throws -> [String] {
  let expected = try expectations(recipe)
  return DifferenceFinder(expected, test: "t", image: "i", table).differences(sheets).map {
    "\($0.key.kind.rawValue), \($0.key.cause.rawValue), \($0.key.rule ?? "none"), \($0.key.wrong)"
  }
}

private func blocks(_ runs: (Range<UInt64>, ImageAnswer.BlockState)...) -> ImageAnswer {
  .blocks(runs.map { .init(blocks: $0, state: $1) })
}

private let read = ImageQuestion.read(block: 96, count: 16)

struct `Programs that answer the same` {
  @Test
  func `do not differ, right or wrong`() throws {
    #expect(try words(valid, sheets(.probe, .outcome(.taken), .outcome(.taken))) == [])
    #expect(try words(valid, sheets(.probe, .outcome(.refused), .outcome(.refused))) == [])
    #expect(try words(valid, sheets(.probe, .outcome(.refused), nil)) == [])
  }
}

struct `A difference that a rule decides` {
  @Test
  func `names the requirement that the wrong one breaks`() throws {
    #expect(
      try words(valid, sheets(.probe, .outcome(.taken), .outcome(.refused), .outcome(.taken)))
        == ["probe, rule, VCI-RD-001, [1]"])
    #expect(
      try words(valid, sheets(.openForReading, .outcome(.refused), .outcome(.taken)))
        == ["open-ro, rule, VCI-RD-002, [0]"])
    #expect(
      try words(dirty, sheets(.openForReading, .outcome(.refused), .outcome(.taken)))
        == ["open-ro, rule, VCI-RD-005, [0]"])
    #expect(
      try words(valid, sheets(.openForWriting, .outcome(.noRoom), .outcome(.taken)))
        == ["open-rw, rule, VCI-RD-003, [0]"])
    #expect(
      try words(valid, sheets(.probe, .outcome(.taken), .failed(.crashed)))
        == ["probe, rule, VCI-RD-007, [1]"])
  }

  @Test
  func `of a read is one of what is served, or of bytes`() throws {
    let right = blocks((96..<100, .missed), (100..<112, .served))
    #expect(
      try words(
        valid, sheets(read, right, blocks((96..<100, .missed), (100..<112, .servedOthers(7)))))
        == ["bytes, rule, VCI-RD-006, [1]"])
    #expect(
      try words(valid, sheets(read, blocks((96..<112, .missed)), right))
        == ["served, rule, VCI-RD-006, [0]"])
    #expect(
      try words(valid, sheets(read, blocks((96..<112, .refused)), right))
        == ["served, rule, VCI-RD-006, [0]"])
  }

  @Test
  func `names the rule that the image breaks alone if damage is taken or served`() throws {
    let refused = blocks((96..<112, .refused))
    let served = blocks((96..<100, .missed), (100..<112, .served))
    #expect(
      try words(damaged, sheets(read, served, refused)) == ["served, rule, VCI-EXT-003, [0]"])
    #expect(
      try words(damaged, sheets(.openForWriting, .outcome(.taken), .outcome(.refused)))
        == ["open-rw, rule, VCI-EXT-003, [0]"])
    #expect(
      try words(damaged, sheets(.extents, .extents([100..<112]), .extents([100..<108])))
        == ["extents, rule, VCI-EXT-003, [0]"])
  }

  @Test
  func `of a check names the rule of the finding that is missed`() throws {
    let right: ImageAnswer = .findings([.init(rule: "VCI-EXT-003", class: "corruption")])
    #expect(
      try words(damaged, sheets(.check, right, .findings([])))
        == ["check, rule, VCI-EXT-003, [1]"])
    #expect(
      try words(
        damaged, sheets(.check, right, .findings([.init(rule: "VCI-EXT-001", class: "corruption")]))
      )
        == ["check, rule, VCI-RD-007, [1]"])
  }

  @Test
  func `is one for each answer that is wrong`() throws {
    let right = blocks((96..<100, .missed), (100..<112, .served))
    #expect(
      try words(
        valid,
        sheets(
          read, right, blocks((96..<112, .missed)), right,
          blocks((96..<100, .missed), (100..<112, .servedOthers(7)))))
        == ["served, rule, VCI-RD-006, [1]", "bytes, rule, VCI-RD-006, [3]"])
  }

  @Test
  func `says who answers what, the most frequent first`() throws {
    let finder = DifferenceFinder(try expectations(valid), test: "t", image: "i")
    let found = finder.differences(
      sheets(.probe, .outcome(.refused), .outcome(.taken), .outcome(.taken)))
    #expect(
      found.map(\.answers) == [
        [
          .init(answer: "taken", implementations: [1, 2], isAllowed: true),
          .init(answer: "refused", implementations: [0], isAllowed: false),
        ]
      ])
    #expect(found.map(\.sides) == [[0, 1]])
    #expect(found.map(\.request) == ["probe IMG"])
  }
}

struct `A difference of choice` {
  @Test(arguments: [
    (
      damaged, ImageQuestion.openForReading, ImageAnswer.outcome(.taken),
      ImageAnswer.outcome(.refused), "open-ro, choice, VCI-RD-002, []"
    ),
    (
      dirty, .openForWriting, .outcome(.refused), .outcome(.taken),
      "open-rw, choice, VCI-RD-003, []"
    ),
    (
      damaged, read, blocks((96..<112, .missed)), blocks((96..<112, .refused)),
      "served, choice, VCI-RD-004, []"
    ),
    (
      damaged, read, blocks((96..<100, .missed), (100..<108, .served), (108..<112, .missed)),
      blocks((96..<112, .refused)), "served, choice, VCI-RD-004, []"
    ),
    (
      damaged, .extents, .extents([100..<108]), .extents([]), "extents, choice, VCI-RD-004, []"
    ),
    (
      damaged, .extents, .outcome(.refused), .extents([]), "extents, choice, VCI-RD-004, []"
    ),
  ])
  func `names the clause that leaves it`(
    recipe: String, question: ImageQuestion, one: ImageAnswer, other: ImageAnswer, found: String
  ) throws {
    #expect(try words(recipe, sheets(question, one, other)) == [found])
    #expect(try words(recipe, sheets(question, other, one)) == [found])
  }

  @Test
  func `names the ruling of an image without room`() throws {
    let full = """
      blocks: 28
      map: 2
      leaf tree at 4
        extent 100+16 at 12

      """
    #expect(
      try words(full, sheets(.openForWriting, .outcome(.noRoom), .outcome(.taken)))
        == ["open-rw, choice, R-18, []"])
  }

  @Test
  func `says a sentence of each entry of the table`() {
    for choice in ChoiceTable.standard.choices {
      #expect(!choice.about.isEmpty)
      #expect(choice.rule.hasPrefix("VCI-RD-") || choice.rule.hasPrefix("R-"))
    }
  }
}

struct `A hole of the specification` {
  @Test
  func `is two answers that are right by no entry of the table`() throws {
    let none = ChoiceTable(choices: [])
    #expect(
      try words(
        damaged, sheets(.openForReading, .outcome(.taken), .outcome(.refused)), none)
        == ["open-ro, hole, none, []"])
    // The others are decided as before.
    #expect(
      try words(damaged, sheets(.openForWriting, .outcome(.taken), .outcome(.refused)), none)
        == ["open-rw, rule, VCI-EXT-003, [0]"])
  }

  @Test
  func `is no failure of a program`() throws {
    var matrix = Matrix([
      try reportOfProgram("one", [resultOfReads("a")]),
      try reportOfProgram("two", [resultOfReads("a")]),
    ])
    matrix.differences = [
      Matrix.Difference(
        kind: .openForReading, cause: .hole, rule: nil, about: "a", images: 1, test: "t",
        image: "i", request: "open-ro IMG",
        answers: [
          .init(answer: "taken", implementations: [0], isAllowed: true),
          .init(answer: "refused", implementations: [1], isAllowed: true),
        ], command: "c", kit: nil, ribbons: nil)
    ]
    #expect(matrix.exit == 0)
    #expect(
      matrix.lines.contains(
        "Differences: 0 by a rule, 0 of choice, 1 holes of the specification"))
    matrix.differences[0].cause = .rule
    #expect(matrix.exit == 1)
  }
}

struct `A list of differences` {
  private func found(
    _ test: String, _ bytes: UInt64, _ cause: Matrix.Difference.Cause = .rule
  ) -> FoundDifference {
    FoundDifference(
      key: .init(kind: .probe, cause: cause, rule: nil, about: "a", wrong: []), test: test,
      image: "", bytes: bytes, request: "", answers: [], sides: [0, 1])
  }

  @Test
  func `keeps the smallest image of each kind, a vector if there is one`() {
    var list = DifferenceList()
    for (test, bytes) in [("edited/1-1", 10), ("b", 900), ("c", 800), ("d", 800), ("valid/1-1", 1)]
      as [(String, UInt64)]
    {
      list.add(found(test, bytes))
    }
    list.add(found("e", 5, .choice))
    list.add(found("f", 5, .hole))
    #expect(list.sorted.map(\.smallest.test) == ["c", "f", "e"])
    #expect(list.sorted.map(\.images) == [5, 1, 1])
  }
}
