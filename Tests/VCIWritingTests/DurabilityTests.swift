import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// A number of an image, little endian.
private func number(_ image: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
  (0..<width).reversed().reduce(0) { $0 << 8 | UInt64(image[offset + $1]) }
}

/// What an image's root leads to, found by a walk over its bytes.
private struct Named {
  /// The blocks where leaves begin.
  var leaves: [UInt64] = []
  /// All blocks of nodes and data.
  var blocks: Set<UInt64> = []

  init(_ image: [UInt8]) {
    var nodes = [number(image, 21, 8)]
    while let node = nodes.popLast() {
      blocks.formUnion(node..<node + 8)
      let start = Int(node) * 512
      if image[start] == 1 {
        let children = (0..<204).map { number(image, start + 1 + $0 * 20 + 12, 8) }
        nodes += children.filter { $0 != 0 }
      } else {
        leaves.append(node)
        for extent in (0..<107).map({ start + 1 + $0 * 38 }) {
          let address = number(image, extent + 30, 8)
          blocks.formUnion(address..<address + number(image, extent + 26, 4))
        }
      }
    }
  }
}

struct `The order in which an image is written` {
  /// Many changes of a small cache: writes here and there, discards, flushes, evictions.
  private func work(on image: CacheImage) throws {
    var state: UInt64 = 7
    for step in 0..<400 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let place = (state >> 33) % 3000
      switch (state >> 20) % 8 {
      case 0: try image.forget(place, 40)
      case 1: try image.flush()
      default:
        let count = 1 + Int((state >> 50) % 9)
        try image.put([UInt8](repeating: UInt8(truncatingIfNeeded: step), count: count), at: place)
      }
    }
  }

  @Test
  func `VCI-WR-002, the flag is durable before anything else changes, and cleared last`() throws {
    let storage = try RecordingStorage.fresh(blocks: 400)
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(storage.events.isEmpty)
    try image.put([1], at: 5)
    guard case .write(0, let first) = storage.events.first else {
      Issue.record("the first write is not that of the header")
      return
    }
    #expect(first.count == 512 && first[16] == 1)
    #expect(storage.events.dropFirst().first == .synchronize)
    #expect(storage.bytes[16] == 1)
    try work(on: image)
    #expect(storage.bytes[16] == 1)
    try image.close()
    guard storage.events.count > 4, case .write(0, let last) = storage.events.dropLast().last else {
      Issue.record("the last write is not that of the header")
      return
    }
    #expect(last[16] == 0 && storage.events.last == .synchronize)
    #expect(storage.events.dropLast(2).last == .synchronize)
    let flags = storage.events.compactMap { event -> UInt8? in
      if case .write(0, let bytes) = event { bytes[16] } else { nil }
    }
    #expect(flags.filter { $0 == 0 }.count == 1)
    #expect(try storage.faults == [])
  }

  @Test
  func `VCI-WR-002, an image that is opened to be written and is not writes nothing`() throws {
    let storage = RecordingStorage(HandmadeImage.three.bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(try image.outcome(10, 4) == "hit 13 14 15 16")
    try image.forget(20, 5)
    try image.flush()
    try image.close()
    #expect(storage.events.isEmpty)
  }

  @Test
  func `VCI-WR-003, all is durable before the root that leads to it`() throws {
    let storage = try RecordingStorage.fresh(blocks: 400)
    let image = try CacheImage.open(storage, purpose: .writing)
    try work(on: image)
    try image.close()
    var isPending = false
    var roots = 0
    var root = [UInt8](storage.bytes.prefix(0))
    for event in storage.events {
      switch event {
      case .synchronize: isPending = false
      case .write(0, let bytes):
        let new = Array(bytes[21..<29])
        if !root.isEmpty, new != root {
          roots += 1
          #expect(!isPending, "a new root before what it leads to is durable")
        }
        root = new
        isPending = true
      case .write: isPending = true
      }
    }
    #expect(roots > 20)
  }

  @Test
  func `VCI-WR-003, one flush for nodes of all levels, and one for the root, suffice`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<300 as Range<UInt64> { try image.put([1], at: block * 2) }
    try image.flush()
    for block in [0, 300, 598] as [UInt64] { try image.put([2], at: block) }
    let before = storage.events.count
    try image.flush()
    let flush = storage.events.dropFirst(before)
    let nodes = flush.prefix { $0 != .synchronize }
    let rest = flush.dropFirst(nodes.count + 1)
    // Three leaves and the root changed.
    #expect(nodes.count == 4)
    guard rest.count == 2, case .write(0, let header) = rest.first, rest.last == .synchronize else {
      Issue.record("\(flush.count) writes and flushes")
      return
    }
    #expect(header.count == 512)
  }

  @Test
  func `VCI-WR-003, what a durable tree names is not written to before a newer one is durable`()
    throws
  {
    let storage = try RecordingStorage.fresh(blocks: 400)
    var durable = storage.bytes
    let image = try CacheImage.open(storage, purpose: .writing)
    try work(on: image)
    try image.flush()
    // From here on lists are written in place.
    let changes = storage.events
    #expect(image.activity.evictions > 0 && image.activity.selfFlushes > 0)
    var pending: [(UInt64, [UInt8])] = []
    var kept = Named(durable).blocks
    for change in changes {
      switch change {
      case .synchronize:
        for (offset, bytes) in pending {
          let end = Int(offset) + bytes.count
          if end > durable.count {
            durable += [UInt8](repeating: 0, count: end - durable.count)
          }
          durable.replaceSubrange(Int(offset)..<end, with: bytes)
        }
        pending = []
        kept = Named(durable).blocks
      case .write(let offset, let bytes):
        pending.append((offset, bytes))
        let blocks = offset / 512..<(offset + UInt64(bytes.count) + 511) / 512
        #expect(kept.isDisjoint(with: blocks), "blocks \(blocks) are in use")
      }
    }
  }

  @Test
  func `VCI-WR-003, a close changes nothing but links in what is in use`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let first = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<300 as Range<UInt64> { try first.put([1], at: block * 2) }
    try first.close()
    let old = Named(storage.bytes).leaves
    let image = try CacheImage.open(storage, purpose: .writing)
    // The last leaf and the root move; the first leaf stays, and so does what it holds.
    #expect(try image.outcome(0, 1) == "hit 1")
    try image.put([2], at: 1000)
    try image.flush()
    let before = storage.bytes
    try image.close()
    let after = storage.bytes
    let named = Named(before)
    #expect(Named(after).blocks == named.blocks)
    let changed = before.indices.filter {
      before[$0] != after[$0] && named.blocks.contains(UInt64($0 / 512))
    }
    let leaves = Set(
      changed.map { byte in named.leaves.filter { Int($0) * 512 <= byte }.max() ?? 0 })
    #expect(!leaves.isDisjoint(with: old) && !leaves.isSubset(of: old))
    for byte in changed {
      // Extents start at byte 1 of a leaf and are 38 bytes long; the first 16 are the links.
      let leaf = try #require(
        named.leaves.first { (Int($0) * 512..<Int($0 + 8) * 512).contains(byte) })
      #expect((byte - Int(leaf) * 512 - 1) % 38 < 16)
    }
    #expect(try storage.faults == [])
  }

  /// Which bytes of a mix are the new ones.
  private static let mixes: [@Sendable (Int) -> Bool] = [
    { _ in true }, { $0 % 2 == 0 }, { $0 % 2 == 1 }, { $0 / 512 % 2 == 0 }, { $0 / 512 % 2 == 1 },
    { $0 % 512 < 100 }, { $0 % 512 >= 100 }, { $0 % 7 < 3 },
  ]

  @Test
  func `VCI-WR-001, VCI-WR-003, any mix of old and new bytes of a close has the same blocks`()
    throws
  {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let first = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<300 as Range<UInt64> { try first.put([UInt8(block % 251)], at: block * 2) }
    try first.close()
    let image = try CacheImage.open(storage, purpose: .writing)
    _ = try image.outcome(0, 1)
    try image.forget(300, 1)
    try image.flush()
    let (before, expected) = (storage.bytes, try image.cached(0..<620))
    #expect(expected.count == 299)
    try image.close()
    let after = storage.bytes
    #expect(before.count == after.count && before[16] == 1)
    for (number, isNew) in Self.mixes.enumerated() {
      // The first blocks of header and map are old or new as a whole; the flag is cleared last.
      var mixed = before
      for byte in mixed.indices where byte >= 1536 && isNew(byte) { mixed[byte] = after[byte] }
      if number % 2 == 1 { mixed.replaceSubrange(1024..<1536, with: after[1024..<1536]) }
      let crashed = RecordingStorage(mixed)
      #expect(try CacheImage.open(crashed, purpose: .reading).cached(0..<620) == expected)
      let again = try CacheImage.open(crashed, purpose: .writing)
      #expect(try again.cached(0..<620) == expected)
      try again.close()
      #expect(try crashed.faults == [])
    }
  }

  /// The links of all slots of the leaf at a block.
  private func links(_ image: [UInt8], of leaf: UInt64) -> [UInt64] {
    (0..<107).flatMap { slot in
      [0, 8].map { number(image, Int(leaf) * 512 + 1 + slot * 38 + $0, 8) }
    }
  }

  @Test
  func `VCI-LRU-002, no link leads to what was removed, in leaves that stay either`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let first = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<300 as Range<UInt64> { try first.put([1], at: block * 2) }
    try first.close()
    let before = storage.bytes
    // The first disk block of a leaf is at its byte 19, the address at its byte 31.
    let leaves = Named(before).leaves.sorted {
      number(before, Int($0) * 512 + 19, 8) < number(before, Int($1) * 512 + 19, 8)
    }
    let (stays, changes) = (leaves[0], Int(leaves[1]) * 512)
    let removed = number(before, changes + 31, 8)
    #expect(links(before, of: stays).contains(removed))
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.forget(number(before, changes + 19, 8), 1)
    try image.close()
    #expect(Named(storage.bytes).leaves.contains(stays))
    #expect(!links(storage.bytes, of: stays).contains(removed))
    #expect(try storage.faults == [])
  }

  @Test
  func `VCI-WR-004, a flush makes durable all that was written`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<300 as Range<UInt64> { try image.put([UInt8(block % 251)], at: block * 3) }
    try image.flush()
    #expect(storage.events.last == .synchronize)
    let crashed = try CacheImage.open(RecordingStorage(storage.bytes), purpose: .reading)
    for block in 0..<300 as Range<UInt64> {
      #expect(try crashed.outcome(block * 3, 1) == "hit \(block % 251)")
    }
  }

  @Test
  func `VCI-WR-003, R-28, what a writer left without a close is durable before any change`()
    throws
  {
    let left = try RecordingStorage.fresh(blocks: 4096)
    let writer = try CacheImage.open(left, purpose: .writing)
    try writer.put([1], at: 0)
    try writer.flush()
    let calls: [(CacheImage) throws -> Void] = [
      { try $0.put([2], at: 9) }, { try $0.forget(0, 1) }, { try $0.flush() }, { try $0.close() },
      { try $0.setImageUUID(.nil) },
    ]
    for (number, call) in calls.enumerated() {
      let storage = RecordingStorage(left.bytes)
      let image = try CacheImage.open(storage, purpose: .writing)
      #expect(storage.events.isEmpty)
      try call(image)
      #expect(storage.events.first == .synchronize, "call \(number)")
    }
    // Once is enough.
    let storage = RecordingStorage(left.bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.flush()
    try image.flush()
    #expect(storage.events == [.synchronize])
  }

  @Test
  func `VCI-WR-007, R-26, a new modification UUID is durable behind what was written`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([1], at: 0)
    try image.flush()
    try image.put([2], at: 0)
    let before = storage.events.count
    try image.setModificationUUID(ImageUUID(high: 7, low: 8))
    // Nodes, flush, the new root, flush, the UUID, flush.
    let headers = storage.events[before...].compactMap { event -> [UInt8]? in
      if case .write(0, let bytes) = event { bytes } else { nil }
    }
    #expect(headers.count == 2)
    #expect(
      headers.map { number($0, 21, 8) } == [
        number(storage.bytes, 21, 8), number(storage.bytes, 21, 8),
      ])
    #expect(headers[0][57..<73].allSatisfy { $0 == 0 })
    let crashed = try CacheImage.open(RecordingStorage(storage.bytes), purpose: .reading)
    #expect(try crashed.outcome(0, 1) == "hit 2")
  }

  @Test(.timeLimit(.minutes(30)))
  func `A write of a block writes it once`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([7], at: 0)
    #expect(storage.writes.map(\.count) == [512, 512])
    #expect(storage.writes.map(\.offset) == [0, 6144])
  }

  @Test
  func `A flush that fails ends all changes`() throws {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([1], at: 0)
    storage.losesFlushes = true
    guard case .storage = failure({ try image.flush() }) else {
      Issue.record("a flush that fails succeeds")
      return
    }
    storage.losesFlushes = false
    let events = storage.events.count
    let calls: [() throws -> Void] = [
      { try image.put([2], at: 0) },
      { try image.forget(0, 1) },
      { try image.flush() },
      { try image.setImageUUID(.nil) },
      { try image.close() },
    ]
    for call in calls {
      guard case .storage = failure(call) else {
        Issue.record("a change after a flush that failed")
        continue
      }
    }
    #expect(storage.events.count == events)
    #expect(image.purpose == nil && storage.bytes[16] == 1)
  }
}
