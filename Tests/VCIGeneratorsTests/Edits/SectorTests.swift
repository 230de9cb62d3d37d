import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A sector with the bytes of another` {
  /// A cache of 4096 blocks: map at 2, root at 4, and block 7 of the disk at 12.
  private let later = ImagePlan(
    blocks: 4096, mapAddress: 2, rootAddress: 4,
    extents: [Extent(offset: 7, blocks: 1, address: 12)], size: 13 * 512)
  /// The same before anything was cached.
  private let earlier = ImagePlan(
    blocks: 4096, mapAddress: 2, rootAddress: 4, extents: [], size: 12 * 512)

  private func sector(_ block: Int, of image: EditableImage) throws -> [UInt8] {
    let bytes = try #require(image.bytes.materialized(limit: 1 << 24))
    return Array(bytes[block * 512..<(block + 1) * 512])
  }

  /// The edits that give block `block` its earlier bytes, and the rules that are broken then.
  private func stale(_ block: Int) throws -> (edits: [String], rules: [Rule]) {
    let old = try sector(block, of: EditableImage(earlier))
    let edits = try #require(
      ImageModel(later).edits(making: BlockAddress(UInt64(block)), old))
    var image = EditableImage(later)
    for edit in edits { image.apply(edit) }
    #expect(try sector(block, of: image) == old)
    let forecast = try #require(image.model.flatMap { Forecast($0) })
    return (edits.map(\.description), forecast.findings.map(\.rule))
  }

  @Test
  func `is edits of the numbers that differ`() throws {
    #expect(try stale(0).edits == [])
    #expect(try stale(2).edits == ["map.free = 4084", "map.data = 0"])
    #expect(try stale(3).edits == ["flip bitmap[12]"])
    #expect(
      try stale(4).edits == [
        "tree/extent[0].blockOffset = 0", "tree/extent[0].blocks = 0",
        "tree/extent[0].blockAddress = 0",
      ])
  }

  @Test
  func `breaks what can be forecast exactly`() throws {
    let (counters, bits, root) = (try stale(2).rules, try stale(3).rules, try stale(4).rules)
    #expect(counters == [.mapFreeCount, .mapTotals])
    #expect(bits == [.mapFreeCount, .extentAllocated])
    // Where something leaks, counters may be larger than what is owned.
    #expect(root == [.blockOwned])
  }

  @Test
  func `is any bytes, in any block of the metadata`() throws {
    var random = RandomSource(seed: 1, index: 0, stream: RandomStream(rawValue: 22))
    let model = ImageModel(later)
    #expect(model.metadataBlocks == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    for block in model.metadataBlocks where block > 0 {
      let new = (0..<512).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
      let edits = try #require(model.edits(making: block, new))
      var image = EditableImage(later)
      for edit in edits { image.apply(edit) }
      #expect(image.model != nil)
      var expected = try #require(EditableImage(later).bytes.materialized(limit: 1 << 24))
      expected.replaceSubrange(Int(block.bytes)..<Int(block.bytes) + 512, with: new)
      #expect(image.bytes.materialized(limit: 1 << 24) == expected, "block \(block)")
    }
  }

  @Test
  func `is none where the model knows nothing, and where a UUID would be another`() {
    let model = ImageModel(later)
    #expect(model.edits(making: 12, [UInt8](repeating: 1, count: 512)) == nil)
    #expect(model.edits(making: 0, [UInt8](repeating: 1, count: 512)) == nil)
  }
}
