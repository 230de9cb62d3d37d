import Testing
import VCIFormat
import VCIGenerators

struct `The room for writing` {
  /// The root follows header and map, which end at block 4, and data follows the root.
  private func room(blocks: BlockCount, _ extents: [Extent] = []) -> WriterRoom {
    let plan = ImagePlan(
      blocks: blocks, mapAddress: 2, rootAddress: 4, extents: extents, size: blocks.bytes)
    let image = EditableImage(plan)
    guard let model = image.model else { preconditionFailure("a plan without a model") }
    return WriterRoom(model)
  }

  @Test
  func `is enough from 21 blocks on`() {
    // 12 blocks for header, map and root, 8 for the root's copy, one for data.
    #expect(!room(blocks: 20).isEnough)
    #expect(room(blocks: 21).isEnough)
  }

  @Test
  func `is counted run by run`() {
    // Seven free blocks on each side of the data.
    let extents = [Extent(offset: 0, blocks: 1, address: 19)]
    #expect(room(blocks: 27, extents).rooms == 0)
    #expect(room(blocks: 28, extents).rooms == 1)
    #expect(room(blocks: 28, extents).blocks == 16)
  }
}
