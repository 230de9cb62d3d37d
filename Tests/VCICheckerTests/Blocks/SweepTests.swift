import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Sweeping a bitmap` {
  /// An empty image of 2^20 blocks, whose bitmap is two pieces of 64 KiB: map of 257 blocks at
  /// block 2, root at block 259, 267 blocks of metadata.
  private func wide(_ change: (inout HandmadeImage) -> Void) -> HandmadeImage {
    var image = HandmadeImage()
    image.bytes.removeLast(6144 - 1536)
    image.bytes += [UInt8](repeating: 0, count: 267 * 512 - 1536)
    for place in [8, 1032] { image.put(1 << 20, width: 8, at: place) }
    image.put(259, width: 8, at: 21)
    image.put(257, width: 4, at: 37)
    image.put((1 << 20) - 267, width: 8, at: 1040)
    image.put(267, width: 8, at: 1048)
    image.put([UInt8](repeating: 0xff, count: 33) + [0x07], at: 1536)
    image.bytes[259 * 512] = 2
    change(&image)
    return image
  }

  @Test
  func `VCI-MAP-005 VCI-OCC-001 finds nothing in bits of two pieces that are all owned`() throws {
    #expect(try findings(wide { _ in }) == [])
  }

  /// Runs that end before, stand on and go over the borders of byte, word, block and piece.
  @Test(
    arguments: [
      (271, 1), (272, 1), (271, 2), (319, 1), (320, 1), (300, 100), (4095, 1), (4096, 1),
      (4000, 200), (524_287, 1), (524_288, 1), (524_287, 2), (500_000, 50_000), (1_048_575, 1),
      (267, 1_048_309),
    ] as [(UInt64, UInt64)])
  func `VCI-OCC-001 finds one leak across borders`(first: UInt64, count: UInt64) throws {
    let image = wide {
      for block in first..<first + count {
        $0.bytes[1536 + Int(block / 8)] |= 1 << UInt8(block % 8)
      }
      $0.put((1 << 20) - 267 - count, width: 8, at: 1040)
      $0.put(267 + count, width: 8, at: 1048)
    }
    let report = try Checker().check(BytesSource(image.bytes))
    #expect(report.findings.map(\.rule) == [.blockOwned])
    #expect(report.findings.first?.path == .bit(BlockAddress(first)))
    #expect(report.findings.first?.offset == 1536 + first / 8)
    #expect(report.findings.first?.length == 1 + (first + count - 1) / 8 - first / 8)
    #expect(report.findings.first?.actual == count)
  }

  @Test
  func `VCI-MAP-009 VCI-OCC-001 finds a leak after data, and bits past the file's end`() throws {
    // Blocks 12 to 18 are data; 19 leaks beside them, and 4000 far after the end of the file.
    let image = HandmadeImage.three.changed {
      $0.bytes[1538] = 0x0f
      $0.bytes[1536 + 500] = 0x01
      $0.put(4075, width: 8, at: 1040)
      $0.put(9, width: 8, at: 1056)
    }
    #expect(
      try findings(image) == [
        "VCI-OCC-001 leak at 1538 bitmap[19]", "VCI-OCC-001 leak at 2036 bitmap[4000]",
      ])
  }

  @Test(
    arguments: [524_287, 524_288, 524_289] as [UInt64])
  func `VCI-EXT-004 finds the first clear bit of data across pieces`(clear: UInt64) throws {
    // Disk blocks 0 to 999 are stored from block 524,000 on.
    var image = wide {
      for block in 524_000..<525_000 where UInt64(block) != clear {
        $0.bytes[1536 + block / 8] |= 1 << UInt8(block % 8)
      }
      let slot = 259 * 512 + 1
      $0.put(1000, width: 4, at: slot + 26)
      $0.put(524_000, width: 8, at: slot + 30)
      $0.put((1 << 20) - 1267, width: 8, at: 1040)
      $0.put(1000, width: 8, at: 1056)
    }
    image.bytes += [UInt8](repeating: 0, count: 1)
    let report = try Checker().check(BytesSource(image.bytes, size: 1 << 29))
    #expect(report.findings.map(\.rule) == [.mapFreeCount, .extentAllocated])
    #expect(report.findings.last?.offset == 259 * 512 + 31)
    #expect(report.findings.last?.actual == clear)
    #expect(report.count(of: .corruption) == 1)
  }

  @Test(
    arguments: [4160, 8191] as [UInt64])
  func `VCI-MAP-006 points at the first bit past the end, in the last word or behind it`(
    stray: UInt64
  ) throws {
    // 4097 blocks: a map of three blocks, the root at block 5.
    let odd = HandmadeImage().changed {
      $0.bytes += [UInt8](repeating: 0, count: 512)
      for place in [8, 1032] { $0.put(4097, width: 8, at: place) }
      $0.bytes[21] = 5
      $0.bytes[37] = 3
      $0.put(4097 - 13, width: 8, at: 1040)
      $0.bytes[1048] = 13
      $0.bytes[1537] = 0x1f
      $0.bytes[2048] = 0
      $0.bytes[2560] = 2
    }
    #expect(try findings(odd) == ["VCI-HDR-012 advice at 8 header.blocks"])
    #expect(
      try findings(
        odd.changed {
          $0.bytes[1536 + Int(stray / 8)] = 1 << UInt8(stray % 8)
          $0.bytes[2559] |= 0x80
        })
        == [
          "VCI-HDR-012 advice at 8 header.blocks",
          "VCI-MAP-006 advice at \(1536 + stray / 8) bitmap[\(stray)]",
        ])
  }

  @Test
  func `checks the largest map there is in a few reads, its holes left out`() throws {
    // (2^32 - 2) * 4096 blocks: root at block 2, a map of 2^32 - 1 blocks at block 10, all bits
    // in holes but one far out.
    let blocks: UInt64 = 0xffff_fffe * 4096
    let leaked: UInt64 = 1 << 43
    var start = HandmadeImage()
    start.bytes.removeLast(512)
    for index in 1024..<start.bytes.count { start.bytes[index] = 0 }
    start.put(blocks, width: 8, at: 8)
    start.put(2, width: 8, at: 21)
    start.put(10, width: 8, at: 29)
    start.put(0xffff_ffff, width: 4, at: 37)
    start.bytes[1024] = 2
    start.put([0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0], at: 5120)
    start.put(blocks, width: 8, at: 5128)
    start.put(blocks - 1, width: 8, at: 5136)
    start.put(1, width: 8, at: 5144)
    let source = SparseSource(
      size: (10 + 0xffff_ffff) * 512,
      [(0, start.bytes), (5632 + leaked / 8, [0x01])])
    let report = try Checker().check(source)
    #expect(
      report.findings.map { "\($0.rule) \($0.path)" } == [
        "VCI-MAP-008 bitmap[0]", "VCI-MAP-008 bitmap[10]", "VCI-MAP-008 bitmap[2]",
        "VCI-OCC-001 bitmap[8796093022208]", "VCI-MAP-009 map.metadata",
      ])
    #expect(report.recomputed?.metadata == 10 + 0xffff_ffff)
    #expect(source.bytesRead < 1 << 20)
  }
}
