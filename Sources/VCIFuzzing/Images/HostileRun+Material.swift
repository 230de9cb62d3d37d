internal import PropertyEngine
public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension HostileRun {
  /// What became of images as material.
  public struct MaterialOutcome: Hashable, Sendable {
    /// How many there were.
    public var images = 0
    /// How many a plan is near to.
    public var planned = 0
    /// How many edits were drawn.
    public var edits = 0
    /// How many times something was forecast.
    public var forecasts = 0
    /// How many cases were made smaller.
    public var shrunk = 0
    /// How many recipes did not make the bytes that they were made of.
    public var differing = 0
  }

  /// Makes `count` images, takes each apart, and asks of what comes of it all that makes other
  /// images: every breakage, edits without an aim and blind ones, refit, forecasts, the recipe's
  /// text, and the steps that make a case smaller. The images from `start` on are made, so that a
  /// run can be cut in parts.
  ///
  /// - Throws: `CorpusError` where there is no corpus.
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

/// One image as material.
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

  /// Whether the recipe makes the bytes that it was made of; through its text, of long ones now and
  /// then.
  private func holds(_ recipe: Recipe) -> Bool {
    var read = Optional(recipe)
    if recipe.contents.count + recipe.edits.count < 100 || index % 16 == 0 {
      read = try? Recipe(parsing: recipe.description)
    }
    return read == recipe && read?.image().bytes.materialized(limit: .max) == bytes
  }

  /// Draws the breakages of each rule in the image as it is, and applies those of one.
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

  /// Breaks one rule after the other in an image that stays broken.
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
    // What is drawn now is drawn in an image that no plan and no single rule leads to.
    if let model = image.model {
      for rule in Rule.allCases { _ = Breakage.drawn(of: rule, in: model, from: &choices) }
    }
    forecast(image, [.refit], &outcome)
  }

  /// Makes a case of the image smaller, under a criterion that means nothing.
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
