internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// A step of a workload.
enum WorkloadStep: Hashable {
  case operation(CacheOperation)
  /// Stores the modification UUID of the disk.
  case setState(ImageUUID)
}

/// The steps of a workload that is being drawn, and what is likely to be cached.
struct WorkloadScript {
  private(set) var steps: [WorkloadStep] = []
  /// The size of the cache.
  let blocks: UInt64
  /// The runs of blocks that were cached at first or were written, in the order of the disk.
  private(set) var runs: [Range<UInt64>]
  /// The disk blocks at which the ranges of nodes begin and end.
  let borders: [UInt64]
  private var version: UInt32 = 0
  private var random: RandomSource

  init(
    blocks: UInt64, runs: [Range<UInt64>] = [], borders: [UInt64] = [], _ random: RandomSource
  ) {
    self.blocks = blocks
    self.runs = runs
    self.borders = borders
    self.random = random
  }

  mutating func index(below count: Int) -> Int {
    Int(random.next().multipliedFullWidth(by: UInt64(count)).high)
  }

  mutating func chance(_ times: Int, in of: Int) -> Bool { index(below: of) < times }

  mutating func element<Element>(of options: [Element]) -> Element {
    options[index(below: options.count)]
  }

  /// Returns up to `count` of the options, in their order.
  mutating func sample<Element>(_ count: Int, of options: [Element]) -> [Element] {
    guard options.count > count else { return options }
    let start = index(below: options.count)
    let step = max(1, options.count / count)
    return (0..<count).map { (start + $0 * step) % options.count }.sorted().map { options[$0] }
  }

  mutating func drawnState() -> ImageUUID {
    ImageUUID(high: random.next(), low: random.next())
  }

  /// Draws a little of everything near what is cached.
  mutating func addMixed() {
    let landmarks = sample(32, of: runs).flatMap { [$0.lowerBound, $0.upperBound] }
    let near = landmarks.filter { $0 < Format.diskEnd.rawValue }
    for operation in Workload.drawn(blocks: blocks, landmarks: near, from: &random).operations {
      guard case .write(let block, let count, version: _) = operation else {
        add(operation)
        continue
      }
      // No two writes of a workload have the same version.
      write(block.rawValue, count.rawValue)
    }
  }

  mutating func add(_ operation: CacheOperation) { steps.append(.operation(operation)) }

  mutating func setState() { steps.append(.setState(drawnState())) }

  /// Writes blocks. They are noted as cached if that is likely.
  mutating func write(_ block: UInt64, _ count: UInt64) {
    version += 1
    add(.write(BlockOffset(block), BlockCount(count), version: version))
    let (end, overflow) = block.addingReportingOverflow(count)
    guard !overflow, end <= Format.diskEnd.rawValue else { return }
    runs.insert(block..<end, at: runs.partitionPoint { $0.lowerBound >= block })
  }

  mutating func read(_ block: UInt64, _ count: UInt64) {
    add(.read(BlockOffset(block), BlockCount(count)))
  }

  mutating func discard(_ block: UInt64, _ count: UInt64) {
    add(.discard(BlockOffset(block), BlockCount(count)))
  }

  /// Reads the first and the last blocks of some runs, and those beside them.
  mutating func readEdges(_ count: Int = 4) {
    for run in sample(count, of: runs) {
      read(run.lowerBound - min(run.lowerBound, 2), 8)
      read(run.upperBound - 1, 3)
    }
  }

  /// Closes the image, and opens it again; or leaves it open, with a flush or without.
  mutating func pause() {
    switch index(below: 4) {
    case 0..<2: add(.close)
    case 2: add(.flush)
    default: break
    }
  }
}
