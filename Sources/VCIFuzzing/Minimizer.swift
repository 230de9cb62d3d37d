internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Makes a failing case as small as it can be, as long as it fails in the same way.
///
/// First as few edits as possible, and those as simple as possible; then the smallest plan under
/// them, where an edit whose place is gone changes nothing; and again, until neither gets any
/// further.
struct Minimizer {
  /// The smallest case so far.
  private(set) var best: FuzzCase
  /// What the case is made from, without edits.
  private(set) var base: FuzzCase
  private let corpus: [CorpusImage]
  private let effort: ShrinkEffort
  private let fails: (FuzzCase) -> Bool

  /// How many attempts are made, where nobody says another number.
  static let attempts = 20_000

  /// Minimizes the case of `base` under `edits`; `fails` says whether a case still fails as it did.
  init(
    _ base: FuzzCase, edits: [Edit], corpus: [CorpusImage], effort: ShrinkEffort,
    fails: @escaping (FuzzCase) -> Bool
  ) {
    // A base may have edits of its own; they are as good as any to be left out.
    let plan = FuzzCase.base(
      base.base, Array(base.baseChoices.prefix(base.planChoices)), of: base.iteration, corpus)
    let plain = plan?.edited(by: base.advice + edits)
    self.base = base
    best = base.edited(by: edits)
    if let plan, let plain, plain.image.bytes == best.image.bytes {
      (self.base, best) = (plan, plain)
    }
    self.corpus = corpus
    self.effort = effort
    self.fails = fails
  }

  /// Minimizes until nothing gets any further, or no effort is left.
  mutating func run() {
    var before: ([Edit], [UInt64])
    repeat {
      before = (best.edits, best.baseChoices)
      shrinkEdits()
      shrinkBase()
    } while effort.isLeft && (best.edits != before.0 || best.baseChoices != before.1)
  }

  private mutating func shrinkEdits() {
    let (base, fails) = (base, fails)
    var edits = ListShrinker(best.edits, effort: effort) { fails(base.edited(by: $0)) }
    edits.shorten()
    let landmarks = Landmarks(base.image)
    edits.simplify { $0.simpler(in: landmarks) }
    edits.simplifyTogether(\.simplerTogether)
    best = base.edited(by: edits.best)
  }

  /// Shrinks what stands under the edits: each plan is tried under the edits as they are, then
  /// under those that stand in the same relation to its parts.
  private mutating func shrinkBase() {
    let (start, corpus, fails) = (best, corpus, fails)
    let base = base
    let landmarks = Landmarks(base.image)
    var plan = Shrinker(
      Shrinker.Candidate(record: base.baseChoices, value: (base: base, edited: best)),
      effort: effort
    ) { record in
      let remade = FuzzCase.base(base.base, record, of: base.iteration, corpus)
      guard let remade else { return nil }
      var edited = remade.edited(by: start.edits)
      if !fails(edited) {
        let other = Landmarks(remade.image)
        let moved = landmarks.moved(start.edits, to: other).filter { $0 != start.edits }
        guard let failing = moved.lazy.map({ remade.edited(by: $0) }).first(where: fails) else {
          return nil
        }
        edited = failing
      }
      return Shrinker.Candidate(record: remade.baseChoices, value: (remade, edited))
    }
    plan.run()
    (self.base, best) = plan.best.value
  }
}

extension FuzzCase {
  /// The case without edits that `choices` make; `nil` where they make none from `base`, nor from
  /// a plan.
  static func base(
    _ base: Base, _ choices: [UInt64], of iteration: UInt64, _ corpus: [CorpusImage]
  ) -> FuzzCase? {
    func remade(_ base: Base) -> FuzzCase? {
      CaseMaker.remake(
        iteration: iteration, base: base, baseChoices: choices, editChoices: [], corpus: corpus)
    }
    let made = remade(base) ?? (base == .plan ? nil : remade(.plan))
    return made?.edits.isEmpty == true ? made : nil
  }

  /// This case, which has no edits, under `edits`.
  func edited(by edits: [Edit]) -> FuzzCase {
    var image = image
    for edit in edits { image.apply(edit) }
    let isChanged = image.bytes != self.image.bytes
    return FuzzCase(
      iteration: iteration, base: base,
      kind: edits.isEmpty ? .untouched : edits.contains(where: \.isBlind) ? .blind : .breakage,
      edits: edits, baseChoices: baseChoices, editChoices: [], image: image,
      isChanged: isChanged,
      forecast: isChanged ? image.model.flatMap { Forecast($0) } : forecast,
      before: RuleSet(forecast?.findings.map(\.rule) ?? []))
  }
}
