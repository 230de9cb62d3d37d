@testable import VCIFuzzing
import Testing
import VCIFormat
import VCIReference

/// A block of one byte.
private func block(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

struct `The epoch of a disk` {
  /// Three blocks that are no image.
  private let old = block(1) + block(2) + block(3)

  @Test
  func `has the sectors of a write as steps, and the length after each`() {
    var epoch = Epoch(after: old)
    epoch.write(block(8) + block(9), at: 1024)
    #expect(epoch.sectors.map(\.block) == [2, 3])
    #expect(epoch.steps.map(\.sector) == [0, 1])
    #expect(epoch.steps.map(\.length) == [1536, 2048])
    #expect(epoch.whole == block(1) + block(2) + block(8) + block(9))
    #expect(epoch.bytes(after: 1) == block(1) + block(2) + block(8))
  }

  @Test
  func `keeps the other bytes of a sector that is written in part`() {
    var epoch = Epoch(after: old)
    epoch.write([7], at: 513)
    #expect(epoch.whole == block(1) + [2, 7] + [UInt8](repeating: 2, count: 510) + block(3))
  }

  @Test
  func `has zeros after a cut, and a sector that a growth touches`() {
    var epoch = Epoch(after: old)
    epoch.setLength(1025)
    epoch.setLength(2048)
    #expect(epoch.sectors.map(\.block) == [2, 3])
    #expect(
      epoch.whole == block(1) + block(2) + [3] + [UInt8](repeating: 0, count: 511) + block(0))
  }

  @Test
  func `has a length in the middle of what was added, never below what was durable`() {
    var epoch = Epoch(after: old)
    epoch.write(block(4), at: 1536)
    #expect(epoch.lengths(after: 1) == [2048, 1536, 1848])
    var first = Epoch(after: [])
    first.write([1, 2, 3, 4], at: 0)
    #expect(first.lengths(after: 1) == [4, 0])
    var odd = Epoch(after: [UInt8](repeating: 1, count: 100))
    odd.write([2], at: 250)
    #expect(odd.lengths(after: odd.steps.count) == [251, 100, 250])
  }

  @Test
  func `has block 0 old or new`() {
    var epoch = Epoch(after: old)
    epoch.write(block(7), at: 0)
    epoch.write(block(8), at: 0)
    #expect(epoch.sectors[0].role == .atomic)
    let held = epoch.alternatives(of: 0, to: 2).map { epoch.sectors[0].contents[$0] }
    #expect(held == [block(1), block(7)])
  }

  @Test
  func `has a block that nothing names old, torn, zeroed or foreign`() throws {
    var epoch = Epoch(after: old)
    epoch.write(block(9), at: 512)
    #expect(epoch.sectors[0].role == .free)
    let held = epoch.alternatives(of: 0, to: 1).map { epoch.sectors[0].contents[$0] }
    let half = { (byte: UInt8) in [UInt8](repeating: byte, count: 256) }
    #expect(held.count == 5)
    #expect(held.prefix(4) == [block(2), half(9) + half(2), half(2) + half(9), block(0)])
    #expect(Set(try #require(held.last)).count > 100)
  }
}

struct `The roles of blocks` {
  /// A cache of 40 blocks with one extent: header 0 and 1, map 2 and 3, the first root 4 to 11.
  private func image() throws -> [UInt8] {
    let storage = MemoryStorage()
    try CacheImage.create(
      in: storage,
      try CacheImage.Plan(
        blocks: 40, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2)))
    let image = try CacheImage.open(storage, purpose: .writing)
    _ = try unsafe image.write(block(5).span.bytes, at: 7)
    try image.close()
    return storage.bytes
  }

  @Test
  func `follow from the tree that is durable`() throws {
    let bytes = try image()
    let tree = DurableTree(of: bytes)
    // The data was written first, to block 12; the new root lies behind it.
    let roles = (0..<22).map { tree.role(of: $0) }
    #expect(roles[0...3] == [.atomic, .named, .atomic, .free])
    #expect(roles[4...11].allSatisfy { $0 == .free })
    #expect(roles[12...20].allSatisfy { $0 == .named })
    #expect(roles[21] == .free)
  }

  @Test
  func `let a named block be a mix of old and new bytes, of two that differ every one`() throws {
    var epoch = Epoch(after: try image())
    epoch.write([9, 5, 8], at: 12 * 512)
    #expect(epoch.sectors[0].role == .named)
    let held = epoch.alternatives(of: 0, to: 1).map {
      Array(epoch.sectors[0].contents[$0].prefix(4))
    }
    #expect(held == [[5, 5, 5, 5], [9, 5, 5, 5], [5, 5, 8, 5]])
    #expect(epoch.singleBytes(of: 0, to: 1) == [])
  }

  @Test
  func `let each of more bytes be old alone, and new alone`() throws {
    var epoch = Epoch(after: try image())
    epoch.write([9, 5, 8, 7], at: 12 * 512)
    let made = epoch.alternatives(of: 0, to: 1) + epoch.singleBytes(of: 0, to: 1)
    let mixes = made.map { Array(epoch.sectors[0].contents[$0].prefix(5)) }
    #expect(mixes.count == 7)
    #expect(
      Set(mixes) == [
        [5, 5, 5, 5, 5], [9, 5, 5, 5, 5], [5, 5, 8, 5, 5], [5, 5, 5, 7, 5], [5, 5, 8, 7, 5],
        [9, 5, 5, 7, 5], [9, 5, 8, 5, 5],
      ])
  }

  @Test
  func `let four of many bytes be single, in equal steps`() throws {
    var epoch = Epoch(after: try image())
    epoch.write([UInt8](repeating: 9, count: 160), at: 12 * 512)
    let mixes = epoch.singleBytes(of: 0, to: 1).map {
      Array(epoch.sectors[0].contents[$0].prefix(160))
    }
    let news = mixes.filter { mix in mix.count { $0 == 9 } == 1 }
    let olds = mixes.filter { mix in mix.count { $0 == 5 } == 1 }
    #expect(mixes.count == 8)
    #expect(news.map { $0.firstIndex(of: 9) } == [0, 40, 80, 120])
    #expect(olds.map { $0.firstIndex(of: 5) } == [0, 40, 80, 120])
  }

  @Test
  func `let no single byte of what is not named differ`() throws {
    var epoch = Epoch(after: try image())
    epoch.write([UInt8](repeating: 9, count: 160), at: 4 * 512)
    epoch.write([UInt8](repeating: 9, count: 160), at: 0)
    #expect(epoch.sectors.map(\.role) == [.free, .atomic])
    #expect(epoch.singleBytes(of: 0, to: 1) + epoch.singleBytes(of: 1, to: 1) == [])
  }
}
