internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Makes the cases of a seed.
///
/// Case *i* is a function of seed, *i* and corpus alone. Sixteen cases in a row share an image, so
/// that making it costs little of each.
struct CaseMaker {
  /// How many cases in a row share an image.
  static let blockSize: UInt64 = 16

  private let seed: UInt64
  private let corpus: [CorpusImage]
  private var block: Block?
  private var editChoices: Choices

  /// The image that a block of cases shares.
  private struct Block {
    var index: UInt64
    var base: FuzzCase.Base
    var choices: [UInt64]
    var image: EditableImage
    var forecast: Forecast?
    /// The plan; `nil` of an image of the corpus.
    var plan: ImagePlan?
    /// The edits behind the plan that break advice.
    var advice: [Edit] = []
  }

  /// Makes cases of `seed`, some of them from images of `corpus`.
  init(seed: UInt64, corpus: [CorpusImage]) {
    self.seed = seed
    self.corpus = corpus
    editChoices = Choices(RandomSource(seed: seed, index: 0, lane: .edits))
  }

  /// Makes case `iteration`.
  mutating func make(_ iteration: UInt64) -> FuzzCase {
    let block = block(iteration / Self.blockSize)
    editChoices.restart(with: RandomSource(seed: seed, index: iteration, lane: .edits))
    return Self.make(iteration, block, &editChoices)
  }

  /// Makes a case again from the choices that were recorded of it; `nil` where it needs an image
  /// that `corpus` doesn't have.
  static func remake(
    iteration: UInt64, base: FuzzCase.Base, baseChoices: [UInt64], editChoices: [UInt64],
    corpus: [CorpusImage]
  ) -> FuzzCase? {
    var choices = Choices(replaying: baseChoices)
    let block = drawnBlock(0, corpus, &choices)
    guard block.base == base else { return nil }
    var edits = Choices(replaying: editChoices)
    return make(iteration, block, &edits)
  }

  private mutating func block(_ index: UInt64) -> Block {
    if let block, block.index == index { return block }
    var choices = Choices(RandomSource(seed: seed, index: index, lane: .base))
    let drawn = Self.drawnBlock(index, corpus, &choices)
    block = drawn
    return drawn
  }

  private static func drawnBlock(
    _ index: UInt64, _ corpus: [CorpusImage], _ choices: inout Choices
  ) -> Block {
    if choices.chance(1, in: 8), !corpus.isEmpty {
      let vector = choices.element(of: corpus)
      return Block(
        index: index, base: .corpus(vector.id), choices: choices.record,
        image: EditableImage(vector.bytes))
    }
    let plan = ImagePlan.drawn(from: &choices)
    var image = EditableImage(plan)
    let advice = choices.chance(1, in: 8) ? addAdvice(to: &image, &choices) : []
    return Block(
      index: index, base: .plan, choices: choices.record, image: image,
      forecast: image.model.flatMap { Forecast($0) }, plan: plan, advice: advice)
  }

  /// Breaks a rule or two that a valid image may break; answers the edits.
  private static func addAdvice(
    to image: inout EditableImage, _ choices: inout Choices
  ) -> [Edit] {
    var edits: [Edit] = []
    for _ in 0...choices.index(below: 2) {
      guard let model = image.model else { return edits }
      for edit in Breakage.drawn(of: choices.element(of: advice), in: model, from: &choices) {
        image.apply(edit)
        edits.append(edit)
      }
    }
    return edits
  }

  private static let advice = scope.filter { $0.ruleClass(dirty: false) == .advice }

  /// The rules that breakages break.
  static let scope = Rule.allCases

  /// Those that few images can break, so that they are tried more often than others.
  private static let rare: [Rule] = [.treeDepth, .leavesLevel, .childWithinEntry, .entryWithinDisk]
}

extension CaseMaker {
  private static func make(
    _ iteration: UInt64, _ block: Block, _ choices: inout Choices
  ) -> FuzzCase {
    var image = block.image
    let kind = drawnKind(block.base, &choices)
    var edits: [Edit] = []
    switch kind {
    case .untouched: break
    case .breakage:
      for _ in 0..<count(&choices) { edits += breakage(of: &image, &choices) }
    case .aimless:
      for _ in 0..<count(&choices) { edits += aimless(&image, &choices) }
    case .blind: edits = blind(&image, &choices)
    }
    if kind == .breakage || kind == .aimless, choices.chance(1, in: 3) {
      edits.append(.refit)
      image.apply(.refit)
    }
    let isChanged = image.bytes != block.image.bytes
    return FuzzCase(
      iteration: iteration, base: block.base, kind: kind, edits: edits,
      baseChoices: block.choices, editChoices: choices.record, image: image,
      isChanged: isChanged,
      forecast: isChanged ? image.model.flatMap { Forecast($0) } : block.forecast,
      before: RuleSet(block.forecast?.findings.map(\.rule) ?? []),
      plan: block.plan, advice: block.advice)
  }

  private static func drawnKind(
    _ base: FuzzCase.Base, _ choices: inout Choices
  ) -> FuzzCase.Kind {
    let draw = choices.number(upTo: 15)
    guard base == .plan else { return draw == 0 ? .untouched : .blind }
    return switch draw {
    case 0: .untouched
    case 1...10: .breakage
    case 11...12: .aimless
    default: .blind
    }
  }

  /// One to three, one more often than not.
  private static func count(_ choices: inout Choices) -> Int {
    [1, 1, 1, 1, 2, 2, 3][choices.index(below: 7)]
  }

  /// Breaks a rule: the one that is drawn, or the first after it that the image can break.
  private static func breakage(
    of image: inout EditableImage, _ choices: inout Choices
  ) -> [Edit] {
    let start = choices.index(below: scope.count)
    let isRare = choices.chance(1, in: 8)
    let first = isRare ? [choices.element(of: rare)] : []
    for rule in first + scope[start...] + scope[..<start] {
      guard let model = image.model else { return [] }
      let edits = Breakage.drawn(of: rule, in: model, from: &choices)
      for edit in edits { image.apply(edit) }
      if !edits.isEmpty { return edits }
    }
    return []
  }

  private static func aimless(
    _ image: inout EditableImage, _ choices: inout Choices
  ) -> [Edit] {
    guard let model = image.model else { return [] }
    let edits = Breakage.aimless(in: model, from: &choices)
    for edit in edits { image.apply(edit) }
    return edits
  }

  private static func blind(
    _ image: inout EditableImage, _ choices: inout Choices
  ) -> [Edit] {
    let edits = BlindMutation.drawn(on: image.bytes, from: &choices)
    for edit in edits { image.apply(edit) }
    return edits
  }
}
