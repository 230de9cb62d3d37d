import Testing
import VCIFormat
import VCIReference
import VCITesting

/// A sample with one damage, and what refuses a read of a block behind it.
private struct Damage {
  let block: UInt64
  let refusal: String
  let change: @Sendable (inout HandmadeTree) -> Void

  init(
    _ block: UInt64, _ refusal: String, _ change: @escaping @Sendable (inout HandmadeTree) -> Void
  ) {
    self.block = block
    self.refusal = refusal
    self.change = change
  }

  private var tree: HandmadeTree { HandmadeTree.threeLevels.changed(change) }

  /// Expects the refusal from a read and from a search for the next extent, and again.
  func expectRefusal() throws {
    let image = try tree.opened()
    #expect(image.answer(block, 1) == refusal)
    #expect(image.answer(block, 1000) == refusal)
    #expect(image.next(block) == refusal)
    #expect(image.answer(block, 1) == refusal)
  }

  /// Expects that the nodes beside are served.
  func expectNeighbours(_ served: KeyValuePairs<UInt64, String>) throws {
    let image = try tree.opened()
    for (block, answer) in served { #expect(image.answer(block, 1) == answer) }
  }
}

struct `A damaged node` {
  @Test
  func `VCI-NODE-001 of no known type is refused`() throws {
    for type in [0, 3, 9, 255] as [UInt8] {
      let damage = Damage(55, "VCI-NODE-001 at 18432 tree/0/1.type") {
        $0.image.bytes[36 * 512] = type
      }
      try damage.expectRefusal()
      try damage.expectNeighbours([0: "hit 60", 45: "miss 1", 204: "hit 69"])
    }
    try Damage(0, "VCI-NODE-001 at 6144 tree/0.type") { $0.image.bytes[12 * 512] = 0 }
      .expectRefusal()
  }

  @Test
  func `VCI-NODE-006 with a gap is refused`() throws {
    let leaf = Damage(10, "VCI-NODE-006 at 14375 tree/0/0/extent[1]") {
      $0.put(.extent(0, 0, at: 0), 0, of: 28)
    }
    try leaf.expectRefusal()
    try leaf.expectNeighbours([60: "hit 66"])
    try Damage(60, "VCI-NODE-006 at 6165 tree/0/entry[1]") {
      $0.put(.entry(0, 0, child: 0), 0, of: 12)
    }.expectRefusal()
    try Damage(0, "VCI-NODE-006 at 18365 tree/0/0/extent[106]") {
      $0.put(.extent(30, 1, at: 60), 106, of: 28)
    }.expectRefusal()
  }

  @Test
  func `VCI-NODE-007 with an entry that is half zero is refused`() throws {
    try Damage(20, "VCI-NODE-007 at 14527 tree/0/0/extent[5]") {
      $0.put(.extent(20, 3, at: 0), 5, of: 28)
    }.expectRefusal()
    try Damage(20, "VCI-NODE-007 at 14413 tree/0/0/extent[2]") {
      $0.put(.extent(20, 3, at: 0), 2, of: 28)
    }.expectRefusal()
    try Damage(0, "VCI-NODE-007 at 14375 tree/0/0/extent[1]") {
      $0.put(.extent(10, 0, at: 62), 1, of: 28)
    }.expectRefusal()
    try Damage(0, "VCI-NODE-007 at 6285 tree/0/entry[7]") {
      $0.put(.entry(99, 0, child: 36), 7, of: 12)
    }.expectRefusal()
  }

  @Test
  func `VCI-NODE-009 that is internal and leads to nothing is refused`() throws {
    let damage = Damage(0, "VCI-NODE-009 at 6144 tree/0.type") { $0.putInternal(12, []) }
    try damage.expectRefusal()
    try damage.expectNeighbours([204: "hit 69", 100: "miss 1"])
  }

  @Test
  func `VCI-INT-001 VCI-EXT-001 whose entries are out of order or overlap is refused`() throws {
    try Damage(0, "VCI-INT-001 at 6165 tree/0/entry[1].blockOffset") {
      $0.put(.entry(39, 50, child: 36), 1, of: 12)
    }.expectRefusal()
    try Damage(0, "VCI-EXT-001 at 14393 tree/0/0/extent[1].blockOffset") {
      $0.put(.extent(1, 4, at: 62), 1, of: 28)
    }.expectRefusal()
    try Damage(0, "VCI-EXT-001 at 14393 tree/0/0/extent[1].blockOffset") {
      $0.put(.extent(5, 1, at: 62), 0, of: 28)
      $0.put(.extent(2, 1, at: 62), 1, of: 28)
    }.expectRefusal()
  }

  @Test
  func `VCI-INT-002 VCI-EXT-002 whose entries end behind every disk is refused`() throws {
    for offset in [(1 << 54) - 3, 1 << 54, .max - 1] as [UInt64] {
      try Damage(0, "VCI-INT-002 at 6165 tree/0/entry[1].blockOffset") {
        $0.put(.entry(offset, 4, child: 36), 1, of: 12)
      }.expectRefusal()
      try Damage(0, "VCI-EXT-002 at 14393 tree/0/0/extent[1].blockOffset") {
        $0.put(.extent(offset, 4, at: 62), 1, of: 28)
      }.expectRefusal()
    }
  }

  @Test
  func `VCI-INT-003 that holds what its entry does not cover is refused`() throws {
    let behind = Damage(0, "VCI-INT-003 at 6145 tree/0/entry[0].blockOffset") {
      $0.put(.extent(38, 3, at: 62), 1, of: 28)
    }
    try behind.expectRefusal()
    try behind.expectNeighbours([60: "hit 66", 40: "miss 1"])
    try Damage(60, "VCI-INT-003 at 6165 tree/0/entry[1].blockOffset") {
      $0.put(.extent(49, 3, at: 66), 0, of: 36)
    }.expectRefusal()
    try Damage(204, "VCI-INT-003 at 2069 tree/entry[1].blockOffset") {
      $0.put(.entry(300, 101, child: 52), 1, of: 20)
    }.expectRefusal()
    let fits = HandmadeTree.threeLevels.changed { $0.put(.extent(38, 2, at: 62), 1, of: 28) }
    #expect(try fits.opened().answer(39, 1) == "hit 63")
  }

  @Test
  func `is named by the first rule that it breaks`() throws {
    let all = HandmadeTree.threeLevels.changed {
      $0.putLeaf(28, [.extent(0, 0, at: 0), .extent(1 << 54, 4, at: 62), .extent(38, 3, at: 62)])
      $0.put(.extent(20, 3, at: 0), 5, of: 28)
    }
    #expect(try all.opened().answer(0, 1) == "VCI-NODE-006 at 14375 tree/0/0/extent[1]")
    let noGap = all.changed { $0.put(.extent(0, 1, at: 60), 0, of: 28) }
    #expect(try noGap.opened().answer(0, 1) == "VCI-NODE-007 at 14527 tree/0/0/extent[5]")
    let noHalf = noGap.changed { $0.put(.extent(0, 0, at: 0), 5, of: 28) }
    let order = "VCI-EXT-001 at 14431 tree/0/0/extent[2].blockOffset"
    #expect(try noHalf.opened().answer(0, 1) == order)
    let ordered = noHalf.changed { $0.put(.extent(0, 0, at: 0), 2, of: 28) }
    let disk = "VCI-EXT-002 at 14393 tree/0/0/extent[1].blockOffset"
    #expect(try ordered.opened().answer(0, 1) == disk)
    let onDisk = ordered.changed { $0.put(.extent(38, 3, at: 62), 1, of: 28) }
    let range = "VCI-INT-003 at 6145 tree/0/entry[0].blockOffset"
    #expect(try onDisk.opened().answer(0, 1) == range)
  }

  @Test
  func `VCI-RD-004 ends a miss at the start of its range`() throws {
    let leaf = try HandmadeTree.threeLevels.changed { $0.image.bytes[36 * 512] = 9 }.opened()
    #expect(leaf.answer(14, 1000) == "miss 36")
    #expect(leaf.answer(49, 1000) == "miss 1")
    #expect(leaf.answer(14, 36) == "miss 36")
    #expect(leaf.answer(100, 1000) == "miss 104")
    let inside = try HandmadeTree.threeLevels.changed { $0.image.bytes[20 * 512] = 9 }.opened()
    #expect(inside.answer(63, 1000) == "miss 137")
    #expect(inside.answer(199, 1000) == "miss 1")
    let below = try HandmadeTree.threeLevels.changed {
      $0.put(.entry(210, 10, child: 44), 0, of: 20)
      $0.image.bytes[44 * 512] = 9
    }.opened()
    #expect(below.answer(63, 1000) == "miss 147")
    #expect(below.answer(205, 1000) == "miss 5")
    #expect(below.answer(250, 1000) == "miss 149")
  }
}

struct `A damaged entry` {
  @Test
  func `VCI-NODE-002 that leads out of the cache is refused`() throws {
    for address in [1, 4089, .max, .max - 7, 1 << 55 | 28] as [UInt64] {
      let damage = Damage(5, "VCI-NODE-002 at 6157 tree/0/entry[0].childAddress") {
        $0.put(.entry(0, 40, child: address), 0, of: 12)
      }
      try damage.expectRefusal()
      try damage.expectNeighbours([60: "hit 66", 45: "miss 1"])
    }
  }

  @Test
  func `VCI-FILE-006 that leads out of the file is refused`() throws {
    for address in [65, 72, 4088] as [UInt64] {
      let damage = Damage(5, "VCI-FILE-006 at 6157 tree/0/entry[0].childAddress") {
        $0.put(.entry(0, 40, child: address), 0, of: 12)
      }
      try damage.expectRefusal()
      try damage.expectNeighbours([60: "hit 66"])
    }
    let cut = HandmadeTree.threeLevels.changed { $0.image.bytes.removeLast(12 * 512 + 1) }
    #expect(try cut.opened().answer(399, 1) == "VCI-FILE-006 at 10273 tree/1/entry[1].childAddress")
  }

  @Test
  func `VCI-NODE-004 that closes a cycle is refused`() throws {
    for address in [4, 12] as [UInt64] {
      let damage = Damage(5, "VCI-NODE-004 at 6157 tree/0/entry[0].childAddress") {
        $0.put(.entry(0, 40, child: address), 0, of: 12)
      }
      try damage.expectRefusal()
      try damage.expectNeighbours([60: "hit 66", 204: "hit 69"])
    }
    let root = Damage(5, "VCI-NODE-004 at 2061 tree/entry[0].childAddress") {
      $0.put(.entry(0, 100, child: 4), 0, of: 4)
    }
    try root.expectRefusal()
    try root.expectNeighbours([204: "hit 69"])
  }

  @Test
  func `of a cycle is of stage touch`() throws {
    let image = try HandmadeTree.threeLevels.changed {
      $0.put(.entry(0, 100, child: 4), 0, of: 4)
    }.opened()
    let error = #expect(throws: ImageError.self) { try image.locate(offset: 0, count: 1) }
    guard case .violation(let violation) = error else { return #expect(Bool(false), "\(error)") }
    #expect(violation.stage == .touch)
    #expect(violation.ruleClass == .corruption)
  }

  @Test
  func `VCI-FILE-006 VCI-EXT-003 VCI-EXT-007 of a leaf, with served neighbours`() throws {
    for address in [1, 4093, .max, .max - 3, 1 << 55 | 62] as [UInt64] {
      let damage = Damage(12, "VCI-EXT-003 at 14405 tree/0/0/extent[1].blockAddress") {
        $0.put(.extent(10, 4, at: address), 1, of: 28)
      }
      try damage.expectRefusal()
      try damage.expectNeighbours([0: "hit 60", 5: "miss 1", 60: "hit 66"])
    }
    try Damage(12, "VCI-FILE-006 at 14405 tree/0/0/extent[1].blockAddress") {
      $0.put(.extent(10, 4, at: 69), 1, of: 28)
    }.expectRefusal()
    try Damage(12, "VCI-EXT-007 at 14391 tree/0/0/extent[1].flags") {
      $0.put(.extent(10, 4, at: 62, flags: 0x80), 1, of: 28)
    }.expectRefusal()
  }

  @Test
  func `of a leaf ends a miss as a whole one does`() throws {
    let image = try HandmadeTree.threeLevels.changed {
      $0.put(.extent(60, 3, at: 1), 0, of: 36)
    }.opened()
    #expect(image.answer(14, 1000) == "miss 46")
    #expect(image.next(14) == "VCI-EXT-003 at 18463 tree/0/1/extent[0].blockAddress")
    #expect(image.next(63) == "204+2 at 69")
  }
}

struct `The next extent` {
  private let sample = HandmadeTree.threeLevels

  @Test
  func `is the one that holds the block, or the first behind it`() throws {
    let image = try sample.opened()
    #expect([0, 1].map { image.next($0) } == ["0+2 at 60", "0+2 at 60"])
    #expect([2, 9, 10, 13].map { image.next($0) } == Array(repeating: "10+4 at 62", count: 4))
    #expect([14, 45, 60, 62].map { image.next($0) } == Array(repeating: "60+3 at 66", count: 4))
    #expect([63, 150, 205].map { image.next($0) } == Array(repeating: "204+2 at 69", count: 3))
    #expect([206, 399].map { image.next($0) } == ["399+1 at 71", "399+1 at 71"])
    #expect([400, 1 << 54, .max].map { image.next($0) } == ["none", "none", "none"])
  }

  @Test
  func `has all that the leaf says of it`() throws {
    let image = HandmadeImage.three.changed { $0.bytes[HandmadeImage.slot(1) + 17] = 9 }
    let opened = try CacheImage.open(MemoryStorage(image.bytes), purpose: .reading)
    #expect(
      try opened.nextExtent(from: 5)
        == Extent(
          previous: 12, next: 17, flags: 0, reserved: 9, offset: 10, blocks: 4, address: 13))
  }

  @Test
  func `is asked of an image that is open for reading`() throws {
    let information = try CacheImage.open(
      MemoryStorage(sample.image.bytes), purpose: .information)
    #expect(throws: ImageError.informationOnly) { try information.nextExtent(from: 0) }
    let closed = try sample.opened()
    try closed.close()
    #expect(throws: ImageError.closed) { try closed.nextExtent(from: 0) }
    #expect(throws: ImageError.closed) { try closed.locate(offset: 0, count: 1) }
  }

  @Test
  func `is not found behind damage, nor is the damage passed over`() throws {
    let image = try sample.changed { $0.image.bytes[36 * 512] = 9 }.opened()
    #expect(image.next(14) == "VCI-NODE-001 at 18432 tree/0/1.type")
    #expect(image.next(99) == "VCI-NODE-001 at 18432 tree/0/1.type")
    #expect(image.next(100) == "204+2 at 69")
    let deep = try HandmadeTree.chain(levels: 17).opened()
    #expect(deep.next(0).hasPrefix("VCI-NODE-012 at 63501 "))
    #expect(deep.next(1000) == "none")
  }
}
