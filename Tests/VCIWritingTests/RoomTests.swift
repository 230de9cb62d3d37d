import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// A clean image of 30 blocks: header at block 0, map at 2, root at 4, and extents of one block
/// each, whose data is at `addresses`.
private func small(_ addresses: [UInt64]) -> HandmadeImage {
  HandmadeImage(data: 18).changed {
    $0.put(30, width: 8, at: 8)
    $0.put(30, width: 8, at: 1032)
    $0.put(18 - UInt64(addresses.count), width: 8, at: 1040)
    $0.put(UInt64(addresses.count), width: 8, at: 1056)
    for (slot, address) in addresses.enumerated() {
      $0.putExtent(slot, offset: UInt64(slot) * 10, blocks: 1, address: address)
      $0.setBit(of: address)
      $0.bytes[Int(address) * 512] = UInt8(address)
    }
  }
}

/// A clean image of a root and two leaves, as `HandmadeImage.tree`, whose last 7 blocks hold data
/// and are followed by `free` free blocks.
private func tree(free: UInt64) -> HandmadeImage {
  HandmadeImage.tree.changed {
    $0.put(35 + free, width: 8, at: 8)
    $0.put(35 + free, width: 8, at: 1032)
    $0.put(free, width: 8, at: 1040)
  }
}

struct `Room to write` {
  /// Addresses that leave 8 free blocks in one run: at the end, in the middle, at the start.
  private static let enough: [[UInt64]] = [
    Array(12..<22), Array(12..<19) + Array(27..<30), Array(20..<30),
  ]
  /// Addresses that leave 7 free blocks, two runs of 4, and runs of 7 and 1.
  private static let tooFew: [[UInt64]] = [
    Array(12..<23), Array(16..<26), Array(19..<28) + [29],
  ]

  @Test(arguments: enough)
  func `VCI-RD-003, is one free run of 8 blocks, though extents hold all others`(
    addresses: [UInt64]
  ) throws {
    let storage = RecordingStorage(small(addresses).bytes)
    #expect(try storage.faults == [])
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(try image.put([99], at: 1000) == 1)
    #expect(try image.outcome(1000, 1) == "hit 99")
    try image.close()
    #expect(try storage.faults == [])
    #expect(try CacheImage.open(storage, purpose: .reading).outcome(1000, 1) == "hit 99")
  }

  @Test(arguments: tooFew)
  func `VCI-RD-003, is not what many short runs hold together`(addresses: [UInt64]) throws {
    let storage = RecordingStorage(small(addresses).bytes)
    #expect(try storage.faults == [])
    #expect(
      failure { _ = try CacheImage.open(storage, purpose: .writing) }
        == .noRoomToWrite(rooms: 0, needed: 1))
    #expect(storage.events.isEmpty)
    let image = try CacheImage.open(storage, purpose: .reading)
    #expect(try image.outcome(0, 1) == "hit \(addresses[0])")
  }

  @Test
  func `VCI-RD-003, is a node for each level`() throws {
    #expect(try RecordingStorage(tree(free: 15).bytes).faults == [])
    #expect(
      failure { _ = try CacheImage.open(RecordingStorage(tree(free: 15).bytes), purpose: .writing) }
        == .noRoomToWrite(rooms: 1, needed: 2))
    let storage = RecordingStorage(tree(free: 16).bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(try image.put([99], at: 50) == 1)
    try image.close()
    #expect(try storage.faults == [])
    #expect(try CacheImage.open(storage, purpose: .reading).outcome(50, 1) == "hit 99")
  }

  @Test
  func `VCI-RD-003, is also where blocks leak`() throws {
    let image = small(Array(12..<22)).changed {
      for block in 22..<30 as Range<UInt64> { $0.setBit(of: block) }
      $0.put(0, width: 8, at: 1040)
      $0.put(18, width: 8, at: 1056)
    }
    let storage = RecordingStorage(image.bytes)
    #expect(try storage.faults == [.blockOwned])
    let opened = try CacheImage.open(storage, purpose: .writing)
    #expect(try opened.put([99], at: 1000) == 1)
    try opened.close()
    #expect(try storage.faults == [])
  }

  @Test
  func `VCI-RD-003, is never missed by an image that is refused for a rule`() {
    // Two extents at one place: 10 blocks are in use, and no free run has 8.
    let image = small(Array(12..<23)).changed {
      $0.putExtent(1, offset: 10, blocks: 1, address: 12)
    }
    guard
      case .violation(let violation) = failure({
        _ = try CacheImage.open(RecordingStorage(image.bytes), purpose: .writing)
      })
    else {
      Issue.record("room is missed, and a rule is broken")
      return
    }
    #expect(violation.rule == .extentApartFromData)
  }
}
