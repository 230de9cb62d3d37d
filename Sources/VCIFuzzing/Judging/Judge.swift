internal import PropertyEngine
internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Runs checker and reference over a case's image and says where they are not as they must be.
///
/// The requirements are those of `Specs/VCI.md`, "Requirements for readers" (VCI-RD-001 to
/// VCI-RD-007) and "Requirements for writers" (VCI-WR-001, VCI-WR-002 and VCI-WR-005); and a check
/// must find exactly what is forecast.
final class Judge {
  private let target: Target
  let seed: UInt64
  /// It keeps more findings than images of a campaign have: none of a forecast may be missing.
  let checker = Checker(budget: 1 << 16)
  let image = SparseImage(SparseBytes(size: 0))
  var observation = Observation()
  /// What the check of the last case found.
  private(set) var lastFindings: [Violation] = []
  let implementation: Implementation

  init(target: Target, seed: UInt64, implementation: Implementation = Implementation()) {
    self.target = target
    self.seed = seed
    self.implementation = implementation
  }

  /// Judges a case; what was observed stands in `observation` until the next one.
  func judge(_ fuzzCase: FuzzCase) throws(StorageError) {
    observation.reset()
    image.bytes = fuzzCase.image.bytes
    countKind(of: fuzzCase)
    let report = try check(fuzzCase)
    let findings = report.findings
    lastFindings = findings
    // Without a forecast, what the checker found is the base for the rest.
    let truth = Truth(findings, fuzzCase.forecast)
    if target.probes { try probe(truth) }
    if target.opens { open(fuzzCase, truth) }
    if target.operates { operate(fuzzCase, report) }
    observation.count(.iterations)
  }

  private func countKind(of fuzzCase: FuzzCase) {
    switch fuzzCase.kind {
    case .untouched: observation.count(.untouched)
    case .breakage: observation.count(.breakage)
    case .aimless: observation.count(.aimless)
    case .blind: observation.count(.blind)
    }
    if case .corpus = fuzzCase.base { observation.count(.corpus) }
    if fuzzCase.kind != .untouched, !fuzzCase.isChanged { observation.count(.unchanged) }
    if fuzzCase.forecast != nil { observation.count(.forecast) }
  }
}

/// The rules that are broken in an image, as the base for what its reader owes.
struct Truth {
  /// Those for which probe refuses.
  let refusedByProbe: RuleSet
  /// Those for which open refuses.
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
