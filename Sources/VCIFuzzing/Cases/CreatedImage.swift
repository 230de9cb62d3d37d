internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// An empty cache that the reference creates, as the base of a case.
struct CreatedImage: Hashable, Sendable {
  /// The size of the cache, in blocks.
  var blocks: UInt64
  var type: CacheType

  private static let imageUUID = ImageUUID(
    high: 0x5643_4900_0000_4000, low: 0x8000_0000_0000_0002)

  /// The plan to create the image with.
  ///
  /// - Throws: `ImageError.sizeOutOfRange`.
  var plan: CacheImage.Plan {
    get throws(ImageError) {
      try CacheImage.Plan(
        blocks: BlockCount(blocks), type: type, imageUUID: Self.imageUUID)
    }
  }

  /// The plan of the image that the reference creates: header, map and root, without gaps.
  var imagePlan: ImagePlan {
    let map = BlockRange(
      Format.firstBlock, Format.mapBlocks(for: BlockCount(blocks)))
    let root = BlockAddress(map.first.rawValue + map.count.rawValue)
    let end = root.rawValue + Format.nodeBlocks.rawValue
    return ImagePlan(
      blocks: BlockCount(blocks), type: type, mapAddress: map.first,
      nodes: [NodePlan(address: root, .leaf([]))],
      size: type == .fixed ? BlockCount(blocks).bytes : BlockCount(end).bytes,
      imageUUID: Self.imageUUID)
  }
}

extension CreatedImage: CustomStringConvertible {
  /// The base as a stored case names it. `init(parsing:)` parses it.
  var description: String { "created \(blocks) \(type)" }

  /// Parses the `description` of a base. Returns `nil` for any other text, and for a size that no
  /// created cache has.
  init?(parsing text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3, words[0] == "created", let blocks = UInt64(words[1]),
      let type = [CacheType.dynamic, .fixed].first(where: { "\($0)" == words[2] }),
      blocks <= Self.mostBlocks
    else { return nil }
    (self.blocks, self.type) = (blocks, type)
    guard (try? plan) != nil else { return nil }
  }

  /// The largest cache that a case creates, in blocks.
  private static let mostBlocks: UInt64 = 1 << 31
}
