internal import PropertyEngine
public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension HostileRun {
  /// The counts of a run.
  public struct MaterialOutcome: Hashable, Sendable {
    /// The number of images.
    public var images = 0
    /// The number of images that could be disassembled to a plan.
    public var planned = 0
    /// The number of edits drawn.
    public var edits = 0
    /// The number of forecasts.
    public var forecasts = 0
    /// The number of cases that were minimized.
    public var shrunk = 0
    /// The number of recipes that did not make the bytes that they were made from.
    public var differing = 0
  }

  /// Disassembles `count` hostile images, and runs all functions on them that make images from
  /// images: every breakage, aimless and blind edits, refit, forecasts, the text of the recipe, and
  /// the steps of the minimizer. Returns the counts.
  ///
  /// The first image has the index `start`, so that a run can be split into parts.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read.
  public func runMaterial(
    _ count: Int, from start: UInt64 = 0, corpus: FilePath?
  ) throws -> MaterialOutcome {
    let images = try corpus.map { try Corpus(reading: $0).entries.map(\.bytes) } ?? []
    let material = HostileMaterial(corpus: images)
    var outcome = MaterialOutcome()
    for index in start..<start + UInt64(count) {
      var choices = Choices(RandomSource(seed: seed, index: index, stream: .edits))
      let bytes = material.drawn(from: &choices)
      outcome.images += 1
      MaterialTrial(bytes, index: index).run(&outcome, &choices)
    }
    return outcome
  }
}

/// One image of the run.
private struct MaterialTrial {
  private let bytes: [UInt8]
  private let index: UInt64

  init(_ bytes: [UInt8], index: UInt64) {
    (self.bytes, self.index) = (bytes, index)
  }

  func run(_ outcome: inout HostileRun.MaterialOutcome, _ choices: inout Choices) {
    guard let recipe = try? Disassembly.recipe(of: SparseImage(SparseBytes(bytes))) else { return }
    if !holds(recipe) { outcome.differing += 1 }
    _ = ExactReads(SparseBytes(bytes)).answer(at: BlockOffset(choices.number(upTo: 64)), count: 8)
    guard let plan = recipe.plan else { return }
    outcome.planned += 1
    _ = plan.traits
    let image = recipe.namedImage
    breakOne(image, &outcome, &choices)
    breakAll(image, &outcome, &choices)
    shrink(&outcome, &choices)
  }

  /// Returns whether the recipe makes the bytes that it was made from. It is parsed again from its
  /// text; a long recipe only for every sixteenth image.
  private func holds(_ recipe: Recipe) -> Bool {
    var read = Optional(recipe)
    if recipe.contents.count + recipe.edits.count < 100 || index % 16 == 0 {
      read = try? Recipe(parsing: recipe.description)
    }
    return read == recipe && read?.image().bytes.materialized(limit: .max) == bytes
  }

  /// Draws the breakages of each rule in the unchanged image, and applies those of one rule.
  private func breakOne(
    _ image: EditableImage, _ outcome: inout HostileRun.MaterialOutcome, _ choices: inout Choices
  ) {
    guard let model = image.model else { return }
    let chosen = choices.element(of: Rule.allCases)
    for rule in Rule.allCases {
      let edits = Breakage.drawn(of: rule, in: model, from: &choices)
      outcome.edits += edits.count
      if rule == chosen { forecast(image, edits, &outcome) }
    }
    forecast(image, Breakage.aimless(in: model, from: &choices), &outcome)
    forecast(image, [.refit], &outcome)
    forecast(image, BlindMutation.drawn(on: image.bytes, from: &choices), &outcome)
  }

  private func forecast(
    _ image: EditableImage, _ edits: [Edit], _ outcome: inout HostileRun.MaterialOutcome
  ) {
    var edited = image
    for edit in edits { edited.apply(edit) }
    outcome.edits += edits.count
    guard let model = edited.model else { return }
    outcome.forecasts += 1
    _ = Forecast(model)
    let forecast = ReadForecast(model)
    if forecast.count > 0 { _ = forecast.edges(of: Int(index % UInt64(forecast.count))) }
    _ = WriterRoom(model)
  }

  /// Breaks one rule after the other in the same image.
  private func breakAll(
    _ image: EditableImage, _ outcome: inout HostileRun.MaterialOutcome, _ choices: inout Choices
  ) {
    var image = image
    for _ in 0..<8 {
      guard let model = image.model else { return }
      let rule = choices.element(of: Rule.allCases)
      let edits =
        choices.chance(1, in: 4)
        ? Breakage.aimless(in: model, from: &choices)
        : Breakage.drawn(of: rule, in: model, from: &choices)
      for edit in edits { image.apply(edit) }
      outcome.edits += edits.count
    }
    // The breakages are now drawn in an image that no plan and no single breakage makes.
    if let model = image.model {
      for rule in Rule.allCases { _ = Breakage.drawn(of: rule, in: model, from: &choices) }
    }
    forecast(image, [.refit], &outcome)
  }

  /// Minimizes a case of the image, with a random criterion.
  private func shrink(
    _ outcome: inout HostileRun.MaterialOutcome, _ choices: inout Choices
  ) {
    let stored = FuzzCase(CorpusImage(id: "material", bytes: bytes), iteration: index)
    guard let (base, edits) = stored.disassembled else { return }
    let places = ImagePlaces(base)
    for edit in edits.prefix(4) {
      _ = edit.simpler(in: places)
      _ = places?.allNames(for: edit)
    }
    _ = Array(edits.prefix(6)).simplerTogether
    var random = RandomSource(seed: index, index: index, stream: .operations)
    let effort = ShrinkEffort(limit: index % 128 == 0 ? 200 : 4)
    var minimizer = Minimizer(base, edits: Array(edits.prefix(40)), effort: effort) { _ in
      random.next() % 3 == 0
    }
    minimizer.run()
    outcome.shrunk += 1
    guard let plan = minimizer.best.plan else { return }
    _ = try? Recipe(parsing: Recipe(base: .plan(plan), edits: minimizer.best.edits).description)
  }
}
