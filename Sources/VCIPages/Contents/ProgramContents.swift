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
  let hasGaps: Bool

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
    missing = program.missing.map { ShownText($0, most: 300) }
    undeclared = program.undeclared.map { ShownText($0, most: 60) }
    hasGaps =
      !program.missing.isEmpty || !program.undeclared.isEmpty || program.tests.notRun != 0
      || program.tests.notApplicable != 0
  }
}
