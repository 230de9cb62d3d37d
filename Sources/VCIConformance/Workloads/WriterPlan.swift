internal import PropertyEngine
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// A workload for writers: an image to begin with, and steps.
struct WriterPlan {
  /// What the workload begins with.
  enum Start {
    /// An image that the program creates.
    case created(blocks: UInt64, isFixed: Bool)
    /// A valid image that has room to write.
    case image(Expectations)
  }

  let kind: WorkloadKind
  var start: Start
  var steps: [WorkloadStep]
  /// Whether the reference writes to the image between two opens of the program.
  var hasTurns: Bool
  /// The bytes by which the file may grow after it was made; `nil` if there is no limit.
  var growth: UInt64?

  /// What the workload begins with and the number of its steps, in words.
  var words: String { "\(startWords); \(steps.count) steps" + conditions }

  /// What the workload begins with, in words.
  private var startWords: String {
    switch start {
    case .created(let blocks, let isFixed):
      "created by the program, \(isFixed ? "fixed" : "dynamic"), \(blocks) blocks"
    case .image(let expected):
      "a valid image of \(expected.bytes.header.blocks) blocks, \(expected.bytes.size) bytes"
    }
  }

  /// What holds beside the steps, in words.
  private var conditions: String {
    (hasTurns ? ", in turns" : "") + (growth.map { ", and \($0) bytes of space" } ?? "")
  }

  /// What the workload begins with, and what holds beside its steps, in words.
  var wordsWithoutSteps: String { startWords + conditions }

  /// The workload that writes more extents than any other of the first 300.
  private static let longest: UInt64 = 227

  /// The steps that are operations.
  var operations: [CacheOperation] {
    steps.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
  }

  /// Draws workload `index` of a seed for a program with these capabilities.
  init(seed: UInt64, index: UInt64, _ capabilities: Capabilities) {
    var random = RandomSource(seed: seed, index: index, stream: .workloads)
    let isWide = capabilities.features.contains(.wideDisks)
    let kind = WorkloadKind.ofWorkload(index)
    self.kind = kind.needsWideDisk && !isWide ? .mixed : kind
    hasTurns = random.next() % 2 == 0 && kind != .limited
    growth = kind == .limited ? (64 + random.next() % 512) * Format.blockSize : nil
    start = Self.start(self.kind, seed: seed, index, capabilities, &random)
    var script = Self.script(start, random)
    if index % 300 == Self.longest {
      script.fill(15_000)
    } else {
      script.draw(self.kind)
    }
    steps = script.steps.compactMap { step in
      switch step {
      case .operation(let operation):
        isWide ? step : operation.onNarrowDisk.map { .operation($0) }
      case .setState: capabilities.has("set-moduuid") ? step : nil
      }
    }
  }

  /// Returns a script that knows what the image has.
  private static func script(_ start: Start, _ random: RandomSource) -> WorkloadScript {
    switch start {
    case .created(let blocks, _): return WorkloadScript(blocks: blocks, random)
    case .image(let image):
      let runs = image.reads?.extents.map {
        $0.offset.rawValue..<$0.offset.rawValue + $0.blocks.rawValue
      }
      return WorkloadScript(
        blocks: image.bytes.header.blocks.rawValue, runs: runs ?? [],
        borders: image.reads?.borders.map(\.rawValue).sorted() ?? [], random)
    }
  }

  private static func start(
    _ kind: WorkloadKind, seed: UInt64, _ index: UInt64, _ capabilities: Capabilities,
    _ random: inout RandomSource
  ) -> Start {
    if index % 300 != longest, let image = image(kind, seed: seed, index, capabilities, &random) {
      return .image(image)
    }
    let drawn = kind.sizes[Int(random.next() % UInt64(kind.sizes.count))]
    let blocks = min(index % 300 == longest ? 80_000 : drawn, capabilities.mostBlocks ?? .max)
    let isFixed =
      random.next() % 4 == 0 && capabilities.features.contains(.fixed) && kind != .limited
    return .created(blocks: max(21, blocks), isFixed: isFixed)
  }

  /// Draws an image that the program must open for writing; `nil` if the workload creates one.
  private static func image(
    _ kind: WorkloadKind, seed: UInt64, _ index: UInt64, _ capabilities: Capabilities,
    _ random: inout RandomSource
  ) -> Expectations? {
    let isDirty = kind == .dirty && capabilities.features.contains(.recovery)
    let shapes = kind.shapes.filter {
      !$0.isTree || capabilities.features.contains(.trees)
    }
    if kind == .mixed {
      return random.next() % 3 == 0 ? anyImage(seed: seed, index, capabilities) : nil
    }
    guard !shapes.isEmpty else { return nil }
    var choices = Choices(RandomSource(seed: seed, index: index, stream: .starts))
    for _ in 0..<mostDrawn {
      let shape = choices.element(of: shapes)
      let room = choices.element(of: kind.rooms)
      let image = EditableImage(.drawn(shape, room, isDirty: isDirty, from: &choices))
      if let expected = try? Expectations(image, Checker()), takes(expected, capabilities) {
        return expected
      }
    }
    return nil
  }

  private static let mostDrawn = 4

  /// Draws one of all valid images.
  private static func anyImage(
    seed: UInt64, _ index: UInt64, _ capabilities: Capabilities
  ) -> Expectations? {
    let choice = ImageChoice(seed: seed, kind: .valid, first: index &* 64, isWritable: true)
    var series = ImageSeries(choice, largest: 64 << 20, mostTried: 64)
    guard let image = try? series.image(isInterrupted: { false })?.expected,
      takes(image, capabilities)
    else { return nil }
    return image
  }

  /// Whether a program with these capabilities must open the image for writing.
  static func takes(_ image: Expectations, _ capabilities: Capabilities) -> Bool {
    let answers = image.answers.openForWriting.answers
    let isMended = capabilities.features.contains(.recovery) && answers == [.taken, .refused]
    return (answers == [.taken] || isMended)
      && image.bytes.header.blocks.rawValue <= capabilities.mostBlocks ?? .max
      && ImageTest("", image).needs.allSatisfy(capabilities.features.contains)
  }
}

extension WorkloadKind {
  /// Whether nothing is left of it for a program that takes no blocks from 2^32 on.
  fileprivate var needsWideDisk: Bool { self == .spans || self == .windows }

  /// The sizes of images that are created. The mixed ones are the smallest, those around borders of
  /// the bitmap, and larger ones.
  fileprivate var sizes: [UInt64] {
    switch self {
    case .mixed, .dirty, .deep, .tight:
      [21, 22, 29, 64, 120, 160, 512, 1000, 4095, 4096, 4097, 8192, 20_000, 40_000]
    case .gapped: [512, 1000, 4095, 4096, 40_000]
    case .thinned, .spans, .diskEnd, .windows, .loose: [1000, 4096, 8192]
    case .bitmap: [8192, 12_288, 16_384, 12_289]
    case .large: [21, 22, 40, 64, 120, 300]
    case .limited: [4096, 8192]
    }
  }

  /// The shapes of images to begin with; none if the program creates the image.
  fileprivate var shapes: [StartShape] {
    switch self {
    case .dirty: StartShape.allCases
    case .mixed, .gapped, .thinned, .bitmap, .large, .diskEnd, .limited: []
    case .deep: [.deep, .chain, .fullLeaves, .chain, .fullRoot, .fullLevels]
    case .tight: [.fullLeaf, .fullLeaves, .fullLeaf]
    case .spans: [.fullLeaves, .deep, .fullRoot]
    case .windows: [.windows]
    case .loose: [.loose]
    }
  }
}

extension WorkloadKind {
  /// How many blocks may be free in images to begin with.
  fileprivate var rooms: [StartRoom] {
    switch self {
    case .tight: [.least]
    case .windows, .loose: [.much]
    case .mixed, .gapped, .thinned, .deep, .bitmap, .large, .dirty, .spans, .diskEnd, .limited:
      StartRoom.allCases
    }
  }
}

extension RandomStream {
  /// The workloads of writers of others, and the images with which they begin.
  fileprivate static let workloads = RandomStream(rawValue: 17)
  fileprivate static let starts = RandomStream(rawValue: 18)
}

extension CacheOperation {
  private static let narrowEnd: UInt64 = 1 << 32

  /// Whether the operation is about blocks from 2^32 on.
  var isWide: Bool {
    switch self {
    case .write(let block, let count, version: _), .read(let block, let count),
      .discard(let block, let count):
      block.rawValue >= Self.narrowEnd || count.rawValue > Self.narrowEnd - block.rawValue
    case .flush, .close, .reopen, .crash, .fail: false
    }
  }

  /// The operation for a program that takes no blocks from 2^32 on: of a discard the part before
  /// them; `nil` if there is none.
  var onNarrowDisk: CacheOperation? {
    guard isWide else { return self }
    guard case .discard(let block, _) = self, block.rawValue < Self.narrowEnd else { return nil }
    return .discard(block, BlockCount(Self.narrowEnd - block.rawValue))
  }
}
