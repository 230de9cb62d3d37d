internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Makes the cases of a seed.
///
/// Case *i* is a function of seed, *i* and corpus alone. A block of eight cases shares an image,
/// to spread the cost of making it. A large image takes much longer than others, so that only the
/// first case of a block has it. With target `all` every fourth block has operations, and some of
/// its cases a damaged sector in place of them; with target `ops` every block has operations.
struct CaseMaker {
  /// The number of consecutive cases that share an image.
  static let blockSize: UInt64 = 8
  /// With target `all`, the number of consecutive blocks of which exactly one has operations.
  private static let blocksForOperations: UInt64 = 4
  /// The number of consecutive cases that are dealt to a job at once. All such groups have as many
  /// blocks with operations, which take the longest; so they take about the same time.
  static let groupSize = 2 * blockSize * blocksForOperations

  private let seed: UInt64
  private let corpus: [CorpusImage]
  private let target: Target
  private var block: Block?
  private var editChoices: Choices

  /// The image that a block of cases shares.
  fileprivate struct Block {
    var index: UInt64
    var base: FuzzCase.Base
    var image: EditableImage
    var forecast: Forecast?
    /// The plan; `nil` for an image of the corpus.
    var plan: ImagePlan?
    /// The edits that break rules in the base, none of class corruption.
    var advice: [Edit] = []
    /// Whether a large image was drawn before this one, which the first case has.
    var isLighter = false
  }

  /// Makes the cases of `seed` for `target`. Some of them have images of `corpus`.
  init(seed: UInt64, target: Target, corpus: [CorpusImage]) {
    self.seed = seed
    self.target = target
    self.corpus = corpus
    editChoices = Choices(RandomSource(seed: seed, index: 0, stream: .edits))
  }

  /// Returns case `iteration`.
  mutating func make(_ iteration: UInt64) -> FuzzCase {
    let index = iteration / Self.blockSize
    let hasOperations = target == .ops || target == .all && index % Self.blocksForOperations == 0
    return hasOperations ? caseWithOperations(iteration) : caseWithoutOperations(iteration)
  }

  /// Returns a case without operations.
  private mutating func caseWithoutOperations(_ iteration: UInt64) -> FuzzCase {
    let block = block(of: iteration)
    editChoices.restart(with: RandomSource(seed: seed, index: iteration, stream: .edits))
    return Self.make(iteration, block, &editChoices)
  }

  private mutating func block(of iteration: UInt64) -> Block {
    let index = iteration / Self.blockSize
    let isFirst = iteration % Self.blockSize == 0
    if let block, block.index == index, isFirst ? !block.isLighter : !block.isLarge {
      return block
    }
    var choices = Choices(RandomSource(seed: seed, index: index, stream: .base))
    let drawn = Self.drawnBlock(index, isFirst: isFirst, corpus, &choices)
    block = drawn
    return drawn
  }

  private static func drawnBlock(
    _ index: UInt64, isFirst: Bool, _ corpus: [CorpusImage], _ choices: inout Choices
  ) -> Block {
    if choices.chance(1, in: 8), !corpus.isEmpty {
      let vector = choices.element(of: corpus)
      return Block(
        index: index, base: .corpus(vector),
        image: EditableImage(vector.bytes))
    }
    var plan = ImagePlan.drawn(from: &choices)
    var isLighter = false
    while plan.isLarge, !isFirst {
      plan = ImagePlan.drawn(from: &choices)
      isLighter = true
    }
    var valid = ValidImage(plan)
    valid.drawFlaws(from: &choices)
    return Block(
      index: index, base: .plan, image: valid.image, forecast: valid.forecast, plan: plan,
      advice: valid.flaws, isLighter: isLighter)
  }

  /// The rules that breakages break.
  static let scope = Rule.allCases

  /// Rules that few images can break, or that parts of different kinds can break in different ways.
  /// They are tried more often.
  private static let rare: [Rule] = [
    .treeDepth, .leavesLevel, .childWithinEntry, .entryWithinDisk, .mapAndRootInFile, .dataInFile,
    .mapApartFromRoot,
  ]
}

extension CaseMaker.Block {
  /// Whether the image takes many times longer than others.
  fileprivate var isLarge: Bool { plan?.isLarge ?? false }

  /// Whether operations on the image take no longer than on others: the writer makes a whole map.
  fileprivate var isOperable: Bool {
    guard let plan else { return true }
    return !isLarge && plan.blocks.rawValue < 1 << 31
      && plan.extents.allSatisfy { $0.blocks.rawValue < 1 << 14 }
  }
}

extension CaseMaker {
  /// Returns a case with operations. Half of the images are created, and half of the others are not
  /// edited, because an open for writing refuses most edited images.
  private mutating func caseWithOperations(_ iteration: UInt64) -> FuzzCase {
    var random = RandomSource(seed: seed, index: iteration, stream: .operations)
    let draw = random.next() % 16
    let fuzzCase: FuzzCase
    switch block(of: iteration).isOperable ? draw : 0 {
    case 0..<8: fuzzCase = FuzzCase(Self.created(&random), iteration: iteration)
    case 8..<12:
      // The simplest choices edit nothing.
      var choices = Choices(replaying: [])
      fuzzCase = Self.make(iteration, block(of: iteration), &choices)
    default: fuzzCase = caseWithoutOperations(iteration)
    }
    if target == .all, case .created(let created) = fuzzCase.base,
      let damaged = damaged(created, iteration, random)
    {
      return damaged
    }
    let landmarks = Self.landmarks(of: fuzzCase)
    let workload = Workload.drawn(
      blocks: fuzzCase.image.blocks, landmarks: landmarks, from: &random)
    var troubles = RandomSource(seed: seed, index: iteration, stream: .troubles)
    return fuzzCase.running(workload.troubled(from: &troubles))
  }

  /// Of how many workloads on created images one is followed by the damage of a sector, and by no
  /// comparison of the operations.
  private static let damagedOneIn: UInt64 = 8

  /// Returns the case of an image that has a sector of another time or place after its workload;
  /// `nil` for most iterations.
  private func damaged(
    _ created: CreatedImage, _ iteration: UInt64, _ operations: RandomSource
  ) -> FuzzCase? {
    var random = RandomSource(seed: seed, index: iteration, stream: .sectors)
    guard random.next() % Self.damagedOneIn == 0 else { return nil }
    var operations = operations
    let workload = Workload.drawn(blocks: created.blocks, landmarks: [], from: &operations)
    guard let damage = SectorDamage(of: workload, on: created, from: &random) else { return nil }
    var fuzzCase = FuzzCase(plan: damage.plan, iteration: iteration).edited(by: damage.edits)
    fuzzCase.kind = damage.kind
    return fuzzCase
  }

  private static func created(_ random: inout RandomSource) -> CreatedImage {
    let usual: [UInt64] = [21, 22, 30, 37, 64, 100, 240, 500, 1000, 4096, 4097, 8192]
    let draw = random.next()
    let blocks =
      draw % 2 == 0 ? usual[Int(draw >> 8 % UInt64(usual.count))] : 21 + draw >> 8 % 400
    return CreatedImage(blocks: blocks, type: draw >> 56 % 6 == 0 ? .fixed : .dynamic)
  }

  /// Returns the starts and ends of the first extents of the image.
  private static func landmarks(of fuzzCase: FuzzCase) -> [UInt64] {
    guard !fuzzCase.isCreated, let model = fuzzCase.image.model else { return [] }
    let edges = ReadForecast(model).extents.prefix(32).flatMap {
      [$0.offset.rawValue, $0.offset.rawValue &+ $0.blocks.rawValue]
    }
    return edges.filter { $0 < Format.diskEnd.rawValue }
  }

  private static func make(
    _ iteration: UInt64, _ block: Block, _ choices: inout Choices
  ) -> FuzzCase {
    var image = block.image
    let kind = drawnKind(block.base, &choices)
    var edits: [Edit] = []
    switch kind {
    case .untouched, .stale, .misdirected: break
    case .breakage:
      let isDeepest = block.plan?.depth == Format.maximumLevels
      for _ in 0..<count(&choices) { edits += breakage(of: &image, isDeepest, &choices) }
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
      image: image, isChanged: isChanged,
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

  /// Returns a number from one to three; one has the probability 4/7.
  private static func count(_ choices: inout Choices) -> Int {
    [1, 1, 1, 1, 2, 2, 3][choices.index(below: 7)]
  }

  /// Aims at a drawn mistake, or breaks the drawn rule, or the first rule after it that the image
  /// can break. Returns the edits. A tree of as many levels as there may be often gets one more.
  private static func breakage(
    of image: inout EditableImage, _ isDeepest: Bool, _ choices: inout Choices
  ) -> [Edit] {
    if choices.chance(1, in: 4), let model = image.model {
      let edits = choices.element(of: Mistake.all).aimed(at: model, from: &choices)
      for edit in edits { image.apply(edit) }
      if !edits.isEmpty { return edits }
    }
    let start = choices.index(below: scope.count)
    let isRare = choices.chance(1, in: 6)
    let isTooDeep = isDeepest && choices.chance(1, in: 4)
    let first = isTooDeep ? [.treeDepth] : isRare ? [choices.element(of: rare)] : []
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
