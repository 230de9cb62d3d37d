internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Makes a failing case as small as possible while it fails in the same way.
///
/// The passes remove and simplify operations, remove and simplify edits, and shrink the plan. They
/// repeat until none makes progress. An edit whose place no longer exists changes nothing.
struct Minimizer {
  /// The smallest case so far.
  var best: FuzzCase
  /// The base of the case: the case without edits.
  var base: FuzzCase
  let effort: ShrinkEffort
  let fails: (FuzzCase) -> Bool
  /// The operations of every case that is tried; `nil` if there are none.
  let operations: TriedOperations?

  /// The default limit of attempts.
  static let attempts = 20_000

  /// Makes a minimizer for `base` with `edits` applied. `fails` returns whether a case still fails
  /// in the same way.
  init(
    _ base: FuzzCase, edits: [Edit], workload: Workload? = nil, effort: ShrinkEffort,
    fails: @escaping (FuzzCase) -> Bool
  ) {
    self.base = base
    best = base.edited(by: edits).running(workload)
    self.effort = effort
    let operations = workload.map { TriedOperations($0) }
    self.operations = operations
    // The passes over edits and plans make cases without operations, so they are added here.
    self.fails = { fails($0.running(operations?.workload)) }
  }

  /// Minimizes the case until no pass makes progress, or no effort is left.
  mutating func run() {
    shortenOperations()
    findCreated()
    if !best.isCreated { findPlan() }
    var before: Measured
    repeat {
      before = measured
      if !best.isCreated { shrinkImage() }
      shrinkOperations()
    } while effort.isLeft && measured != before
    best = best.running(operations?.workload)
  }

  /// The parts of a case that are compared to find out whether a pass made progress.
  private struct Measured: Equatable {
    let base: FuzzCase.Base
    let edits: [Edit]
    let plan: ImagePlan?
    let workload: Workload?
  }

  private var measured: Measured {
    Measured(
      base: best.base, edits: best.edits, plan: best.plan, workload: operations?.workload)
  }

  private mutating func shrinkImage() {
    var before: Measured
    repeat {
      before = measured
      shrinkEdits()
      shrinkPlan()
      if measured == before { trySingleEdits() }
    } while effort.isLeft && measured != before
  }

  /// Replaces a base of bytes by a plan and edits that make the same bytes, if there are such.
  ///
  /// If the case no longer fails, it is tried without a forecast too: a blind edit without effect
  /// removes the forecast.
  private mutating func findPlan() {
    guard let (base, edits) = base.disassembled else { return }
    let unseen = Edit.raw(offset: 0, [UInt8(truncatingIfNeeded: Header.signature)])
    for blinds in [[], [unseen]] {
      guard effort.spend() else { return }
      let planned = base.edited(by: edits + best.edits + blinds)
      guard planned.holds(best.image), fails(planned) else { continue }
      return (self.base, best) = (base, planned)
    }
  }

  private mutating func shrinkEdits() {
    let (base, fails) = (base, fails)
    let places = ImagePlaces(base)
    var edits = ListShrinker(best.edits, effort: effort) { fails(base.edited(by: $0)) }
    edits.shorten()
    edits.expand { places?.allNames(for: $0) ?? [] }
    edits.simplify { $0.simpler(in: places) }
    edits.simplifyTogether(\.simplerTogether)
    best = base.edited(by: edits.best)
  }

  private mutating func shrinkPlan() {
    guard var shrinker = PlanShrinker(best, effort: effort, fails: fails) else { return }
    shrinker.run()
    best = shrinker.best
    if let plan = best.plan { base = FuzzCase(plan: plan, iteration: base.iteration) }
  }

  /// Tries a single edit instead of all edits: first on smaller plans, then on the same plan.
  private mutating func trySingleEdits() {
    guard let plan = best.plan, !best.edits.isEmpty else { return }
    for other in ImagePlan.smallest where best.edits.count > 1 || other.isSmaller(than: plan) {
      let base = FuzzCase(plan: other, iteration: base.iteration)
      if let places = ImagePlaces(base), trySingle(places.simplestEdits, of: base) { return }
    }
    guard let places = ImagePlaces(base) else { return }
    switch best.edits.count == 1 ? best.edits[0] : .refit {
    case .clear, .poke, .toggle, .resize, .reshape, .move: return
    case .change: _ = trySingle(places.simplestChanges, of: base)
    case .refit, .raw: _ = trySingle(places.simplestEdits, of: base)
    }
  }

  /// Tries each of `edits` alone on `base`, and keeps the first that fails. Returns whether there
  /// is one. It stops at the current edit if that is the only one.
  private mutating func trySingle(_ edits: [Edit], of base: FuzzCase) -> Bool {
    for edit in edits {
      if base.plan == best.plan, best.edits == [edit] { return false }
      guard effort.spend() else { return false }
      let fuzzCase = base.edited(by: [edit])
      guard fails(fuzzCase) else { continue }
      (self.base, best) = (base, fuzzCase)
      return true
    }
    return false
  }
}
