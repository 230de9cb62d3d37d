internal import PropertyEngine
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// A workload for writers: an image to begin with, and operations.
struct WriterPlan {
  /// What the workload begins with.
  enum Start {
    /// An image that the program creates.
    case created(blocks: UInt64, isFixed: Bool)
    /// A valid image that has room to write.
    case image(Expectations)
  }

  let start: Start
  let operations: [CacheOperation]
  /// Whether the reference writes to the image between two opens of the program.
  let hasTurns: Bool

  /// What the workload begins with and the number of its operations, in words.
  var words: String {
    let image =
      switch start {
      case .created(let blocks, let isFixed):
        "created by the program, \(isFixed ? "fixed" : "dynamic"), \(blocks) blocks"
      case .image(let expected):
        "a valid image of \(expected.bytes.header.blocks) blocks, \(expected.bytes.size) bytes"
      }
    return "\(image); \(operations.count) operations" + (hasTurns ? ", in turns" : "")
  }

  /// The smallest caches, around borders of the bitmap, and larger ones.
  private static let sizes: [UInt64] = [
    21, 22, 29, 64, 120, 160, 512, 1000, 4095, 4096, 4097, 8192, 20_000, 40_000,
  ]

  init(start: Start, operations: [CacheOperation], hasTurns: Bool) {
    self.start = start
    self.operations = operations
    self.hasTurns = hasTurns
  }

  /// Draws workload `index` of a seed for a program with these capabilities.
  init(seed: UInt64, index: UInt64, _ capabilities: Capabilities) {
    var random = RandomSource(seed: seed, index: index, stream: .workloads)
    hasTurns = random.next() % 2 == 0
    let isWide = capabilities.features.contains(.wideDisks)
    if random.next() % 3 == 0, let image = Self.image(seed: seed, index, capabilities) {
      start = .image(image)
      let blocks = image.bytes.header.blocks.rawValue
      let edges = image.reads.map { reads in (0..<4).flatMap { reads.edges(of: $0) } } ?? []
      operations = Self.drawn(blocks, edges.map(\.rawValue), isWide, from: &random)
      return
    }
    let drawn = Self.sizes[Int(random.next() % UInt64(Self.sizes.count))]
    let blocks = min(drawn, capabilities.mostBlocks ?? drawn)
    let isFixed = random.next() % 4 == 0 && capabilities.features.contains(.fixed)
    start = .created(blocks: max(21, blocks), isFixed: isFixed)
    operations =
      switch index % 50 {
      case 7: Self.gapped(150, blocks)
      case 32: Self.gapped(1500, blocks)
      default: Self.drawn(blocks, [], isWide, from: &random)
      }
  }

  /// Draws a valid image that every writer must open.
  private static func image(
    seed: UInt64, _ index: UInt64, _ capabilities: Capabilities
  ) -> Expectations? {
    let choice = ImageChoice(seed: seed, kind: .valid, first: index &* 64, isWritable: true)
    var series = ImageSeries(choice, largest: 64 << 20, mostTried: 64)
    guard let image = try? series.image(isInterrupted: { false }),
      image.expected.answers.openForWriting.answers == [.taken],
      ImageTest("", image.expected).needs.allSatisfy(capabilities.features.contains)
    else { return nil }
    return image.expected
  }

  private static func drawn(
    _ blocks: UInt64, _ landmarks: [UInt64], _ isWide: Bool, from random: inout RandomSource
  ) -> [CacheOperation] {
    let workload = Workload.drawn(blocks: blocks, landmarks: landmarks, from: &random)
    return isWide ? workload.operations : workload.operations.filter { !$0.isWide }
  }

  /// Writes single blocks with gaps between them, so that each is an extent of its own. Every
  /// 64th of them is written once more, and then all are read.
  private static func gapped(_ count: UInt64, _ blocks: UInt64) -> [CacheOperation] {
    var operations: [CacheOperation] = []
    for index in 0..<count {
      operations.append(.write(BlockOffset(index * 2), 1, version: UInt32(index + 1)))
      if index % 64 == 63 {
        operations.append(.write(BlockOffset(index), 1, version: UInt32(count + index)))
      }
    }
    return operations + [.close, .read(0, BlockCount(min(2 * count, Workload.longestRequest)))]
  }
}

extension RandomStream {
  /// The workloads of writers of others.
  fileprivate static let workloads = RandomStream(rawValue: 17)
}

extension CacheOperation {
  /// Whether the operation is about blocks from 2^32 on.
  var isWide: Bool {
    switch self {
    case .write(let block, let count, version: _), .read(let block, let count),
      .discard(let block, let count):
      block.rawValue >= 1 << 32 || count.rawValue > (1 << 32) - block.rawValue
    case .flush, .close, .reopen: false
    }
  }
}
