import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators
import VCITesting

private let stream = RandomStream(rawValue: 22)

/// A cache of three extents in one list.
private let three = """
  # Three extents.
  id: a-b-1
  title: what #1 shows   # and no comment
  rules: VCI-EXT-001 VCI-MAP-005   # two
  faults: F-25
  finding: VCI-EXT-001 corruption at 0x885
  exit: 2
  read: 10+4 = hit 4 at 13
  read: 5+8 = miss 5
  read: 0x64+1 = refused VCI-EXT-007

  blocks: 4096
  map: 2
  uuid: 00112233-4455-6677-8899-000000000000
  leaf tree at 4
    extent 0+1 at 12 next 13
    extent 10+4 at 13 previous 12 next 17
    extent 100+2 at 17 previous 13

  """

private func bytes(_ text: String) throws -> [UInt8] {
  let recipe = try Recipe(parsing: text)
  return try #require(recipe.image().bytes.materialized(limit: 1 << 20))
}

struct `A recipe` {
  @Test
  func `has the bytes of a hand-made image`() throws {
    let made = try bytes(three)
    #expect(made.count == 19 * 512)
    // The data differs: plans have a pattern of their own there.
    #expect(made[..<6144] == HandmadeImage.three.bytes[..<6144])
    #expect(made[6144..<6152] == [0x00, 0x44, 0x54, 0x41, 0x44, 0x49, 0x43, 0x56])
  }

  @Test
  func `has a front matter`() throws {
    let front = try Recipe(parsing: three).front
    #expect(front.id == "a-b-1")
    #expect(front.title == "what #1 shows   # and no comment")
    #expect(front.rules == [.extentOrder, .mapFreeCount])
    #expect(front.faults == ["F-25"])
    #expect(front.findings == [ForecastFinding(.extentOrder, .corruption, at: 0x885)])
    #expect(front.verdict == .corrupt)
    #expect(
      front.reads == [
        RecipeRead(block: 10, count: 4, answer: .hit(4, at: 13)),
        RecipeRead(block: 5, count: 8, answer: .miss(5)),
        RecipeRead(block: 100, count: 1, answer: .refused(.extentFlags)),
      ])
  }

  @Test
  func `has trees, in which paths name the nodes of entries`() throws {
    let text = """
      blocks: 64
      type: fixed
      dirty: yes
      map: 40
      internal tree at 2
        entry 0+100
        entry 100+5
      leaf tree/0 at 10
        extent 7+1 at 30
      leaf tree/1 at 20
      """
    let plan = try #require(try Recipe(parsing: text).plan)
    #expect(plan.type == .fixed)
    #expect(plan.isDirty)
    #expect(plan.size == 32768)
    #expect(plan.nodes.map(\.address) == [2, 10, 20])
    #expect(
      plan.nodes[0].entries == [
        EntryPlan(offset: 0, blocks: 100, node: 1), EntryPlan(offset: 100, blocks: 5, node: 2),
      ])
    #expect(plan.nodes[1].extents == [Extent(offset: 7, blocks: 1, address: 30)])
    #expect(plan.nodes[2].extents == [])
  }

  @Test
  func `applies its contents and then its edits`() throws {
    let made = try bytes(
      three + """
        bytes 0x1800 = 01 2 ff
        fill 0x1a00+600 = 00
        fill 0x2000+2 = a5
        pattern 0x2600+512

        file.size = 0x2800
        tree/extent[2].flags = 1   # a flag
        flip bitmap[20] to bitmap[22]
        raw 0x27ff = 7
        """)
    #expect(made.count == 0x2800)
    #expect(made[0x1800..<0x1804] == [1, 2, 0xff, 0x41])
    #expect(made[0x1a00..<0x1c58].allSatisfy { $0 == 0 })
    #expect(made[0x1c58..<0x1c60] == [0x8b, 0x44, 0x54, 0x41, 0x44, 0x49, 0x43, 0x56])
    #expect(made[0x2000..<0x2003] == [0xa5, 0xa5, 0x54])
    #expect(made[0x2600..<0x2604] == [0xc0, 0x45, 0x54, 0x41])
    #expect(made[0x27ff] == 7)
    #expect(made[2048 + 1 + 2 * 38 + 16] == 1)
    #expect(made[1538] == 0x77)
  }

  @Test
  func `of a clear map has no bit set, and counts all blocks as free`() throws {
    let text = three.replacing("map: 2\n", with: "map: 2\nbits: clear\ndirty: yes\n")
    let made = try bytes(text)
    #expect(try Recipe(parsing: text).plan?.isMapClear == true)
    // The header is dirty; of the map's blocks 2 and 3 only the header is not zero.
    #expect(made[16] == 1)
    #expect(
      made[1024..<1048] == [
        0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0,
      ])
    #expect(made[1048..<2048].allSatisfy { $0 == 0 })
    #expect(made[2048..<6144] == HandmadeImage.three.bytes[2048..<6144])
    #expect(throws: RecipeError.self) {
      try Recipe(parsing: three.replacing("map: 2", with: "map: 2\nbits: none"))
    }
  }

  @Test
  func `may be a hole with some bytes`() throws {
    let made = try bytes("size: 600\nbytes 0x0 = 56 43\nfill 10+3 = 9\nraw 599 = 8")
    #expect(made.count == 600)
    #expect(made[..<14] == [0x56, 0x43, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 0])
    #expect(made[599] == 8)
  }

  @Test
  func `is parsed as it was printed, for drawn plans and their breakages`() throws {
    for index in 0..<200 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 22, index: index, stream: stream))
      let plan = ImagePlan.drawn(from: &choices)
      var recipe = Recipe(base: .plan(plan))
      recipe.front.id = "plan-\(index)"
      let image = recipe.image()
      if let model = image.model {
        let rule = choices.element(of: Rule.allCases)
        recipe.edits = Breakage.drawn(of: rule, in: model, from: &choices)
      }
      let parsed = try Recipe(parsing: recipe.description)
      #expect(parsed == recipe, "plan \(index)")
      #expect(parsed.image().bytes == recipe.image().bytes, "plan \(index)")
    }
  }
}

struct `A text that is no recipe` {
  private static let plan = "blocks: 64\nmap: 2\nleaf tree at 4\n"

  @Test(arguments: [
    ("", 0, "there is neither a plan (blocks, map, leaf tree) nor a size"),
    ("id: A", 1, "a name has letters a to z, digits and dashes only"),
    ("\n\nid: a\nid: b", 4, "a second id:"),
    ("rules: VCI-HDR-999", 1, "there is no rule VCI-HDR-999"),
    ("faults: 25", 1, "25 is no fault, F-NN"), ("exit: 7", 1, "no check ends with 7"),
    (
      "finding: VCI-HDR-001 sad at 0", 1,
      "there is no class sad; there are corruption, summary, leak, dirty, advice"
    ),
    ("read: 0+0 = miss 1", 1, "a read of no block"),
    ("read: 0+4 = miss 5", 1, "an answer of 5 blocks to a read of 4"),
    ("blocks: 64\nid: a", 2, "front matter behind the plan"),
    (plan + "refit\nbytes 0x1800 = 1", 5, "contents behind edits"),
    ("map: 2\nleaf tree at 4\nrefit", 3, "a plan without blocks:"),
    ("blocks: 64\nmap: 2\nrefit", 3, "a plan without a root: leaf tree at BLOCK"),
    ("blocks: many", 1, "many is no number"),
    ("blocks: 64\nmap: 2\nleaf tree/0 at 4", 3, "the first node is tree, not tree/0"),
    (
      "blocks: 64\nmap: 2\ninternal tree at 4\nleaf tree/0 at 12", 4,
      "tree has 0 entries: none for tree/0"
    ),
    (
      "blocks: 64\nmap: 2\ninternal tree at 4\nentry 0+1\nrefit", 5,
      "entry 0 of tree leads to no node"
    ),
    (plan + "leaf tree at 12", 4, "a second tree"),
    (plan + "entry 0+1", 4, "an entry outside of an internal node"),
    (
      plan + "extent 0+1 at 36028797018963968", 4,
      "no file has 36028797018963968+1: use an edit"
    ),
    (plan + "extent 0+4294967296 at 12", 4, "a count of 4294967296 has more than 32 bits"),
    (plan + "extent 0 at 12", 4, "0 is to be FIRST+COUNT"),
    (
      "blocks: 64\nmap: 2\nleaf tree at 3\nrefit", 4,
      "header, map and nodes overlap at block 3: use an edit"
    ),
    (
      "blocks: 18446744073709551615\nmap: 2\nleaf tree at 4\nrefit", 4,
      "a plan of more than 17592186036224 blocks: use an edit"
    ),
    (
      plan + "bytes 0x800 = 1", 4,
      "bytes 2048..<2049 meet the plan's metadata at 2048..<6144: use edits there"
    ),
    (
      plan + "bytes 0x1800 = 1\nbytes 0x1800 = 2", 5,
      "byte 6144 stands before the end of the content above"
    ),
    (
      plan + "fill 0x1800+99999999 = 1", 4,
      "more than 67108864 bytes besides holes and data pattern"
    ),
    (plan + "pattern 0x1801+512", 4, "the pattern is that of whole blocks of 512 bytes"),
    (plan + "tree/0.type = 3", 4, "the plan has no node tree/0"),
    (
      plan + "tree/entry[0].blocks = 3", 4,
      "tree is of type leaf, so it has no tree/entry[0].blocks"
    ),
    (
      plan + "header.imageUUID = 3", 4,
      "header.imageUUID holds no number: its bytes are changed one by one, header.imageUUID[BYTE]"
    ),
    (plan + "map.reserved[472] = 3", 4, "map.reserved has 472 bytes"),
    (plan + "flip bitmap[4096]", 4, "the bitmap has 4096 bits"),
    (plan + "tree/extent[5] = 3", 4, "tree/extent[5] holds no number: name a field of it"),
    ("size: 100\nmap.free = 5", 2, "'map.free = 5' needs a plan: blocks, map, nodes"),
    (plan + "flip bitmap[9] to bitmap[3]", 4, "no run of bits, or one of more than 1048576"),
    (plan + "what is this", 4, "what has no place"),
  ])
  func `is refused with line and reason`(text: String, line: Int, reason: String) {
    do throws(RecipeError) {
      _ = try Recipe(parsing: text)
      Issue.record("it was taken")
    } catch {
      #expect(error.line == line)
      // The last one is a word that no edit has.
      if reason != "what has no place" { #expect(error.reason == reason) }
    }
  }

  @Test
  func `never traps, whatever its bytes are`() {
    let words = [
      "0", "1", "2", "4", "12", "4096", "18446744073709551615", "9007199254740992", "0x",
      "4294967295",
      "0+1", "0+4294967295", "5+0", "at", "=", "tree", "tree/0", "tree/extent[0].blockAddress",
      "tree/entry[203].blocks", "header.blocks", "bitmap[4095]", "yes", "fixed", "leaf", "internal",
      "extent", "entry", "blocks:", "map:", "size:", "fill", "bytes", "raw", "flip", "refit",
      "clear",
      "reshape", "file.size", "previous", "#", "é", "17592186036224",
    ]
    var parsed = 0
    for index in 0..<1500 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 23, index: index, stream: stream))
      var lines = (three + "tree/extent[0].flags = 1\nflip bitmap[9]\nrefit\n")
        .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for _ in 0...choices.number(upTo: 2) {
        let line = choices.index(below: lines.count)
        var parts = lines[line].split(separator: " ").map(String.init)
        if parts.isEmpty || choices.chance(1, in: 4) {
          parts.append(choices.element(of: words))
        } else {
          parts[choices.index(below: parts.count)] = choices.element(of: words)
        }
        lines[line] = parts.joined(separator: " ")
      }
      guard let recipe = try? Recipe(parsing: lines.joined(separator: "\n")) else { continue }
      parsed += 1
      let image = recipe.image()
      if let model = image.model { _ = Forecast(model) }
      #expect((try? Recipe(parsing: recipe.description)) == recipe)
    }
    #expect(parsed > 75)
  }
}
