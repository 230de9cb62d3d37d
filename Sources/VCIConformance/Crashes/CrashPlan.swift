internal import PropertyEngine
internal import VCICrashing
internal import VCIFormat
internal import VCIGenerators

/// A short workload whose crashes are looked at: an image to begin with, and steps.
struct CrashPlan: Sendable {
  enum Start: Sendable {
    /// An image that the program creates.
    case created(blocks: UInt64, isFixed: Bool)
    case image(ForeignStart)
  }

  var start: Start
  var steps: [WorkloadStep]
  /// The number of the flush of the file that the disk answers with an error, from 1 on; `nil` if
  /// it answers none so.
  var failingFlush: UInt64?

  /// What the workload begins with and its steps, in words.
  var words: String {
    "\(startWords): " + steps.map(\.words).joined(separator: "; ") + failingWords
  }

  /// What the workload begins with, and whether a flush fails, in words.
  var wordsWithoutSteps: String { startWords + failingWords }

  private var startWords: String {
    switch start {
    case .created(let blocks, let isFixed):
      "created by the program, \(isFixed ? "fixed" : "dynamic"), \(blocks) blocks"
    case .image(let start): start.words
    }
  }

  private var failingWords: String {
    failingFlush.map { "; flush \($0) of the file fails" } ?? ""
  }

  /// What workloads begin with, in turn.
  enum Kind: CaseIterable {
    case small, full, dirtyFull, split, shrink, large, fixed, dirtyShrink, tight, wide, least,
      dirtySmall, nearlyFull

    var isTight: Bool { self == .tight || self == .least }
  }

  /// Makes a workload in which no flush fails.
  init(_ start: Start, _ steps: [WorkloadStep]) {
    self.start = start
    self.steps = steps
  }

  /// Draws workload `index` of a seed for a program with these capabilities.
  init(seed: UInt64, index: UInt64, _ capabilities: Capabilities) {
    var random = RandomSource(seed: seed, index: index, stream: .crashes)
    let kinds = Kind.allCases
    let kind = kinds[Int(index % UInt64(kinds.count))]
    let round = index / UInt64(kinds.count)
    let start = Self.start(kind, isInherited: round % 4 == 1, capabilities, &random)
    self.start = start
    let flush = 1 + random.next() % 6
    if case .image = start, round % 4 == 3 { failingFlush = flush }
    var draft = CrashDraft(start, random, capabilities)
    draft.begin(kind)
    // In a small cache there is no room only after some steps.
    draft.draw(count: (2 + Int(round % 9)) * (kind.isTight ? 2 : 1))
    steps = draft.steps
  }

  private static func start(
    _ kind: Kind, isInherited: Bool, _ capabilities: Capabilities,
    _ random: inout RandomSource
  ) -> Start {
    let most = capabilities.mostBlocks ?? .max
    let blocks = kind == .tight ? 22 + random.next() % 18 : 24 + random.next() % 60
    let small = Start.created(blocks: min(most, blocks), isFixed: false)
    let hasTrees = capabilities.features.contains(.trees)
    let image: ForeignStart? =
      switch kind {
      case .small, .tight, .large, .fixed: nil
      case .full: ForeignStart(.full)
      case .least: ForeignStart(.least)
      case .wide: ForeignStart(.wide)
      case .split: hasTrees ? ForeignStart(.split) : nil
      case .nearlyFull:
        hasTrees ? ForeignStart(.split, closedAfter: [.write(1000, 64, version: 320)]) : nil
      case .shrink: hasTrees ? ForeignStart(.shrink) : nil
      case .dirtyFull: dirty(.full, isInherited, capabilities, &random)
      case .dirtySmall: dirty(.empty, isInherited, capabilities, &random)
      case .dirtyShrink: hasTrees ? dirty(.shrink, isInherited, capabilities, &random) : nil
      }
    if let image, image.blocks <= most { return .image(image) }
    switch kind {
    case .large: return .created(blocks: min(most, 320 + random.next() % 300), isFixed: false)
    case .fixed where capabilities.features.contains(.fixed):
      return .created(blocks: min(most, 40 + random.next() % 30), isFixed: true)
    default: return small
    }
  }

  /// An image that the reference was ended with, if the program opens such; what it wrote last is
  /// not durable if it `isInherited`.
  private static func dirty(
    _ image: CrashImage, _ isInherited: Bool, _ capabilities: Capabilities,
    _ random: inout RandomSource
  ) -> ForeignStart? {
    guard capabilities.features.contains(.recovery) else { return nil }
    var operations: [CacheOperation] = []
    for place in 0..<1 + random.next() % 3 {
      let block = BlockOffset(random.next() % 8 * 4)
      operations.append(
        random.next() % 3 == 0
          ? .discard(block, BlockCount(1 + random.next() % 9))
          : .write(block, BlockCount(1 + random.next() % 3), version: 300 + UInt32(place)))
    }
    return ForeignStart(image, endedAfter: operations, isInherited: isInherited)
  }
}

extension WorkloadStep {
  var words: String {
    switch self {
    case .operation(let operation): "\(operation)"
    case .setState(let uuid): "set-moduuid \(uuid)"
    }
  }
}

extension RandomStream {
  /// The workloads whose crashes are looked at.
  fileprivate static let crashes = RandomStream(rawValue: 19)
}
