import Testing
import VCIChecker
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// What an open for writing refuses an image for, as `VCI-NODE-004 at 2081 tree/entry[1]...`;
/// "opened" where it doesn't.
private func refusal(_ image: HandmadeImage) -> String {
  do throws(ImageError) {
    _ = try CacheImage.open(MemoryStorage(image.bytes), purpose: .writing)
    return "opened"
  } catch {
    guard case .violation(let violation) = error else { return "\(error)" }
    return "\(violation.rule) at \(violation.offset) \(violation.path)"
  }
}

struct `Opening for writing` {
  private static let three = HandmadeImage.three
  private static let tree = HandmadeImage.tree

  @Test
  func `VCI-RD-003 takes images in order`() {
    #expect(refusal(HandmadeImage()) == "opened")
    #expect(refusal(Self.three) == "opened")
    #expect(refusal(Self.tree) == "opened")
    #expect(refusal(HandmadeImage.chain(levels: 16)) == "opened")
  }

  @Test
  func `VCI-NODE-004 refuses a node that two entries name`() {
    // The entry is at byte 2049 + 20, its child's address at its byte 12.
    let image = Self.tree.changed { $0.putEntry(1, in: 4, offset: 100, blocks: 100, child: 12) }
    #expect(refusal(image) == "VCI-NODE-004 at 2081 tree/entry[1].childAddress")
  }

  @Test
  func `VCI-NODE-005 refuses a node that meets another one, the map or the root`() {
    for child in [3, 5, 11, 13, 19] as [UInt64] {
      let image = Self.tree.changed {
        $0.putEntry(1, in: 4, offset: 100, blocks: 100, child: child)
      }
      #expect(refusal(image) == "VCI-NODE-005 at 2081 tree/entry[1].childAddress", "\(child)")
    }
  }

  @Test
  func `VCI-NODE-011 refuses leaves at different levels`() {
    var tree = HandmadeTree(nodes: 3, data: 2)
    tree.putRoot([.entry(0, 100, child: 12), .entry(200, 100, child: 20)])
    tree.putLeaf(12, [.extent(0, 1, at: 36)])
    tree.putInternal(20, [.entry(200, 50, child: 28)])
    tree.putLeaf(28, [.extent(210, 1, at: 37)])
    // Block 28 is byte 14336.
    #expect(refusal(tree.image) == "VCI-NODE-011 at 14336 tree/1/0.type")
  }

  @Test
  func `VCI-EXT-005 refuses data that meets metadata`() {
    // Slot 1 of the root is at byte 2049 + 38, the address at its byte 30. The extent has 4 blocks.
    for address in [2, 3, 4, 8, 11] as [UInt64] {
      let image = Self.three.changed {
        $0.putExtent(1, offset: 10, blocks: 4, address: address)
      }
      #expect(refusal(image) == "VCI-EXT-005 at 2117 tree/extent[1].blockAddress", "\(address)")
    }
    let image = Self.tree.changed { $0.putExtent(0, in: 20, offset: 100, blocks: 2, address: 11) }
    #expect(refusal(image) == "VCI-EXT-005 at 10271 tree/1/extent[0].blockAddress")
  }

  @Test
  func `VCI-EXT-006 refuses data that meets other data`() {
    for address in [12, 14, 15, 16] as [UInt64] {
      let image = Self.three.changed {
        $0.putExtent(2, offset: 100, blocks: 2, address: address)
      }
      #expect(refusal(image) == "VCI-EXT-006 at 2155 tree/extent[2].blockAddress", "\(address)")
    }
  }

  @Test
  func `VCI-RD-003 refuses below the root what a read would be refused for`() {
    let extent = HandmadeImage.extent(0, in: 20)
    let changes: [(String, (inout HandmadeImage) -> Void)] = [
      ("VCI-NODE-001 at 10240 tree/1.type", { $0.bytes[20 * 512] = 3 }),
      (
        "VCI-NODE-002 at 2081 tree/entry[1].childAddress",
        { $0.putEntry(1, in: 4, offset: 100, blocks: 100, child: 4090) }
      ),
      (
        "VCI-FILE-006 at 2081 tree/entry[1].childAddress",
        { $0.putEntry(1, in: 4, offset: 100, blocks: 100, child: 4000) }
      ),
      (
        "VCI-FILE-006 at 10271 tree/1/extent[0].blockAddress",
        { $0.put(35, width: 8, at: extent + 30) }
      ),
      (
        "VCI-EXT-003 at 10271 tree/1/extent[0].blockAddress",
        { $0.put(4095, width: 8, at: extent + 30) }
      ),
      ("VCI-EXT-007 at 10257 tree/1/extent[0].flags", { $0.bytes[extent + 16] = 1 }),
      ("VCI-NODE-007 at 10241 tree/1/extent[0]", { $0.put(0, width: 4, at: extent + 26) }),
      (
        "VCI-INT-003 at 2069 tree/entry[1].blockOffset",
        { $0.put(199, width: 8, at: extent + 18) }
      ),
      (
        "VCI-INT-001 at 2069 tree/entry[1].blockOffset",
        { $0.putEntry(1, in: 4, offset: 99, blocks: 100, child: 20) }
      ),
    ]
    for (expected, change) in changes {
      #expect(refusal(Self.tree.changed(change)) == expected)
    }
  }

  /// Images with a fault that an open for writing mends, and the rule that each breaks.
  private static let mendable: [(Rule, HandmadeImage)] = [
    (
      .mapFreeCount,
      three.changed {
        $0.put(4078, width: 8, at: 1040)
        $0.put(6, width: 8, at: 1056)
      }
    ),
    (.mapHoldsMetadata, three.changed { $0.clearBit(of: 4) }),
    (.nodeAllocated, tree.changed { $0.clearBit(of: 20) }),
    (.extentAllocated, three.changed { $0.clearBit(of: 14) }),
    (.blockOwned, three.changed { $0.setBit(of: 3000) }),
    (
      .mapTotals,
      three.changed {
        $0.put(13, width: 8, at: 1048)
        $0.put(6, width: 8, at: 1056)
      }
    ),
    (
      .mapTotalsApart,
      three.changed {
        $0.put(7, width: 8, at: 1048)
        $0.put(12, width: 8, at: 1056)
      }
    ),
    (.cleanShutdown, three.changed { $0.bytes[16] = 1 }),
    (.lruList, three.changed { $0.put(0, width: 8, at: HandmadeImage.slot(1)) }),
    (.lruList, tree.changed { $0.put(33, width: 8, at: HandmadeImage.extent(0, in: 12) + 8) }),
    (.lruLinks, three.changed { $0.put(999, width: 8, at: HandmadeImage.slot(2) + 8) }),
  ]

  @Test
  func `VCI-RD-003 mends bits, counters, list and flag, without a write too`() throws {
    for (rule, image) in Self.mendable {
      for writes in [false, true] {
        let storage = RecordingStorage(image.bytes)
        #expect(try storage.faults.contains(rule))
        let opened = try CacheImage.open(storage, purpose: .writing)
        if writes { try opened.put([77], at: 50) }
        try opened.close()
        #expect(try storage.faults == [], "\(rule)")
        let again = try CacheImage.open(storage, purpose: .writing)
        #expect(try again.outcome(10, 4).hasPrefix("hit "))
        #expect(try again.outcome(100, 2).hasPrefix("hit "))
        #expect(try again.outcome(50, 1) == (writes ? "hit 77" : "miss 1"))
      }
    }
  }

  /// A clean image of 21 blocks without extents; bits of the last byte of its bitmap are spare.
  private static let least = HandmadeImage().changed {
    $0.put(21, width: 8, at: 8)
    $0.put(21, width: 8, at: 1032)
    $0.put(9, width: 8, at: 1040)
  }

  /// Images with nothing but advice, and the rules that they break.
  private static let advised: [([Rule], HandmadeImage)] = [
    ([.fileSizeWhole], three.changed { $0.bytes += [1, 2, 3] }),
    (
      [.fileWithinCapacity, .headerBlocksWhole],
      least.changed { $0.bytes += [UInt8](repeating: 7, count: 10 * 512) }
    ),
    ([.fixedFileFull], three.changed { $0.bytes[17] = 2 }),
    ([.headerReservedZero], three.changed { $0.bytes[1023] = 9 }),
    ([.headerImageUUID], three.changed { $0.put([UInt8](repeating: 0, count: 16), at: 41) }),
    ([.headerBlocksWhole], least),
    ([.headerBlocksWhole, .mapTailClear], least.changed { $0.setBit(of: 21) }),
    ([.mapReservedZero], three.changed { $0.bytes[1064] = 9 }),
    ([.nodeRestZero], three.changed { $0.bytes[HandmadeImage.slot(3) + 18] = 9 }),
    ([.nodeRestZero], three.changed { $0.bytes[HandmadeImage.root + 4095] = 9 }),
    (
      [.leafUsed],
      HandmadeImage.tree.changed {
        $0.putExtent(0, in: 20, offset: 0, blocks: 0, address: 0)
        $0.put(0, width: 8, at: HandmadeImage.extent(1, in: 12) + 8)
        $0.own(0..<33, metadata: 28)
      }
    ),
    ([.extentReservedZero], three.changed { $0.bytes[HandmadeImage.slot(1) + 17] = 9 }),
  ]

  @Test
  func `VCI-WR-001, leaves an image with nothing but advice as it is, byte for byte`() throws {
    for (rules, image) in Self.advised {
      let storage = RecordingStorage(image.bytes)
      let found = try Checker().check(storage).findings
      #expect(Set(found.map(\.rule)) == Set(rules) && found.allSatisfy { $0.ruleClass == .advice })
      let opened = try CacheImage.open(storage, purpose: .writing)
      try opened.flush()
      try opened.close()
      #expect(storage.events.isEmpty && storage.bytes == image.bytes, "\(rules)")
    }
  }

  @Test
  func `VCI-MAP-006 VCI-NODE-008 makes stray bytes zero where it writes`() throws {
    for rule in [Rule.mapTailClear, .nodeRestZero] {
      for (_, image) in Self.advised.filter({ $0.0.contains(rule) }) {
        let storage = RecordingStorage(image.bytes)
        let opened = try CacheImage.open(storage, purpose: .writing)
        try opened.put([77], at: 50)
        try opened.close()
        #expect(try storage.faults == [])
        #expect(try !Checker().check(storage).findings.map(\.rule).contains(rule))
      }
    }
  }

  @Test
  func `VCI-MAP-008 VCI-EXT-004 never takes a used block with a clear bit`() throws {
    let storage = RecordingStorage(Self.three.changed { $0.own(0..<2, metadata: 2) }.bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<60 as Range<UInt64> { try image.put([1], at: 1000 + block * 2) }
    try image.close()
    #expect(try storage.faults == [])
    let again = try CacheImage.open(storage, purpose: .reading)
    #expect(try again.outcome(10, 4) == "hit 13 14 15 16")
    #expect(try again.outcome(100, 2) == "hit 17 18")
  }

  @Test
  func `VCI-HDR-010 VCI-MAP-007 VCI-EXT-008 keeps what is reserved`() throws {
    let image = Self.three.changed {
      $0.bytes[HandmadeImage.slot(0) + 17] = 0x5a
      $0.bytes[73] = 9
      $0.bytes[1000] = 7
      $0.bytes[1064] = 8
      $0.bytes[1535] = 6
    }
    let storage = RecordingStorage(image.bytes)
    let opened = try CacheImage.open(storage, purpose: .writing)
    try opened.put([77], at: 50)
    try opened.close()
    #expect(storage.bytes[73] == 9 && storage.bytes[1000] == 7)
    #expect(storage.bytes[1064] == 8 && storage.bytes[1535] == 6)
    // The new block stands behind the others, at 19; it was used last.
    let again = try CacheImage.open(storage, purpose: .reading)
    #expect(
      try again.nextExtent(from: 0)
        == Extent(previous: 19, next: 13, reserved: 0x5a, offset: 0, blocks: 1, address: 12))
    #expect(
      try again.nextExtent(from: 10)
        == Extent(previous: 12, next: 17, offset: 10, blocks: 4, address: 13))
    #expect(
      try again.nextExtent(from: 50)
        == Extent(previous: 0, next: 12, offset: 50, blocks: 1, address: 19))
    #expect(
      try again.nextExtent(from: 100)
        == Extent(previous: 13, next: 0, offset: 100, blocks: 2, address: 17))
  }

  @Test
  func `says size and type as the header has them`() throws {
    let image = try CacheImage.open(
      MemoryStorage(Self.three.changed { $0.bytes[17] = 2 }.bytes), purpose: .writing)
    #expect(image.information.blocks == 4096 && image.information.type == .fixed)
    try image.put([1], at: 50)
    #expect(image.information.blocks == 4096 && image.information.type == .fixed)
    try image.close()
    #expect(image.information.blocks == 4096 && image.information.type == .fixed)
  }

  @Test
  func `leaves nothing in memory once the image is closed`() throws {
    weak var rest: CacheImage?
    do {
      let image = try CacheImage.open(MemoryStorage(Self.three.bytes), purpose: .writing)
      try image.put([1], at: 50)
      try image.close()
      rest = image
    }
    #expect(rest == nil)
  }

  @Test(arguments: [12, 13, 19, 20])
  func `refuses an image without room for a copy of its root, which can be read`(
    blocks: UInt64
  ) throws {
    let data = blocks - 12
    let image = HandmadeImage(data: Int(data)).changed {
      $0.put(blocks, width: 8, at: 8)
      $0.put(blocks, width: 8, at: 1032)
      $0.own(0..<12 + min(data, 1), metadata: 12)
      $0.put(blocks - 12 - min(data, 1), width: 8, at: 1040)
      if data > 0 { $0.putExtent(0, offset: 7, blocks: 1, address: 12) }
    }
    #expect(try RecordingStorage(image.bytes).faults == [])
    #expect(
      failure { _ = try CacheImage.open(RecordingStorage(image.bytes), purpose: .writing) }
        == .noRoomToWrite(rooms: 0, needed: 1))
    let opened = try CacheImage.open(RecordingStorage(image.bytes), purpose: .reading)
    #expect(try opened.outcome(7, 1) == (data > 0 ? "hit 0" : "miss 1"))
  }
}
