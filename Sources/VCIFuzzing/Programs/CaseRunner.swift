internal import VCIFormat

/// Runs the cases of a process: with checker and reference, or with programs of others.
final class CaseRunner {
  private let comparer: CaseComparer
  private let programs: (any ProgramRunner)?
  /// What came of the last case.
  private(set) var observation = Observation()

  /// Makes a runner, with checker and reference if `programs` is `nil`.
  ///
  /// - Throws: an error of `programs`, which cannot be prepared.
  init(target: Target, seed: UInt64, _ programs: CampaignPrograms?) throws {
    comparer = CaseComparer(target: target, seed: seed)
    self.programs = try programs?.prepare(target)
  }

  deinit { programs?.end() }

  /// The findings of the check of the last case; none with programs of others.
  var lastFindings: [Violation] { programs == nil ? comparer.lastFindings : [] }

  /// Runs a case.
  ///
  /// - Throws: `StorageError`, but never for an image in memory.
  func run(_ fuzzCase: FuzzCase) throws(StorageError) {
    guard let programs else {
      try comparer.compare(fuzzCase)
      observation = comparer.observation
      return
    }
    observation.reset()
    observation.countKind(of: fuzzCase)
    let outcome = programs.run(PlannedImage(fuzzCase))
    observation.count(.imageTests, by: outcome.imageTests)
    observation.count(.workloadTests, by: outcome.workloadTests)
    observation.count(.testsNotApplicable, by: outcome.notApplicable)
    observation.count(.testsNotRun, by: outcome.notRun)
    observation.count(.differencesByRule, by: outcome.differencesByRule)
    observation.count(.differencesByChoice, by: outcome.differencesByChoice)
    observation.count(.holes, by: outcome.holes)
    if fuzzCase.workload != nil { observation.count(.operated) }
    if fuzzCase.isCreated { observation.count(.created) }
    for discrepancy in outcome.discrepancies { observation.report(discrepancy) }
    observation.count(.iterations)
  }
}
