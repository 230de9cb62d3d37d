import Foundation
import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Checking large trees` {
  @Test
  func `takes and counts full leaves with one list through them`() throws {
    let source = LargeTreeSource(leaves: 300, extentsPerLeaf: 107)
    let report = try Checker().check(source)
    #expect(report.findings.map(\.rule) == [.headerBlocksWhole])
    #expect(
      report.tree
        == Report.Tree(
          depth: 3, internalNodes: 3, leaves: 300, extents: 32_100, cachedBlocks: 32_100))
    #expect(report.recomputed == report.stored)
  }

  @Test(
    .timeLimit(.minutes(30)))
  func `VCI-EXT-006 finds 100,000 extents at one address, not comparing all pairs`() throws {
    let source = LargeTreeSource(leaves: 1000, extentsPerLeaf: 100, collides: true)
    let report = try Checker(budget: 10).check(source)
    #expect(report.isTruncated)
    // The leak comes later, and is the first of its rule.
    #expect(report.findings.count == 11)
    #expect(report.findings.last?.rule == .blockOwned)
    #expect(
      report.findings.first { $0.rule == .extentApartFromData }?.path
        == .extent(NodePath.root.child(0).child(0), slot: 1, .extentAddress))
    // All but the first, and the totals do not agree.
    #expect(report.count(of: .corruption) == 99_999)
    #expect(report.recomputed?.data == 1)
    #expect(report.count(of: .leak) == 1)
  }

  @Test(
    .timeLimit(.minutes(30)))
  func `VCI-NODE-004 walks no node twice if all entries name the same ones`() throws {
    // 15 levels, each of whose 204 entries names the node of the next level.
    let levels = 15
    var image = HandmadeImage.chain(levels: levels)
    for level in 1..<levels {
      for slot in 1..<204 {
        image.putEntry(
          slot, in: UInt64(level * 8 - 4), offset: UInt64(slot * 10), blocks: 10,
          child: UInt64(level * 8 + 4))
      }
    }
    let report = try Checker(budget: 6000).check(BytesSource(image.bytes))
    #expect(report.findings.filter { $0.rule == .nodeNamedOnce }.count == 14 * 203)
    #expect(report.tree?.internalNodes == 14)
    #expect(report.tree?.leaves == 1)
  }

  @Test
  func `VCI-MAP-008 VCI-MAP-009 VCI-LRU-002 skip holes of the largest cache`() throws {
    // Root at block 2, the map from block 10 on, two leaves and their data far out.
    let blocks: UInt64 = 0xffff_fffe * 4096
    let leaf: UInt64 = 1 << 43
    var start = HandmadeImage()
    start.bytes.removeLast(512)
    for index in 1024..<start.bytes.count { start.bytes[index] = 0 }
    start.put(blocks, width: 8, at: 8)
    start.put(2, width: 8, at: 21)
    start.put(10, width: 8, at: 29)
    start.put(0xffff_ffff, width: 4, at: 37)
    start.putNode(.internal, at: 2)
    start.putEntry(0, in: 2, offset: 0, blocks: 10, child: 1 << 40)
    start.putEntry(1, in: 2, offset: 10, blocks: 10, child: leaf)
    start.put([0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0], at: 5120)
    start.put(blocks, width: 8, at: 5128)
    start.put(blocks - 28, width: 8, at: 5136)
    start.put(16, width: 8, at: 5144)
    start.put(12, width: 8, at: 5152)
    func leafBytes(_ offset: UInt64, _ count: UInt64, _ address: UInt64, _ links: (UInt64, UInt64))
      -> [UInt8]
    {
      var node = HandmadeImage()
      node.putExtent(
        0, offset: offset, blocks: count, address: address, previous: links.0, next: links.1)
      return Array(node.bytes[2048..<2048 + 39])
    }
    func source(_ link: UInt64) -> SparseSource {
      let bitmap: UInt64 = 5632
      return SparseSource(
        size: blocks * 512,
        [
          (0, start.bytes),
          (bitmap + (1 << 40) / 8, [0xff]), (bitmap + (1 << 42) / 8, [0x0f]),
          (bitmap + leaf / 8, [0xff]), (bitmap + (leaf + 104) / 8, [0xff]),
          ((1 << 40) * 512, leafBytes(0, 4, 1 << 42, (0, link))),
          (leaf * 512, leafBytes(10, 8, leaf + 104, (1 << 42, 0))),
        ])
    }
    let whole = source(leaf + 104)
    let report = try Checker().check(whole)
    #expect(
      report.findings.map { "\($0.rule) \($0.path)" } == [
        "VCI-MAP-008 bitmap[0]", "VCI-MAP-008 bitmap[10]", "VCI-MAP-008 bitmap[2]",
        "VCI-MAP-009 map.metadata",
      ])
    #expect(report.recomputed?.metadata == 10 + 0xffff_ffff + 16)
    #expect(report.recomputed?.data == 12)
    #expect(whole.bytesRead < 1 << 20)
    #expect(try Checker().check(source(leaf + 105)).findings.last?.rule == .lruLinks)
  }

  @Test
  func `VCI-NODE-004 VCI-NODE-010 tells nodes apart whose hashes are alike`() throws {
    // Addresses whose product with 2^64 divided by the golden ratio starts with the same 12 bits.
    var addresses: [UInt64] = []
    var candidate: UInt64 = 1 << 34
    while addresses.count < 200 {
      candidate += 8
      if (candidate &* 0x9e37_79b9_7f4a_7c15) >> 52 == 7 { addresses.append(candidate) }
    }
    let blocks: UInt64 = 1 << 40
    var start = HandmadeImage()
    for index in 1024..<start.bytes.count { start.bytes[index] = 0 }
    start.put(blocks, width: 8, at: 8)
    start.put(2, width: 8, at: 21)
    start.put(10, width: 8, at: 29)
    start.put(blocks / 4096 + 1, width: 4, at: 37)
    start.putNode(.internal, at: 2)
    for (slot, address) in (addresses + [addresses[5], addresses[150]]).enumerated() {
      start.putEntry(slot, in: 2, offset: UInt64(slot), blocks: 1, child: address)
    }
    start.put([0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0], at: 5120)
    start.put(blocks, width: 8, at: 5128)
    start.put(blocks, width: 8, at: 5136)
    let leaves = addresses.map { (start: $0 * 512, bytes: [2] as [UInt8]) }
    let source = SparseSource(size: blocks * 512, [(0, start.bytes)] + leaves)
    let report = try Checker().check(source)
    #expect(report.tree?.leaves == 200)
    #expect(report.findings.filter { $0.rule == .leafUsed }.count == 200)
    #expect(
      report.findings.filter { $0.rule == .nodeNamedOnce }.map(\.path) == [
        .entry(.root, slot: 200, .entryChild), .entry(.root, slot: 201, .entryChild),
      ])
  }

  /// 48 bytes for each of 20,000 leaves, 100 internal nodes, the root, and each extent, and 1 MiB.
  @Test
  func `takes no more memory than it may`() async {
    await #expect(processExitsWith: .success) {
      for collides in [false, true] {
        let source = LargeTreeSource(leaves: 20_000, extentsPerLeaf: 2, collides: collides)
        _ = try Checker().check(LargeTreeSource(leaves: 300, extentsPerLeaf: 2))
        let before = try peak()
        let report = try Checker().check(source)
        let grown = try peak() - before
        precondition(report.tree?.extents == 40_000, "\(report.findings)")
        precondition(grown < 48 * 60_101 + 1 << 20, "\(grown) bytes of memory")
      }
    }
  }
}

/// The most memory that the process had so far, in bytes.
private func peak() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}
