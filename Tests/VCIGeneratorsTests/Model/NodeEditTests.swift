import Testing
import VCIFormat
import VCIGenerators
import VCITesting

private func bytes(_ image: EditableImage) throws -> [UInt8] {
  try #require(image.bytes.materialized(limit: 1 << 20))
}

struct `An image of two levels` {
  @Test
  func `has the bytes of a hand-made one`() throws {
    let recipe = try Recipe(
      parsing: """
        blocks: 4096
        map: 2
        uuid: 00112233-4455-6677-8899-000000000000
        internal tree at 4
          entry 0+100
          entry 100+100
        leaf tree/0 at 12
          extent 0+1 at 28 next 29
          extent 10+4 at 29 previous 28 next 33
        leaf tree/1 at 20
          extent 100+2 at 33 previous 29
        """)
    let made = try bytes(recipe.image())
    #expect(made.count == 35 * 512)
    // The data differs: plans have a pattern of their own there.
    #expect(made[..<14336] == HandmadeImage.tree.bytes[..<14336])
    #expect(made[0x2800..<0x2801] == [2])
    // Entry 1 of the root: disk blocks 100 to 199, child 20.
    #expect(
      made[0x815..<0x829]
        == [100, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0])
  }
}

struct `An edit of a node` {
  @Test
  func `changes an entry of the node that its path names`() throws {
    let made = try bytes(tree("tree/1/entry[0].childAddress = 0x1122334455667788"))
    #expect(made[0x280d..<0x2815] == [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11])
    let last = try bytes(tree("tree/0/entry[203].blocks = 0x01020304"))
    // Slot 203 begins at byte 1 + 203 * 20 of the node.
    #expect(last[0x1800 + 4069..<0x1800 + 4073] == [4, 3, 2, 1])
  }

  @Test
  func `that reshapes it leaves its type and zeros`() throws {
    let before = try bytes(tree())
    let made = try bytes(tree("tree/0.entries[3] = 7", "reshape tree/0 leaf"))
    #expect(made[0x1800] == 2)
    #expect(made[0x1801..<0x2800].allSatisfy { $0 == 0 })
    #expect(made[..<0x1800] == before[..<0x1800])
    #expect(made[0x2800...] == before[0x2800...])
  }

  @Test
  func `that reshapes it gives it slots of the new type, and none of the old`() throws {
    var image = try tree("reshape tree/0/0 internal", "tree/0/0/entry[1].childAddress = 0x99")
    let made = try bytes(image)
    #expect(made[0x3800] == 1)
    #expect(made[0x3821..<0x3829] == [0x99, 0, 0, 0, 0, 0, 0, 0])
    image.apply(.change(.extent(NodePath.root.child(0).child(0), slot: 0, .extentFlags), .to(1)))
    #expect(try bytes(image) == made)
  }

  @Test
  func `that gives it another type changes nothing else`() throws {
    let before = try bytes(tree())
    let made = try bytes(tree("tree/1.type = 2"))
    #expect(made[0x2800] == 2)
    #expect(made[0x2801...] == before[0x2801...])
    #expect(made[..<0x2800] == before[..<0x2800])
  }

  @Test
  func `of a field that a slot does not have changes nothing`() throws {
    var image = try tree()
    let before = image
    for path in [
      Path.entry(.root, slot: 0, .extentFlags), .entry(.root, slot: 204, .entryBlocks),
      .extent(.root, slot: 0, .extentFlags), .entry(NodePath.root.child(9), slot: 0, .entryBlocks),
      .extent(NodePath.root.child(1).child(0), slot: 0, .entryChild),
    ] {
      image.apply(.change(path, .to(1)))
    }
    #expect(image.bytes == before.bytes)
    #expect(image.model == before.model)
  }

  @Test
  func `that refits sets bits and counters to what the nodes still own`() throws {
    let made = try bytes(tree("reshape tree/0/1 leaf", "refit"))
    // Blocks 57 and 58 are free.
    #expect(made[1536..<1545] == [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x39, 0])
    #expect(made[1040..<1042] == [0xc4, 0x0f])  // 4036 free
    #expect(made[1048..<1050] == [52, 0])
    #expect(made[1056..<1058] == [8, 0])
    let cut = try bytes(tree("tree/entry[0].childAddress = 1", "refit"))
    // Header, map, root, tree/1 and tree/1/0, and blocks 59 to 61.
    #expect(cut[1536..<1545] == [0xff, 0x0f, 0xf0, 0x0f, 0, 0xf0, 0x0f, 0x38, 0])
    #expect(cut[1048..<1050] == [28, 0])
    #expect(cut[1056..<1058] == [3, 0])
  }
}
