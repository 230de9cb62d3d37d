import Testing
import VCIGenerators

@testable import VCIConformance

private func lines(_ image: [UInt8], from valid: [UInt8]) -> [String] {
  ImageDifferences(SparseBytes(image), from: SparseBytes(valid)).lines
}

struct `The differences of two images` {
  @Test
  func `are runs of bytes, each with its offset and those of both`() {
    #expect(
      lines([1, 2, 3, 4, 5], from: [1, 9, 8, 4, 0]) == ["0x1: 09 08 -> 02 03", "0x4: 00 -> 05"])
    #expect(lines([1, 2], from: [1, 2]) == [])
  }

  @Test
  func `have a size, if those differ`() {
    #expect(lines([1, 2, 3], from: [1]) == ["size: 1 -> 3 bytes"])
    #expect(lines([7], from: [1, 2]) == ["0x0: 01 -> 07", "size: 2 -> 1 bytes"])
  }

  @Test
  func `are at most 20, each of at most 16 bytes`() {
    let long = lines([UInt8](repeating: 1, count: 17), from: [UInt8](repeating: 0, count: 17))
    #expect(long.count == 2)
    #expect(long.last == "0x10: 00 -> 01")
    let many = (0..<100).map { UInt8($0 % 2) }
    let cut = lines(many, from: [UInt8](repeating: 0, count: 100))
    #expect(cut.count == 21)
    #expect(cut.last == "and more")
  }

  @Test
  func `are found behind holes of any size`() {
    var (image, valid) = (SparseBytes(size: 1 << 43), SparseBytes(size: 1 << 43))
    image.write([5], at: (1 << 43) - 1)
    valid.write([6], at: 1 << 40)
    #expect(
      ImageDifferences(image, from: valid).lines
        == ["0x10000000000: 06 -> 00", "0x7ffffffffff: 00 -> 05"])
  }
}
