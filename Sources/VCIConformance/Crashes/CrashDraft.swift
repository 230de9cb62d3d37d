internal import PropertyEngine
internal import VCICrashing
internal import VCIFormat
internal import VCIGenerators

/// The steps of a workload that is being drawn, and what was written by them.
struct CrashDraft {
  private(set) var steps: [WorkloadStep] = []
  private var runs: [Range<UInt64>] = []
  private let blocks: UInt64
  private let capabilities: Capabilities
  private var version: UInt32 = 0
  private var random: RandomSource

  init(_ start: CrashPlan.Start, _ random: RandomSource, _ capabilities: Capabilities) {
    self.random = random
    self.capabilities = capabilities
    switch start {
    case .created(let blocks, _): self.blocks = blocks
    case .image(let start):
      blocks = start.blocks
      for block in start.cached.keys.sorted() {
        if let last = runs.last, last.upperBound == block {
          runs[runs.count - 1] = last.lowerBound..<block + 1
        } else {
          runs.append(block..<block + 1)
        }
      }
    }
  }

  /// Adds the steps for which workloads of a kind are there.
  mutating func begin(_ kind: CrashPlan.Kind) {
    switch kind {
    case .split where !runs.isEmpty: if below(3) > 0 { splitLeaf() }
    case .shrink where !runs.isEmpty, .dirtyShrink where !runs.isEmpty:
      if below(3) > 0 { mergeLeaves() }
    case .nearlyFull where !runs.isEmpty: fill()
    case .large where blocks >= 300:
      if below(2) == 0 { passBlock256() } else { writeLarge() }
    default: break
    }
  }

  /// Adds steps after which a node is split.
  private mutating func splitLeaf() {
    for _ in 0..<1 + below(2) {
      let start = below(100) * 4 + 2
      write(start..<start + 1)
    }
    if below(2) == 0 { settle() }
  }

  /// Adds steps after which nodes are merged, and others take their places.
  private mutating func mergeLeaves() {
    let last = runs[runs.count - 1]
    switch below(4) {
    case 0: discard(0..<1 + below(120))
    case 1: discard(last.lowerBound..<last.upperBound)
    default: discard(last.upperBound - min(last.upperBound, 8 + below(100))..<last.upperBound)
    }
    for _ in 0..<1 + below(3) {
      let start = 600 + below(40) * 10
      write(start..<start + 1 + below(10))
    }
    if below(2) == 0 { settle() }
  }

  /// Fills the cache but for some of the 62 blocks that are free, and changes one leaf after the
  /// other: what is left may hold the copies of one path and not of two, so that a flush is due
  /// between them.
  private mutating func fill() {
    let start = 1100 + below(10)
    write(start..<start + 62 - below(40))
    settle()
    for _ in 0..<2 + below(3) {
      for place in 0..<2 + below(2) {
        let run = runs[place % 2 == 0 ? Int(below(40)) : runs.count - 1 - Int(below(40))]
        let block = run.lowerBound + below(run.upperBound - run.lowerBound)
        if below(2) == 0 { discard(block..<block + 1) } else { write(block..<block + 1) }
      }
      if below(3) > 0 { settle() }
    }
  }

  /// Has the root's address grow past 256, so that more than its lowest byte changes: after a long
  /// write the root lies a little before that, and each short one takes the place of the root
  /// before, so that the next one lies further.
  private mutating func passBlock256() {
    write(0..<160 + below(90), most: 250)
    for part in 0..<4 + below(5) {
      settle()
      write(500 + part * 20..<508 + part * 20)
    }
    settle()
  }

  private mutating func writeLarge() {
    for part in 0..<UInt64(4) { write(part * 70..<part * 70 + 64) }
  }

  private mutating func below(_ count: UInt64) -> UInt64 {
    random.next().multipliedFullWidth(by: max(1, count)).high
  }

  private mutating func run() -> Range<UInt64>? {
    guard !runs.isEmpty else { return nil }
    // Often one of the first or the last, which lie beside each other in a node.
    switch below(4) {
    case 0: return runs[0]
    case 1: return runs[runs.count - 1]
    default: return runs[Int(below(UInt64(runs.count)))]
    }
  }

  /// Draws steps until there are so many, and two at least.
  mutating func draw(count: Int) {
    let count = max(count, steps.count + 2)
    if below(2) == 0 { write(below(16)..<20) }
    while steps.count < count {
      switch below(20) {
      case 0..<9: write(drawnBlocks())
      case 9..<13: discard(drawnBlocks())
      case 13..<17: if capabilities.has("flush") { add(.flush) }
      case 17..<19: add(.close)
      default:
        if capabilities.has("set-moduuid") {
          steps.append(.setState(ImageUUID(high: random.next() | 1, low: random.next())))
        }
      }
    }
  }

  /// Draws blocks: those of a run, a part of one, or others.
  private mutating func drawnBlocks() -> Range<UInt64> {
    if let run = run(), below(4) > 0 {
      let count = run.upperBound - run.lowerBound
      switch below(5) {
      case 0: return run
      case 1: return run.lowerBound..<run.lowerBound + 1
      case 2: return run.upperBound - 1..<run.upperBound
      case 3: return run.lowerBound + count / 2..<run.lowerBound + count / 2 + 1
      default: return run.lowerBound + count / 2..<run.upperBound + below(3)
      }
    }
    if let first = run(), let last = run(), below(6) == 0 {
      return min(first.lowerBound, last.lowerBound)..<max(first.upperBound, last.upperBound)
    }
    let start = below(4) == 0 ? 1000 + below(50) * 3 : below(60)
    return start..<start + 1 + below(8)
  }

  /// Writes the first of these blocks, at most as many as the cache has.
  private mutating func write(_ blocks: Range<UInt64>, most: UInt64 = 64) {
    let blocks = blocks.prefix(Int(min(self.blocks, most)))
    version += 1
    add(
      .write(
        BlockOffset(blocks[blocks.startIndex]), BlockCount(UInt64(blocks.count)),
        version: version))
    runs.append(blocks[blocks.startIndex]..<blocks[blocks.startIndex] + UInt64(blocks.count))
  }

  private mutating func discard(_ blocks: Range<UInt64>) {
    guard capabilities.has("discard") else { return }
    add(
      .discard(
        BlockOffset(blocks.lowerBound), BlockCount(blocks.upperBound - blocks.lowerBound)))
  }

  /// Flushes, or closes where that alone makes something durable.
  private mutating func settle() { add(capabilities.has("flush") ? .flush : .close) }

  private mutating func add(_ operation: CacheOperation) { steps.append(.operation(operation)) }
}
