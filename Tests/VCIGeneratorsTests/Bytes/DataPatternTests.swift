import Testing
import VCIFormat

@testable import VCIGenerators

struct `The pattern of data` {
  @Test
  func `is 64 words a block, little endian, of block and index`() {
    var bytes = [UInt8](repeating: 0xee, count: 1024)
    fill(&bytes, 0..<1024, from: 0x1_0203 * 512)
    // 0x5643_4944_4154_4100 + 0x1_0203 * 64 = 0x5643_4944_4194_c1c0.
    #expect(bytes[..<8].elementsEqual([0xc0, 0xc1, 0x94, 0x41, 0x44, 0x49, 0x43, 0x56]))
    #expect(bytes[8..<16].elementsEqual([0xc1, 0xc1, 0x94, 0x41, 0x44, 0x49, 0x43, 0x56]))
    #expect(bytes[504..<512].elementsEqual([0xff, 0xc1, 0x94, 0x41, 0x44, 0x49, 0x43, 0x56]))
    #expect(bytes[512..<520].elementsEqual([0x00, 0xc2, 0x94, 0x41, 0x44, 0x49, 0x43, 0x56]))
  }

  @Test
  func `is the same in whole blocks and parts, and changes nothing beside them`() {
    let from: UInt64 = 0x12_3456 * 512
    for start in Array(0...9) + [255, 504, 505, 511, 512, 513] {
      for count in [0, 1, 7, 8, 9, 503, 504, 511, 512, 513, 520, 1023, 1024, 1025, 1600] {
        for place in [0, 1, 3, 8] {
          var bytes = [UInt8](repeating: 0xee, count: place + count + 5)
          fill(&bytes, place..<place + count, from: from + UInt64(start))
          let expected = (0..<count).map { byte(at: from + UInt64(start + $0)) }
          #expect(bytes[place..<place + count].elementsEqual(expected))
          #expect(bytes[..<place].allSatisfy { $0 == 0xee })
          #expect(bytes[(place + count)...].allSatisfy { $0 == 0xee })
        }
      }
    }
  }

  @Test
  func `is not written outside the buffer`() async {
    await #expect(processExitsWith: .failure) {
      var bytes = [UInt8](repeating: 0, count: 1000)
      fill(&bytes, 0..<1024, from: 0)
    }
    await #expect(processExitsWith: .failure) {
      var bytes = [UInt8](repeating: 0, count: 1024)
      fill(&bytes, -512..<512, from: 0)
    }
  }

  @Test
  func `fills an extent, but of a long one only ends, middle and two places`() {
    func blocks(_ count: UInt64) -> [[UInt64]] {
      let plan = ImagePlan(
        blocks: 0x4_0000_0000, mapAddress: 2, rootAddress: 2000,
        extents: [Extent(offset: 0, blocks: BlockCount(count), address: 0x1_0000_0000)], size: 0)
      return plan.patternBlocks.map { [$0.first.rawValue - 0x1_0000_0000, $0.count.rawValue] }
    }
    #expect(blocks(16_384) == [[0, 16_384]])
    #expect(blocks(20_000) == [[0, 64], [9968, 64], [19_936, 64]])
    #expect(
      blocks(0xffff_ffff) == [
        [0, 64], [0xffe0, 64], [0x7fff_ffe0, 64], [0x7fff_ffdf, 64], [0xffff_ffbf, 64],
      ])
    // At this length the piece at 2^16 is the last one.
    #expect(
      blocks(0x1_0020) == [[0, 64], [0xffe0, 64], [0x7ff0, 64], [0xffe0, 64]])
    #expect(blocks(0x1_001f) == [[0, 64], [0x7fef, 64], [0xffdf, 64]])
  }

  private func byte(at offset: UInt64) -> UInt8 {
    let word = DataPattern.word(offset / 8 % 64, of: BlockAddress(offset / 512))
    return UInt8(truncatingIfNeeded: word >> (offset % 8 * 8))
  }
}

private func fill(_ bytes: inout [UInt8], _ range: Range<Int>, from offset: UInt64) {
  var span = bytes.mutableSpan
  var buffer = unsafe span.mutableBytes
  DataPattern.fill(&buffer, range, from: offset)
}
