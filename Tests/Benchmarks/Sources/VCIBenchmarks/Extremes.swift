import VCIChecker
import VCIFormat
import VCIReference

/// Shows what becomes of caches at the ends of what can be written: the smallest, one that is kept
/// full, one of the largest disk.
func showExtremes(writes: Int) throws {
  try showSmallest(writes: writes / 100)
  try showFull(writes: writes)
  try showLargestDisk()
}

/// A cache of 21 blocks holds one block.
private func showSmallest(writes: Int) throws {
  var run = try ExtremeRun(blocks: 21, disk: 100)
  for _ in 0..<writes { try run.write(run.next(100), 1) }
  try run.finish("21 blocks, \(writes) writes of a block, of a disk of 100")
}

/// A cache of 2 MiB that is written to at random, from a disk four times as large.
private func showFull(writes: Int) throws {
  var run = try ExtremeRun(blocks: 4096, disk: 16384)
  for _ in 0..<writes {
    let count = 1 + run.next(8)
    try run.write(run.next(16384 - count), count)
  }
  try run.finish("4,096 blocks, \(writes) writes of 1 to 8, of a disk of 16,384")
}

/// A cache of 64 MiB, of a disk that ends where every disk does: a block every 2^42.
private func showLargestDisk() throws {
  var run = try ExtremeRun(blocks: 131072, disk: 1 << 54)
  var firstDropped: UInt64?
  for window in 0..<UInt64(4096) {
    try run.write(window << 42, 1)
    if firstDropped == nil, run.dropped > 0 { firstDropped = window }
  }
  let windows = firstDropped ?? 0
  for window in 0..<windows { try run.write(window << 42 | 0xffff_0000, 16) }
  print("largest disk: \(windows) windows of 2^32 - 1 blocks are indexed, the next is dropped")
  try run.write(1 << 54, 8)
  print("largest disk: 8 blocks from 2^54 on: \(run.dropped) blocks dropped so far")
  try run.finish("131,072 blocks, a disk of 2^54: a block every 2^42, then 16 in each window")
}

/// A cache in memory, and what it must hold.
private struct ExtremeRun {
  private let storage = MemoryStorage()
  private let image: CacheImage
  private let disk: UInt64
  private var state: UInt64 = 1
  /// The last write of each disk block that is cached.
  private var versions: [UInt64: UInt64] = [:]
  private var version: UInt64 = 0
  private var written: UInt64 = 0
  private(set) var dropped: UInt64 = 0

  init(blocks: UInt64, disk: UInt64) throws {
    self.disk = disk
    try CacheImage.create(
      in: storage,
      CacheImage.Plan(
        blocks: BlockCount(blocks), type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2)))
    image = try CacheImage.open(storage, purpose: .writing)
  }

  /// A number below `bound`: the next of a linear congruential generator.
  mutating func next(_ bound: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % bound
  }

  mutating func write(_ offset: UInt64, _ count: UInt64) throws {
    version += 1
    var bytes: [UInt8] = []
    for block in offset..<offset + count { bytes += Self.contents(block, version) }
    var losses: [Loss] = []
    let taken = try image.write(bytes.span.bytes, at: BlockOffset(offset)) { losses.append($0) }
    guard taken.rawValue == count else { throw Failure("\(taken) of \(count) blocks are taken") }
    for block in offset..<offset + count { versions[block] = version }
    for loss in losses {
      if loss.cause == .dropped { dropped += loss.count.rawValue }
      let first = loss.offset.rawValue
      for block in first..<first + loss.count.rawValue {
        // What is evicted to make room for a write is what was cached before it.
        if loss.cause == .evicted, block >= offset, block < offset + count { continue }
        versions[block] = nil
      }
    }
    written += count
  }

  /// Closes the cache, checks it, opens it again and reads all that was not reported as lost.
  func finish(_ what: String) throws {
    image.checkInvariants()
    let activity = image.activity
    try image.close()
    let report = try Checker().check(storage)
    let reader = try CacheImage.open(storage, purpose: .reading)
    var bytes = [UInt8](repeating: 0, count: 512)
    for (block, version) in versions {
      var span = bytes.mutableSpan
      var buffer = span.mutableBytes
      let answer = try reader.read(offset: BlockOffset(block), count: 1, into: &buffer)
      guard answer == .hit(1), bytes == Self.contents(block, version) else {
        throw Failure("block \(block): \(answer), or not what was written last")
      }
    }
    let wrong = report.findings.filter { $0.ruleClass != .advice }
    print(
      "\(what): \(written) blocks written, \(activity.evictedBlocks) evicted in"
        + " \(activity.evictions) evictions, \(dropped) dropped, \(activity.selfFlushes)"
        + " self-flushes, \(activity.splits) splits, \(activity.merges) merges; \(versions.count)"
        + " blocks not reported as lost, all of them hits and equal; check:"
        + " \(wrong.isEmpty ? "clean" : "\(wrong)")")
  }

  private static func contents(_ block: UInt64, _ version: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: block &+ version), count: 512)
    for byte in 0..<8 {
      bytes[byte] = UInt8(truncatingIfNeeded: block >> UInt64(8 * byte))
      bytes[8 + byte] = UInt8(truncatingIfNeeded: version >> UInt64(8 * byte))
    }
    return bytes
  }
}
