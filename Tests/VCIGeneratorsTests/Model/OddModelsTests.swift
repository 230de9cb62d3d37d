import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

/// Models that are not made by drawn plans, but by those of damaged images.
struct `A breakage of an odd model` {
  private static func model(_ edits: [Edit]) throws -> ImageModel {
    var image = EditableImage(
      ImagePlan(
        blocks: 4096, mapAddress: 2, rootAddress: 4,
        extents: [Extent(offset: 0, blocks: 1, address: 12)], size: 13 * 512))
    for edit in edits { image.apply(edit) }
    return try #require(image.model)
  }

  /// The edits of 100 draws.
  private static func drawn(_ rule: Rule, _ model: ImageModel) -> [[Edit]] {
    (0..<100 as Range<UInt64>).map { index in
      var choices = Choices(
        RandomSource(seed: 16, index: index, stream: RandomStream(rawValue: 16)))
      return Breakage.drawn(of: rule, in: model, from: &choices)
    }
  }

  @Test
  func `VCI-NODE-004 has no edit if an internal root is the only node`() throws {
    let model = try Self.model([
      .reshape(.root, .internal), .change(.entry(.root, slot: 0, .entryBlocks), .to(1)),
      .change(.entry(.root, slot: 0, .entryChild), .to(500)),
    ])
    #expect(Self.drawn(.nodeNamedOnce, model).allSatisfy { $0.isEmpty })
  }

  @Test
  func `is drawn of each rule in a cache of up to 2^64 - 1 blocks`() throws {
    for blocks in [.max, .max - 1, 1 << 63] as [UInt64] {
      let model = try Self.model([.change(.field(.blocks), .to(blocks))])
      // The test is that none traps.
      for rule in Rule.allCases { #expect(Self.drawn(rule, model).count == 100) }
    }
  }

  @Test
  func `VCI-LRU-002 has no edit if each bogus address is that of an extent`() throws {
    // The addresses that it tries: 1, the one after the extent's, 2^64 - 1 and 2^63.
    let addresses: [UInt64] = [12, 13, 1, .max, 1 << 63, 14, 2, 0x8000_0000_0000_0001]
    let edits = addresses.enumerated().flatMap { slot, address -> [Edit] in
      [
        .change(.extent(.root, slot: slot, .extentBlocks), .to(1)),
        .change(.extent(.root, slot: slot, .extentAddress), .to(address)),
      ]
    }
    let all = Self.drawn(.lruLinks, try Self.model(edits))
    #expect(all.contains { $0.isEmpty })
    #expect(all.contains { !$0.isEmpty })
  }

  @Test
  func `leaves room for writing in a cache of 2^64 - 1 blocks`() throws {
    let model = try Self.model([.change(.field(.blocks), .to(.max))])
    // Header, map and root take the first 12 blocks, data one more; nodes take 8 each.
    #expect(WriterRoom(model).rooms == (UInt64.max - 13) / 8)
  }
}
