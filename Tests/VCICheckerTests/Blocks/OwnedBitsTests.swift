import Testing
import VCIFormat

@testable import VCIChecker

struct `The blocks that are owned, as bits` {
  /// Bits of `count` blocks, of which every third and those of one run are owned.
  private func owned(_ count: UInt64) -> (bits: OwnedBits, bytes: [UInt8]) {
    var bits = OwnedBits()
    var bytes = [UInt8](repeating: 0, count: Int((count + 63) / 64) * 8)
    var isOwned = [Bool](repeating: false, count: Int(count))
    let hasBegun = bits.begin(count, claims: 0)
    #expect(hasBegun)
    for block in stride(from: 0, to: count, by: 3) { isOwned[Int(block)] = true }
    for block in count / 3..<count * 2 / 3 { isOwned[Int(block)] = true }
    for block in 0..<count where isOwned[Int(block)] {
      let wasFree = bits.claim(BlockRange(BlockAddress(block), 1))
      #expect(wasFree)
      bytes[Int(block / 8)] |= 1 << UInt8(block % 8)
    }
    return (bits, bytes)
  }

  @Test(arguments: [1, 8, 63, 64, 65, 127, 128, 129, 200, 320, 513, 640])
  func `F-20 agree with bytes where each bit does, but those past the end`(count: UInt64) {
    let (bits, bytes) = owned(count)
    for first in stride(from: 0, through: UInt64(bytes.count) * 8, by: 64) {
      for upper in stride(from: Int(first / 8), through: bytes.count, by: 8) {
        let range = Int(first / 8)..<upper
        #expect(unsafe bits.agree(with: bytes.span.bytes.extracting(range), from: first))
        let wrong = (range.lowerBound * 8..<range.upperBound * 8).filter { bit in
          var others = bytes
          others[bit / 8] ^= 1 << UInt8(bit % 8)
          return unsafe bits.agree(with: others.span.bytes.extracting(range), from: first)
            != (bit >= count)
        }
        #expect(wrong == [])
      }
    }
  }

  @Test
  func `agree with more bytes than there are blocks`() {
    let (bits, bytes) = owned(128)
    let longer = bytes + [UInt8](repeating: 0xff, count: 16)
    #expect(unsafe bits.agree(with: longer.span.bytes, from: 0))
    #expect(unsafe bits.agree(with: longer.span.bytes.extracting(16..<32), from: 128))
    #expect(unsafe bits.agree(with: longer.span.bytes.extracting(16..<32), from: 1024))
  }
}
