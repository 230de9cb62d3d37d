import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

private let stream = RandomStream(rawValue: 21)

struct `The text of a path` {
  @Test(arguments: [
    ("file", Path.file), ("header.treeRoot", .field(.treeRoot)), ("map.free", .field(.mapFree)),
    ("header.blocks", .field(.blocks)), ("map.blocks", .field(.mapBlocks)),
    ("bitmap[412]", .bit(412)), ("tree", .node(.root, nil)), ("tree.type", .node(.root, .nodeType)),
    ("tree/3/203", .node(.root.child(3).child(203), nil)),
    ("tree/0.entries", .node(.root.child(0), .nodeEntries)),
    ("tree/extent[106].flags", .extent(.root, slot: 106, .extentFlags)),
    ("tree/7/extent[0]", .extent(.root.child(7), slot: 0, nil)),
    ("tree/entry[203].childAddress", .entry(.root, slot: 203, .entryChild)),
  ])
  func `names a part of an image, and is how the part is printed`(text: String, path: Path) throws {
    #expect(try Path(parsing: text) == path)
    #expect(path.description == text)
  }

  @Test(arguments: [
    "", "tree/", "tree/204", "tree/-1", "tree/x", "tree/extent[107]", "tree/entry[204]",
    "tree/extent[1", "tree/extent[]", "tree/extent[1].childAddress", "tree/extent[1]/2",
    "tree.type/3", "header", "header.free", "map.signature", "bitmap[]", "bitmap[-1]",
    "bitmap[18446744073709551616]", "bitmap[1].x", "trees", "file.x", "tree..type", "tree/ 1",
    "tree" + String(repeating: "/0", count: 16), "tree/extent[+1]",
  ])
  func `has no other form`(text: String) {
    #expect(throws: PathSyntaxError.self) { try Path(parsing: text) }
  }

  @Test
  func `is refused with a list of fields`() {
    #expect(throws: PathSyntaxError.self) { try Path(parsing: "tree/entry[0].blockAddress") }
    do throws(PathSyntaxError) {
      _ = try Path(parsing: "tree/entry[0].blockAddress")
    } catch {
      #expect(
        error.description
          == "entry[0] has no field blockAddress; it has blockOffset, blocks, childAddress")
    }
  }
}

struct `The text of an edit` {
  @Test(arguments: [
    (
      "tree/3/extent[2].blockAddress = 5",
      Edit.change(.extent(.root.child(3), slot: 2, .extentAddress), .to(5))
    ),
    ("tree/entry[0].childAddress += 1", .change(.entry(.root, slot: 0, .entryChild), .adding(1))),
    ("map.free -= 1", .change(.field(.mapFree), .adding(.max))),
    ("map.free -= 9223372036854775808", .change(.field(.mapFree), .adding(1 << 63))),
    ("header.signature ^= 0x80", .change(.field(.signature), .flipping(0x80))),
    ("clear tree/extent[1]", .clear(.extent(.root, slot: 1, nil))),
    ("header.reserved[950] = 1", .poke(.field(.headerReserved), offset: 950, byte: 1)),
    ("tree/2.entries[28] = 255", .poke(.node(.root.child(2), .nodeEntries), offset: 28, byte: 255)),
    ("flip bitmap[412]", .toggle(412)),
    ("reshape tree/3 internal", .reshape(.root.child(3), .internal)),
    ("reshape tree leaf", .reshape(.root, .leaf)),
    ("move header.blockMap to 9", .move(.field(.blockMap), to: 9)),
    (
      "move tree/1/entry[3].childAddress to 4089",
      .move(.entry(.root.child(1), slot: 3, .entryChild), to: 4089)
    ), ("file.size = 1023", .resize(1023)),
    ("refit", .refit), ("raw 0x40 = de ad 0 5", .raw(offset: 0x40, [0xde, 0xad, 0, 5])),
    ("raw 0x0 =", .raw(offset: 0, [])),
  ])
  func `is parsed as an edit, and is how the edit is printed`(text: String, edit: Edit) throws {
    #expect(try Edit(parsing: text) == edit)
    #expect(edit.description == text)
  }

  @Test
  func `may have more spaces and hexadecimal numbers`() throws {
    #expect(try Edit(parsing: "  file.size\t=   0x3FF ") == .resize(1023))
    #expect(try Edit(parsing: "bitmap[5] = 1") == .change(.bit(5), .to(1)))
  }

  @Test(arguments: [
    ("", "'' is no edit: PLACE = VALUE and the like"),
    ("map.free", "'map.free' is no edit: PLACE = VALUE and the like"),
    ("map.free := 5", ":= is none of =, +=, -= and ^="), ("map.free = -1", "-1 is no number"),
    ("map.free = 0x", "0x is no number"),
    ("map.free = 18446744073709551616", "18446744073709551616 is more than 64 bits hold"),
    (
      "map.fre = 1",
      "map has no field fre; it has magic, version, blocks, free, metadata, data, reserved"
    ),
    ("flip tree", "only a bit is flipped, bitmap[BLOCK], not tree"),
    ("reshape tree twig", "a node is internal or leaf, not twig"),
    ("reshape tree/extent[0] leaf", "tree/extent[0] is no node"),
    (
      "move tree to 9",
      "tree is no address: header.treeRoot, header.blockMap, childAddress, blockAddress"
    ),
    (
      "move tree/extent[0].extentNext to 9",
      "extent[0] has no field extentNext; it has previous, next, flags, reserved, blockOffset, "
        + "blocks, blockAddress"
    ),
    ("move header.treeRoot to 0x20000000000001", "no file has block 0x20000000000001"),
    ("header.reserved[1] = 256", "256 is no byte"),
    ("header.reserved[4096] = 2", "no field has byte 4096"),
    ("raw 0x40 = 100", "100 is no byte, one or two hexadecimal digits"),
    ("raw 0x40 = +1", "+1 is no byte, one or two hexadecimal digits"),
    ("raw 0x4000000000000001 = 1", "byte 0x4000000000000001 is past what a file reaches"),
    ("file.size = 0xffffffffffffffff", "byte 0xffffffffffffffff is past what a file reaches"),
  ])
  func `is refused with the reason`(text: String, reason: String) {
    do throws(WordError) {
      _ = try Edit(parsing: text)
      Issue.record("'\(text)' was taken")
    } catch {
      #expect(error.reason == reason)
    }
  }

  @Test
  func `is parsed again for every edit of a breakage`() throws {
    var kinds: Set<String> = []
    for index in 0..<100 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 21, index: index, stream: stream))
      guard let model = EditableImage(ImagePlan.drawn(from: &choices)).model else { continue }
      for rule in Rule.allCases {
        let edits =
          Breakage.drawn(of: rule, in: model, from: &choices)
          + Breakage.aimless(in: model, from: &choices)
        for edit in edits {
          #expect(try Edit(parsing: edit.description) == edit)
          kinds.insert(String("\(edit)".prefix { $0 != " " && $0 != "/" && $0 != "." }))
        }
      }
    }
    #expect(
      kinds.isSuperset(of: ["header", "map", "tree", "clear", "flip", "reshape", "move", "file"]))
  }
}
