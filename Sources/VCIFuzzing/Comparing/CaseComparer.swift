internal import PropertyEngine
internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Runs checker and reference on the image of a case, and compares their results with its forecast.
///
/// A check must find exactly the forecast findings. The reader is compared with VCI-RD-001 to 007,
/// and the writer with VCI-WR-001, 002 and 005.
final class CaseComparer {
  private let target: Target
  let seed: UInt64
  /// The checker. Its budget exceeds the findings of any image of a campaign, so that it reports
  /// all of them.
  let checker = Checker(budget: 1 << 18)
  let image = SparseImage(SparseBytes(size: 0))
  var observation = Observation()
  /// The findings of the check of the last case.
  private(set) var lastFindings: [Violation] = []
  let implementation: Implementation

  init(target: Target, seed: UInt64, implementation: Implementation = Implementation()) {
    self.target = target
    self.seed = seed
    self.implementation = implementation
  }

  /// Runs a case. `observation` holds the result until the next case.
  func compare(_ fuzzCase: FuzzCase) throws(StorageError) {
    observation.reset()
    image.bytes = fuzzCase.image.bytes
    observation.countKind(of: fuzzCase)
    let report = try check(fuzzCase)
    let findings = report.findings
    lastFindings = findings
    // Without a forecast, the reference is compared with the findings of the checker.
    let truth = Truth(findings, fuzzCase.forecast)
    if target.probes { try probe(truth) }
    if target.opens { open(fuzzCase, truth) }
    if target.operates { operate(fuzzCase, report) }
    observation.count(.iterations)
  }
}

/// The broken rules for which a reader must refuse an image.
struct Truth {
  /// The rules for which probe must refuse it.
  let refusedByProbe: RuleSet
  /// The rules for which an open for reading must refuse it.
  let refusedByOpen: RuleSet

  init(_ findings: [Violation], _ forecast: Forecast?) {
    if let forecast {
      refusedByProbe = forecast.refusedByProbe
      refusedByOpen = forecast.refusedByOpen
      return
    }
    let corruptions = findings.filter { $0.ruleClass == .corruption }
    refusedByProbe = RuleSet(corruptions.filter { $0.stage == .probe }.map(\.rule))
    refusedByOpen = RuleSet(corruptions.filter { $0.stage <= .open }.map(\.rule))
  }
}
