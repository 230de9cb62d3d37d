internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Makes a failing case as small as it can be, as long as it fails in the same way.
///
/// First as few operations as possible, where there are some; then as few edits as possible, and
/// those as simple as possible; then the smallest plan under them, where an edit whose place is
/// gone changes nothing; and again, until none gets any further.
struct Minimizer {
  /// The smallest case so far.
  var best: FuzzCase
  /// What the case is made from, without edits.
  var base: FuzzCase
  let effort: ShrinkEffort
  let fails: (FuzzCase) -> Bool
  /// The operations under which every case is tried; `nil` where there are none.
  let operations: TriedOperations?

  /// How many attempts are made, where nobody says another number.
  static let attempts = 20_000

  /// Minimizes the case of `base` under `edits`; `fails` says whether a case still fails as it did.
  init(
    _ base: FuzzCase, edits: [Edit], workload: Workload? = nil, effort: ShrinkEffort,
    fails: @escaping (FuzzCase) -> Bool
  ) {
    self.base = base
    best = base.edited(by: edits).under(workload)
    self.effort = effort
    let operations = workload.map { TriedOperations($0) }
    self.operations = operations
    // Edits and plans make cases without operations.
    self.fails = { fails($0.under(operations?.workload)) }
  }

  /// Minimizes until nothing gets any further, or no effort is left.
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
    best = best.under(operations?.workload)
  }

  /// What is compared of a case, to see whether it got any smaller.
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

  /// Makes a case that stands on bytes one that stands on a plan, where they can be told by one.
  ///
  /// What is found may need that nothing is forecast: then an edit without an effect sees to that.
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
    let landmarks = Landmarks(base)
    var edits = ListShrinker(best.edits, effort: effort) { fails(base.edited(by: $0)) }
    edits.shorten()
    edits.expand { landmarks.allNames(for: $0) }
    edits.simplify { $0.simpler(in: landmarks) }
    edits.simplifyTogether(\.simplerTogether)
    best = base.edited(by: edits.best)
  }

  private mutating func shrinkPlan() {
    guard var shrinker = PlanShrinker(best, effort: effort, fails: fails) else { return }
    shrinker.run()
    best = shrinker.best
    if let plan = best.plan { base = FuzzCase(plan: plan, iteration: base.iteration) }
  }

  /// Puts the simplest edit of one of the smallest plans in place of all edits, where that fails
  /// and is simpler; or the simplest edit of the same plan.
  private mutating func trySingleEdits() {
    guard let plan = best.plan, !best.edits.isEmpty else { return }
    for other in ImagePlan.smallest where best.edits.count > 1 || other.isSmaller(than: plan) {
      let base = FuzzCase(plan: other, iteration: base.iteration)
      if trySingle(Landmarks(base).simplestEdits, of: base) { return }
    }
    let landmarks = Landmarks(base)
    switch best.edits.count == 1 ? best.edits[0] : .refit {
    case .clear, .poke, .toggle, .resize, .reshape: return
    case .change: _ = trySingle(landmarks.simplestChanges, of: base)
    case .refit, .raw: _ = trySingle(landmarks.simplestEdits, of: base)
    }
  }

  /// Whether one of `edits` of `base` fails, before it comes to the only one so far.
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
