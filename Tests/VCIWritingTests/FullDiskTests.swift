import Glibc
import Testing
import VCIChecker
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// An image on a disk that fills up, beside a model of what it should hold.
private final class FullDiskRun {
  let storage: LimitedStorage
  private(set) var image: CacheImage
  /// The value of each block that is cached.
  private(set) var held: [UInt64: UInt8]
  /// Whether a block was ever dropped, or the whole cache given up.
  private(set) var lost: UInt64 = 0
  private let places: [Range<UInt64>]

  init(
    _ bytes: [UInt8], holding held: [UInt64: UInt8], places: [Range<UInt64>], unit: UInt64,
    left: Int,
    code: Int32
  ) throws {
    storage = LimitedStorage(bytes, unit: unit, left: left, code: code)
    storage.knowsHoles = code != EFBIG
    image = try CacheImage.open(storage, purpose: .writing)
    self.held = held
    self.places = places
  }

  func write(_ value: UInt8, _ count: Int, at offset: UInt64) throws {
    var losses = Set<UInt64>()
    let taken = try image.put([UInt8](repeating: value, count: count), at: offset) {
      self.note($0, in: &losses)
    }
    #expect(taken >= 1)
    try compare(wrote: offset..<offset + taken, value, losses)
  }

  func discard(_ offset: UInt64, _ count: UInt64) throws {
    var losses = Set<UInt64>()
    try image.forget(offset, count) { self.note($0, in: &losses) }
    for block in offset..<offset + count { held[block] = nil }
    try compare(wrote: 0..<0, 0, losses)
  }

  func flush() throws { try image.flush() }

  func reopen() throws {
    try image.close()
    #expect(try Checker().check(storage).findings.filter { $0.ruleClass != .advice } == [])
    image = try CacheImage.open(storage, purpose: .writing)
    try compare(wrote: 0..<0, 0, [])
  }

  func close() throws {
    try image.close()
    #expect(try Checker().check(storage).findings.filter { $0.ruleClass != .advice } == [])
    #expect(storage.bytes.count % 512 == 0)
    image = try CacheImage.open(storage, purpose: .reading)
    try compare(wrote: 0..<0, 0, [])
  }

  /// The cached ones of all places, each with its first byte.
  private func cachedBlocks() throws -> [UInt64: UInt8] {
    var found: [UInt64: UInt8] = [:]
    var bytes = [UInt8](repeating: 0, count: 150 * 512)
    for place in places {
      var block = place.lowerBound
      while block < place.upperBound {
        var span = bytes.mutableSpan
        var buffer = unsafe span.mutableBytes
        let wanted = BlockCount(min(150, place.upperBound - block))
        switch try image.read(offset: BlockOffset(block), count: wanted, into: &buffer) {
        case .miss(let missing): block += missing.rawValue
        case .hit(let served):
          for step in 0..<Int(served.rawValue) { found[block + UInt64(step)] = bytes[step * 512] }
          block += served.rawValue
        }
      }
    }
    return found
  }

  private func note(_ loss: Loss, in losses: inout Set<UInt64>) {
    lost += loss.count.rawValue
    losses.formUnion(loss.offset.rawValue..<loss.offset.rawValue + loss.count.rawValue)
  }

  /// Compares what is cached with the model, after a write of blocks that may have lost some.
  private func compare(
    wrote blocks: Range<UInt64>, _ value: UInt8, _ losses: Set<UInt64>
  ) throws {
    image.checkInvariants()
    let cached = try cachedBlocks()
    for block in losses { held[block] = nil }
    for block in blocks {
      // A block that was evicted before it was written is cached; one that was dropped is not.
      held[block] = losses.contains(block) && cached[block] == nil ? nil : value
    }
    #expect(cached == held)
  }
}

struct `On a disk that fills up` {
  /// Disk blocks that the work is about: some in a row, and some scattered.
  private static let places: [Range<UInt64>] = [0..<150, 1000..<1910]

  /// A cache of `blocks` blocks that holds `scattered` blocks and `row` in a row; all zeros are
  /// holes.
  private func image(
    blocks: BlockCount, scattered: UInt64, row: UInt64
  ) throws -> (bytes: [UInt8], held: [UInt64: UInt8]) {
    let storage = try RecordingStorage.fresh(blocks: blocks)
    guard scattered + row > 0 else { return (storage.bytes, [:]) }
    let image = try CacheImage.open(storage, purpose: .writing)
    var held: [UInt64: UInt8] = [:]
    for step in 0..<scattered {
      try image.put([7], at: 1000 + step * 7)
      held[1000 + step * 7] = 7
    }
    if row > 0 { try image.put([UInt8](repeating: 8, count: Int(row)), at: 20) }
    for block in 20..<20 + row { held[block] = 8 }
    try image.close()
    return (try freed(storage.bytes), held)
  }

  /// The image without the bytes of its free blocks, as a copy that makes holes leaves it.
  private func freed(_ bytes: [UInt8]) throws -> [UInt8] {
    var bytes = bytes
    let map = try CacheImage.open(MemoryStorage(bytes), purpose: .information).information.map
    for block in 0..<bytes.count / 512 {
      let bits = bytes[Int(map.first.rawValue + 1) * 512 + block / 8]
      guard bits & 1 << (block % 8) == 0 else { continue }
      for byte in block * 512..<block * 512 + 512 { bytes[byte] = 0 }
    }
    return bytes
  }

  private func work(_ run: FullDiskRun) throws {
    var state: UInt64 = 3
    for step in 0..<27 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = state >> 33
      switch step % 9 {
      case 2, 6: try run.write(UInt8(step), 1, at: 1000 + number % 130 * 7)
      case 4: try run.discard(number % 140, 1 + number % 9)
      case 5: try run.flush()
      case 8 where step > 10: try run.reopen()
      default: try run.write(UInt8(step), 1 + Int(number % 40), at: number % 110)
      }
    }
  }

  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      (200, 0, 0, 512, EFBIG), (4096, 0, 60, 4096, EDQUOT), (9000, 120, 0, 4096, ENOSPC),
    ] as [(BlockCount, UInt64, UInt64, UInt64, Int32)])
  func `VCI-WR-001, VCI-WR-005, after any unit, a cache is as large as what fits there`(
    blocks: BlockCount, scattered: UInt64, row: UInt64, unit: UInt64, code: Int32
  ) throws {
    let (bytes, held) = try image(blocks: blocks, scattered: scattered, row: row)
    var left = 0
    var isEnough = false
    while !isEnough {
      let run = try FullDiskRun(
        bytes, holding: held, places: Self.places, unit: unit, left: left, code: code)
      try work(run)
      isEnough = run.storage.refusals == 0
      try run.close()
      // Every unit while nodes are few, later some.
      left += left < 40 ? 1 : 5
    }
    #expect(left > 10)
  }

  @Test
  func `a cache grows again once there is room`() throws {
    let (bytes, _) = try image(blocks: 4096, scattered: 0, row: 0)
    let storage = LimitedStorage(bytes, unit: 4096, left: 8)
    let image = try CacheImage.open(storage, purpose: .writing)
    var losses: UInt64 = 0
    for step in 0..<30 as Range<UInt64> {
      try image.put([1, 1, 1, 1], at: step * 4) { losses += $0.count.rawValue }
    }
    #expect(losses > 40 && image.refusal?.code == ENOSPC)
    storage.left = 1000
    try image.flush()
    losses = 0
    for step in 0..<30 as Range<UInt64> {
      try image.put([2, 2, 2, 2], at: step * 4) { losses += $0.count.rawValue }
    }
    #expect(losses == 0)
    #expect(try image.cached(0..<120).count == 120)
    try image.close()
  }

  @Test
  func `stores what fits of a part`() throws {
    let (bytes, _) = try image(blocks: 40_960, scattered: 0, row: 0)
    let storage = LimitedStorage(bytes, unit: 4096, left: 210)
    let image = try CacheImage.open(storage, purpose: .writing)
    var lost: UInt64 = 0
    var taken: UInt64 = 0
    while taken < 2030 {
      taken += try image.put([UInt8](repeating: 5, count: Int(2030 - taken)), at: taken) {
        lost += $0.count.rawValue
      }
    }
    // Of 1,680 blocks, a few are for nodes and for what stands alone in a page.
    let held = try image.cached(0..<2030).count
    #expect(held > 1600 && UInt64(held) + lost >= 2030)
    try image.close()
    #expect(try CacheImage.open(storage, purpose: .reading).cached(0..<2030).count == held)
  }

  @Test
  func `drops a block that is not cached, and leaves all else`() throws {
    let (bytes, held) = try image(blocks: 4096, scattered: 0, row: 60)
    let storage = LimitedStorage(bytes, unit: 512, left: 0)
    let image = try CacheImage.open(storage, purpose: .writing)
    var losses: [Loss] = []
    #expect(try image.put([1, 2], at: 500) { losses.append($0) } == 2)
    #expect(losses == [Loss(offset: 500, count: 2, cause: .dropped)])
    #expect(image.refusal?.code == ENOSPC)
    try image.close()
    // Told of two long arrays that differ, a test would look for all differences.
    let isSame = storage.bytes == bytes
    #expect(isSame)
    let again = try CacheImage.open(storage, purpose: .reading)
    #expect(try again.cached(0..<600) == held)
  }

  @Test(arguments: [0, 120] as [UInt64])
  func
    `gives the cache up rather than serve what was written over, and a crash finds nothing older`(
      scattered: UInt64
    ) throws
  {
    let (bytes, held) = try image(blocks: 4096, scattered: scattered, row: 60)
    let storage = LimitedStorage(bytes, unit: 512, left: 0)
    var states: [[UInt8]] = []
    storage.onWrite = { states.append($0) }
    let image = try CacheImage.open(storage, purpose: .writing)
    var lost = Set<UInt64>()
    _ = try image.put([9], at: 30) { loss in
      lost.formUnion(loss.offset.rawValue..<loss.offset.rawValue + loss.count.rawValue)
    }
    #expect(lost.isSuperset(of: Set(held.keys).subtracting([30])))
    #expect(try image.cached(0..<2000).allSatisfy { $0 == (30, 9) })
    try image.close()
    #expect(try Checker().check(storage).findings.filter { $0.ruleClass != .advice } == [])
    // A crash at any time leaves the tree as it was, an image that is refused, or none of it.
    var answers: [String] = []
    for state in states {
      let answer: String
      do {
        let crashed = try CacheImage.open(MemoryStorage(state), purpose: .reading)
        answer = try crashed.cached(0..<2000) == held ? "all" : "\(crashed.outcome(30, 1))"
      } catch { answer = "refused" }
      if answers.last != answer { answers.append(answer) }
    }
    #expect(answers.prefix(3) == ["all", "refused", "miss 1"])
    #expect(answers.dropFirst(3).allSatisfy { $0 == "hit 9" })
  }

  /// What removes the blocks of a write that failed.
  enum Settling: CaseIterable {
    case flush, state, close, reopening

    func settle(_ image: CacheImage, _ losing: (Loss) -> Void) throws(ImageError) {
      switch self {
      case .flush: try image.flush(losing: losing)
      case .state: try image.setModificationUUID(ImageUUID(high: 5, low: 6), losing: losing)
      case .close: try image.close(losing: losing)
      case .reopening: try image.reopen(for: .reading, losing: losing)
      }
    }
  }

  @Test(arguments: Settling.allCases)
  func `tells of all that is given up for the blocks of a write that failed`(
    settling: Settling
  ) throws {
    let (bytes, _) = try image(blocks: 4096, scattered: 0, row: 60)
    let storage = LimitedStorage(bytes, unit: 512, left: 0, code: EIO)
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(failure { try image.put([9], at: 30) } != nil)
    #expect(try image.outcome(29, 3) == "hit 8")
    storage.code = ENOSPC
    var losses: [Loss] = []
    try settling.settle(image) { losses.append($0) }
    #expect(
      losses == [
        Loss(offset: 31, count: 49, cause: .dropped), Loss(offset: 20, count: 10, cause: .dropped),
      ])
    let left = try CacheImage.open(MemoryStorage(storage.bytes), purpose: .reading)
    #expect(try left.cached(0..<2000) == [:])
  }

  @Test
  func `a node that the disk refuses at the flush gets another place`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([1, 2, 3], at: 10)
    var refusals = 0
    storage.isFull = { _, count in
      refusals += count == 4096 ? 1 : 0
      return count == 4096 && refusals < 4
    }
    try image.flush()
    #expect(refusals == 4)
    #expect(try image.outcome(10, 3) == "hit 1 2 3")
    try image.close()
    #expect(try storage.faults == [])
    #expect(try CacheImage.open(storage, purpose: .reading).outcome(10, 3) == "hit 1 2 3")
  }

  @Test
  func `a disk that fails is no full one, and leaves all in order`() throws {
    let (bytes, held) = try image(blocks: 4096, scattered: 0, row: 60)
    var failures = 0
    for left in 0..<8 {
      let storage = LimitedStorage(bytes, unit: 512, left: left, code: EIO)
      let image = try CacheImage.open(storage, purpose: .writing)
      if case .storage? = failure({ try image.put([1, 2, 3], at: 500) }) { failures += 1 }
      image.checkInvariants()
      #expect(image.refusal == nil)
      storage.left = 1000
      try image.close()
      #expect(try Checker().check(storage).findings.filter { $0.ruleClass != .advice } == [])
      let again = try CacheImage.open(storage, purpose: .reading)
      #expect(try again.cached(0..<600).filter { $0.key < 500 } == held)
    }
    #expect(failures == 8)
  }
}
