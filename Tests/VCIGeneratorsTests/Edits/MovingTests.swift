import Testing
import VCIFormat
import VCIGenerators

/// A root at block 4 with two leaves at 12 and 20, each with an extent: blocks 0 to 3 at 28, block
/// 1000 at 32. The map is at block 2, or at block 100, where the file ends.
private func twoLeaves(map: BlockAddress = 2, blocks: BlockCount = 4096) -> EditableImage {
  let nodes = [
    NodePlan(
      address: 4,
      .internal([
        EntryPlan(offset: 0, blocks: 100, node: 1), EntryPlan(offset: 1000, blocks: 100, node: 2),
      ])),
    NodePlan(address: 12, .leaf([Extent(offset: 0, blocks: 4, address: 28)])),
    NodePlan(address: 20, .leaf([Extent(offset: 1000, blocks: 1, address: 32)])),
  ]
  return EditableImage(
    ImagePlan(blocks: blocks, mapAddress: map, nodes: nodes, size: map == 2 ? 33 * 512 : 103 * 512))
}

private let second = Path.entry(.root, slot: 1, .entryChild)

extension EditableImage {
  fileprivate func applying(_ edits: Edit...) -> EditableImage {
    var image = self
    for edit in edits { image.apply(edit) }
    return image
  }

  fileprivate func held(_ range: Range<UInt64>) -> [UInt8] {
    bytes.bytes(at: range.lowerBound, count: range.count)
  }

  fileprivate var findings: [ForecastFinding]? { model.flatMap { Forecast($0) }?.findings }
}

struct `Moving a part` {
  @Test
  func `moves a node with its bytes, and the entry with it`() {
    let image = twoLeaves().applying(.move(second, to: 40), .refit)
    // Slot 1 of the root: its child is named at byte 0x821.
    #expect(image.held(0x821..<0x829) == [40, 0, 0, 0, 0, 0, 0, 0])
    #expect(image.held(10240..<14336) == [UInt8](repeating: 0, count: 4096))
    #expect(image.held(20480..<20481) == [2])
    // The extent's offset 1000, its count and its address.
    #expect(
      image.held(20499..<20519) == [
        0xe8, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0,
      ])
    #expect(image.bytes.size == 48 * 512)
    #expect(image.findings == [])
  }

  @Test
  func `moves a root behind the cache, and the file grows`() {
    let image = twoLeaves().applying(.move(.field(.treeRoot), to: 4089))
    #expect(image.bytes.size == 4097 * 512)
    #expect(
      image.findings == [
        ForecastFinding(.fileWithinCapacity, .advice, at: 4097 * 512),
        ForecastFinding(.rootInRange, .corruption, at: 21),
      ])
  }

  @Test
  func `moves the map, and its later bits too`() {
    let image = twoLeaves().applying(.move(.field(.blockMap), to: 50), .toggle(4000))
    #expect(image.held(1024..<2048) == [UInt8](repeating: 0, count: 1024))
    #expect(image.held(25600..<25608) == [0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0])
    #expect(image.held(26112..<26117) == [0xff, 0xff, 0xff, 0xff, 1])
    #expect(image.held(26612..<26613) == [1])
    #expect(image.applying(.toggle(4000), .refit).findings == [])
  }

  @Test
  func `gives data the pattern of its new place`() {
    let image = twoLeaves().applying(
      .move(.extent(.root.child(1), slot: 0, .extentAddress), to: 60), .refit)
    // "VCIDATA" and 64 * 60 = 0xf00.
    #expect(image.held(30720..<30728) == [0x00, 0x50, 0x54, 0x41, 0x44, 0x49, 0x43, 0x56])
    #expect(image.findings == [])
  }

  @Test
  func `makes a node's first block the header's second`() {
    let image = twoLeaves(map: 100).applying(.move(.field(.treeRoot), to: 1))
    #expect(image.held(512..<513) == [1])
    #expect(
      image.findings == [
        ForecastFinding(.rootInRange, .corruption, at: 21),
        ForecastFinding(.headerReservedZero, .advice, at: 512),
      ])
    // Byte 512 is the root's type too, so no later edit changes it.
    let edited = image.applying(
      .change(.node(.root, .nodeType), .to(2)), .poke(.field(.headerReserved), offset: 439, byte: 7)
    )
    #expect(edited.held(512..<513) == [1])
    #expect(edited.findings == image.findings)
  }

  @Test
  func `makes a node's bytes bits, where it lies in the bitmap`() throws {
    let image = twoLeaves(map: 100, blocks: 8192).applying(.move(second, to: 102))
    let bits = try #require(image.model).bits
    // The type byte, 2, at the start of the bitmap's second block; and 0x03e8 at byte 19.
    #expect(!bits.contains(4096))
    #expect(bits.contains(4097))
    #expect(bits.contains(4096 + 19 * 8 + 3))
    #expect(!bits.contains(4096 + 19 * 8 + 4))
    #expect(image.applying(.toggle(4098), .refit).model?.bits.contains(4098) == false)
    #expect(image.held(52224..<52225) == [2])
  }

  @Test
  func `moves a node onto another one that has the same bytes there, and no other`() {
    let empty = Edit.reshape(.root.child(1), .leaf)
    let byte = Edit.change(.extent(.root.child(0), slot: 13, .extentReserved), .to(2))
    let unlike = twoLeaves().applying(.move(.entry(.root, slot: 0, .entryChild), to: 40), empty)
    #expect(unlike.applying(.move(second, to: 41)).held(0x821..<0x822) == [20])
    let alike = unlike.applying(byte, .move(second, to: 41), .refit)
    #expect(alike.held(0x821..<0x822) == [41])
    #expect(alike.findings?.map(\.rule) == [.nodeApart, .nodeRestZero, .leafUsed])
  }

  @Test
  func `moves a node onto a map's header that has the same bytes, and no other`() throws {
    let leaf = twoLeaves(map: 100)
    #expect(leaf.applying(.move(second, to: 93)).bytes == leaf.bytes)
    // The map's header begins in slot 94 of a node at block 93: "VBLK", 1, 4096, 0, 0, 4096.
    let edits = [
      "map.free = 0", "map.metadata = 0", "map.data = 4096",
      "tree/1/extent[94].next = 0x14b4c4256000000", "tree/1/extent[94].blockOffset = 0x100000",
      "tree/1/extent[95].previous = 0x10000000000000", "move tree/entry[1].childAddress to 93",
      "refit", "map.free = 7",
    ]
    var image = leaf
    for edit in edits { image.apply(try Edit(parsing: edit)) }
    #expect(image.held(0x821..<0x822) == [93])
    #expect(image.held(47616..<47617) == [2])
    #expect(image.held(51200..<51208) == [0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0])
    #expect(image.held(51216..<51240) == [UInt8](repeating: 0, count: 17) + [16, 0, 0, 0, 0, 0, 0])
    #expect(image.held(51723..<51725) == [0xe0, 0x3f])
    #expect(
      Set(image.findings?.map(\.rule) ?? []) == [
        .mapFreeCount, .nodeRestZero, .nodeApart, .mapTotals,
      ])
  }

  @Test
  func `leaves a node where it is, if the number that leads to it would lie in it`() throws {
    let nodes = [
      NodePlan(address: 20, .internal([EntryPlan(offset: 0, blocks: 100, node: 1)])),
      NodePlan(address: 28, .leaf([])),
    ]
    var image = EditableImage(
      ImagePlan(blocks: 4096, mapAddress: 2, nodes: nodes, size: 36 * 512))
    // The first bytes of the root, in slot 94 of a leaf that begins seven blocks earlier.
    image.apply(try Edit(parsing: "tree/0/extent[94].next = 0x1000000"))
    image.apply(try Edit(parsing: "tree/0/extent[94].blockOffset = 0x1c000000640000"))
    let moved = image.applying(.move(.entry(.root, slot: 0, .entryChild), to: 13))
    #expect(moved.bytes == image.bytes)
    #expect(moved.model == image.model)
  }

  @Test(arguments: [
    Edit.move(second, to: 0), .move(second, to: 12), .move(second, to: 5), .move(second, to: 100),
    .move(second, to: 95), .move(.field(.blockMap), to: 3), .move(.field(.blockMap), to: 27),
    .move(.extent(.root.child(0), slot: 0, .extentAddress), to: 1),
    .move(.extent(.root.child(0), slot: 0, .extentAddress), to: 27),
    .move(.extent(.root.child(0), slot: 1, .extentAddress), to: 200),
    .move(.entry(.root, slot: 2, .entryChild), to: 200),
    .move(.extent(.root, slot: 0, .extentAddress), to: 200), .move(.field(.blocks), to: 200),
  ])
  func `changes nothing if the part does not fit, or if there is none`(edit: Edit) {
    let image = twoLeaves(map: 100)
    let edited = image.applying(edit)
    #expect(edited.bytes == image.bytes)
    #expect(edited.model == image.model)
  }

  @Test
  func `lets a node lie on data, which is there again when it leaves`() {
    let image = twoLeaves().applying(.move(second, to: 30), .refit)
    #expect(
      image.findings?.map(\.rule) == [
        .extentApartFromMetadata, .extentApartFromMetadata,
      ])
    let back = image.applying(.move(second, to: 20), .refit)
    #expect(back.held(15360..<15362) == [0x80, 0x48])
    #expect(back.findings == [])
  }
}
