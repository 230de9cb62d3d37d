public import SystemPackage
internal import PropertyEngine
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Which mistakes of a reader or a checker are told by which images.
///
/// A reader or a checker with each mistake is asked of each image, and what it answers is compared
/// with what the image's forecast allows.
public struct MistakeSurvey {
  /// The image that tells a mistake, and how.
  struct Witness {
    let image: String
    let parting: Parting
  }

  /// The first witness of each mistake, by its index in `Mistake.all`.
  private(set) var witnesses: [Witness?] = Array(repeating: nil, count: Mistake.all.count)
  /// Images on which a program without a mistake answers wrongly; a fault of this suite.
  public private(set) var faults: [String] = []

  /// Makes a survey of no image.
  public init() {}

  /// Adds the vectors of the corpus at `path`.
  ///
  /// - Throws: `CorpusError` if a recipe cannot be read.
  public mutating func addCorpus(_ path: FilePath) throws {
    // The smallest first: what one of them tells is not asked of the others.
    let vectors = try CorpusBuilder.recipes(in: path).map { try BuiltVector(reading: $0) }
      .enumerated().sorted { ($0.1.image.bytes.size, $0.0) < ($1.1.image.bytes.size, $1.0) }
    for (_, built) in vectors {
      let interrogation = Interrogation(
        built.image.bytes, built.staged, ReadForecast(built.image.bytes))
      add(interrogation, built.recipe.front.id)
    }
  }

  /// Adds the edited images of a campaign's iterations of `seed` that have a forecast.
  public mutating func addEdited(_ iterations: Range<UInt64>, seed: UInt64) {
    var maker = CaseMaker(seed: seed, target: .check, corpus: [])
    for iteration in iterations {
      let fuzzCase = maker.make(iteration)
      guard let interrogation = Self.interrogation(of: fuzzCase) else { continue }
      add(interrogation, "\(seed)-\(iteration)")
    }
  }

  /// Looks for an image that tells each mistake that no image tells yet, makes it as small as it
  /// can, and shows its recipe. For each mistake `draws` images are drawn and edited.
  public mutating func find(
    draws: Int, seed: UInt64, show: (_ recipe: String) -> Void
  ) {
    for (index, mistake) in Mistake.all.enumerated()
    where witnesses[index] == nil && mistake.reason == nil {
      guard let start = Self.drawn(for: mistake, draws: draws, seed: seed, index) else { continue }
      var minimizer = Minimizer(
        start.unedited, edits: start.edits, effort: ShrinkEffort(limit: 4000)
      ) { Self.isTold(mistake, by: $0) }
      minimizer.run()
      let best = minimizer.best
      guard let interrogation = Self.interrogation(of: best) else { continue }
      add(interrogation, "found-\(index)")
      show("# \(mistake)\n\(StoredCase.recipe(of: best))")
    }
  }

  private static func drawn(
    for mistake: Mistake, draws: Int, seed: UInt64, _ index: Int
  ) -> FuzzCase? {
    for draw in 0..<draws {
      let random = RandomSource(seed: seed, index: UInt64(index << 20 | draw), stream: .mistakes)
      var choices = Choices(random)
      let plan = ImagePlan.drawn(from: &choices)
      let base = FuzzCase(plan: plan, iteration: 0)
      guard plan.nodes.count < 300, let model = base.image.model else { continue }
      let edits = mistake.aimed(at: model, from: &choices)
      guard !edits.isEmpty || mistake.rule == nil else { continue }
      let fuzzCase = base.edited(by: edits)
      if isTold(mistake, by: fuzzCase) { return fuzzCase }
    }
    return nil
  }

  private static func interrogation(of fuzzCase: FuzzCase) -> Interrogation? {
    guard let model = fuzzCase.image.model, let forecast = fuzzCase.forecast else { return nil }
    return Interrogation(fuzzCase.image.bytes, forecast.staged, ReadForecast(model))
  }

  private static func isTold(_ mistake: Mistake, by fuzzCase: FuzzCase) -> Bool {
    guard let interrogation = interrogation(of: fuzzCase) else { return false }
    return interrogation.parting(from: nil) == nil && interrogation.parting(from: mistake) != nil
  }

  private mutating func add(_ interrogation: Interrogation, _ image: String) {
    if let parting = interrogation.parting(from: nil) {
      faults.append("\(image): \(parting)")
      return
    }
    for (index, mistake) in Mistake.all.enumerated() where witnesses[index] == nil {
      guard let parting = interrogation.parting(from: mistake) else { continue }
      witnesses[index] = Witness(image: image, parting: parting)
    }
  }

  /// The number of mistakes, of those that some image tells, and of those that none can tell.
  public var counts: (mistakes: Int, told: Int, impossible: Int) {
    (
      Mistake.all.count, witnesses.count { $0 != nil },
      zip(Mistake.all, witnesses).count { $0.reason != nil && $1 == nil }
    )
  }

  /// The mistakes that some image tells although a reason says that none can.
  public var contradictions: [String] {
    zip(Mistake.all, witnesses).filter { $0.reason != nil && $1 != nil }
      .map { "\($0): told by \($1?.image ?? "")" }
  }
}
