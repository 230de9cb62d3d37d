internal import VCIConformance

/// A program as a page shows it: its verdict line, and what is missing.
struct ProgramContents: Hashable, Sendable {
  let number: Int
  let name: ShownText
  let language: ShownText
  let command: ShownText
  let sign: Sign
  let verdict: ShownText
  let applicable, passed, failed, known, flaky, notApplicable, notRun: ShownCount
  /// Why the run is incomplete, and what the program does not declare.
  let missing: [ShownText]
  let undeclared: [ShownText]
  let isUndeclared: Bool
  let hasGaps: Bool

  /// The most lines of either that are shown.
  private static let mostLines = 50

  init(_ program: Matrix.Implementation, _ name: ProgramName) {
    number = name.number
    self.name = name.name
    language = ShownText(program.language ?? "", most: 40)
    command = ShownText(program.command, most: 400)
    sign = .ofProgram(exit: program.exit)
    verdict = ShownText(program.verdict, most: 40)
    applicable = ShownCount(program.tests.applicable)
    passed = ShownCount(program.tests.passed)
    failed = ShownCount(program.tests.failed)
    known = ShownCount(program.tests.known)
    flaky = ShownCount(program.tests.flaky)
    notApplicable = ShownCount(program.tests.notApplicable)
    notRun = ShownCount(program.tests.notRun)
    missing = Self.shown(program.missing, most: 300)
    undeclared = Self.shown(program.undeclared, most: 60)
    isUndeclared = !undeclared.isEmpty
    hasGaps =
      !program.missing.isEmpty || !program.undeclared.isEmpty || program.tests.notRun != 0
      || program.tests.notApplicable != 0
  }

  /// Returns the first texts of a list, and how many more there are.
  private static func shown(_ texts: [String], most: Int) -> [ShownText] {
    let left = texts.count - mostLines
    return texts.prefix(mostLines).map { ShownText($0, most: most) }
      + (left > 0 ? [ShownText("and \(ShownCount.grouped(left)) more, in matrix.json")] : [])
  }
}
