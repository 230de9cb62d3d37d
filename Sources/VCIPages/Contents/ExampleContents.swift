internal import VCIConformance

/// A failure with all that shows it.
struct ExampleContents: Hashable, Sendable {
  /// What the other programs do about the same requirement: how many, and their names.
  struct Others: Hashable, Sendable {
    let sign: Sign
    let words: String
    let programs: [ShownText]
  }

  let number: Int
  let program: ShownText
  let clause: Clause
  let sentence: ShownText
  /// The number of its row in the table; none if the matrix has no such row.
  let rows: [Int]
  let kind: ShownText
  let tests: String
  let test, image, request, expected, got, errors, command, kit: ShownText
  /// What the test is about.
  let subject: String
  /// The nearest valid image, or why an image has none.
  let twins: [ShownText]
  let whyNoTwin: ShownText
  let differing: [BytesTable]
  let sequences: [SequenceContents]
  let ribbons: [RibbonPicture]
  let others: [Others]
  /// The numbers of the differences that were found with the same test.
  let differences: [Int]

  init(_ index: Int, of matrix: Matrix, _ names: [ProgramName]) {
    let example = matrix.examples[index]
    let row = matrix.requirements.firstIndex { $0.requirement == example.requirement }
    number = index + 1
    program = names[example.implementation].name
    clause = Clause(example.requirement)
    sentence = ShownText(row.map { matrix.requirements[$0].clause } ?? "", most: 600)
    rows = row.map { [$0 + 1] } ?? []
    kind = ShownText(example.kind, most: 60)
    tests = ShownCount.counted(example.tests, "test fails", "tests fail") + " in this way"
    test = ShownText(example.test, most: 200)
    image = ShownText(lines: example.image)
    request = ShownText(example.request)
    expected = ShownText(lines: example.expected)
    got = ShownText(lines: example.got)
    errors = ShownText(lines: example.errors ?? "")
    command = ShownText(example.command)
    kit = ShownText(example.kit ?? "", most: 400)
    let subject = ExampleSubject(ofTest: example.test)
    self.subject = subject.title
    twins = example.twin.map { [ShownText(lines: $0)] } ?? []
    whyNoTwin = ShownText(
      subject == .image && example.twin == nil
        ? "none: the image is valid, or no valid one is known" : "")
    differing = BytesTable(example.bytes).map { [$0] } ?? []
    sequences = example.sequence.map { [SequenceContents($0, of: subject)] } ?? []
    ribbons = example.ribbons.map { [RibbonPicture($0, of: subject.pictured)] } ?? []
    others = row.map { Self.others(of: example, matrix.requirements[$0], names) } ?? []
    differences = matrix.differences.indices
      .filter { matrix.differences[$0].test == example.test }.map { $0 + 1 }
  }

  private static func others(
    of example: Matrix.Example, _ row: Matrix.Row, _ names: [ProgramName]
  ) -> [Others] {
    let asked = row.cells.indices.filter { [.right, .wrong].contains(row.cells[$0].verdict) }
    let isWrong = { (index: Int) in row.cells[index].verdict == .wrong }
    let groups: [(Sign, [Int], String, String)] = [
      (.right, asked.filter { !isWrong($0) }, "keeps it", "keep it"),
      (
        .wrong, asked.filter { isWrong($0) && $0 != example.implementation }, "breaks it too",
        "break it too"
      ),
    ]
    return groups.filter { !$0.1.isEmpty }.map { sign, programs, one, many in
      Others(
        sign: sign,
        words: "\(programs.count) of \(asked.count) \(programs.count == 1 ? one : many)",
        programs: programs.map { names[$0].name })
    }
  }
}
