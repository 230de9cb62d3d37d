import Testing
import VCITesting

struct `Showing an image` {
  @Test
  func `says what it is`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [16: 1])
    let outcome = try await Tool.vci.run("info", "image.vci", in: folder)
    #expect(outcome.code == 0)
    #expect(
      outcome.output == """
        image:             image.vci
        format:            VCI, version 1
        type:              dynamic
        size:              2 MiB, 4096 blocks
        file:              9728 bytes
        closed cleanly:    no
        UUID:              00112233-4455-6677-8899-000000000000
        modification UUID: 00000000-0000-0000-0000-000000000000
        block map:         at block 2
        root:              at block 4, a leaf of 3 extents

        """)
  }

  @Test(
    arguments: [
      (0, 5, "notAnImage", "VCI-HDR-001"), (4, 6, "unsupportedVersion", "VCI-HDR-002"),
      (17, 2, "corrupt", "VCI-HDR-005"), (1024, 2, "corrupt", "VCI-MAP-001"),
      (2048, 2, "corrupt", "VCI-NODE-001"),
    ] as [(Int, Int32, String, String)])
  func `ends by the rule that refuses it`(
    byte: Int, code: Int32, kind: String, rule: String
  ) async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [byte: 9])
    let outcome = try await Tool.vci.run("info", "image.vci", "--json", in: folder)
    let object = try outcome.decoded(as: FailureObject.self)
    #expect(outcome.code == code)
    #expect(object.exit == code)
    #expect(object.error.kind == kind)
    #expect(object.error.message.contains(rule))
  }

  @Test(arguments: [
    (0, "vci: image.vci: not a VCI image: VCI-HDR-001 at 0x0, "),
    (4, "vci: image.vci: a version that nobody knows: VCI-HDR-002 at 0x4, "),
  ])
  func `says what a refusal means`(byte: Int, words: String) async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [byte: 9])
    #expect(try await Tool.vci.run("info", "image.vci", in: folder).errors.hasPrefix(words))
  }

  @Test
  func `does not look at what lies deeper`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [1040: 0, 1048: 0xf9])
    #expect(try await Tool.vci.run("info", "image.vci", in: folder).code == 0)
    #expect(try await Tool.vci.run("check", "image.vci", in: folder).code == 3)
  }

  private struct Shown: Decodable {
    let rootType: String
    let rootEntries: Int
  }

  @Test
  func `says what the root is, and reads no node below`() async throws {
    let folder = try TestFolder()
    try folder.putImage("leaf.vci")
    var tree = HandmadeTree(nodes: 1)
    tree.putRoot([.entry(0, 8, child: 4000), .entry(100, 8, child: 1)])
    try folder.put(tree.image.bytes, as: "tree.vci")
    let leaf = try await Tool.vci.run("info", "leaf.vci", "--json", in: folder)
      .decoded(as: Shown.self)
    #expect(leaf.rootType == "leaf")
    #expect(leaf.rootEntries == 3)
    let shown = try await Tool.vci.run("info", "tree.vci", "--json", in: folder)
    #expect(shown.code == 0)
    #expect(try shown.decoded(as: Shown.self).rootType == "internal")
    #expect(try shown.decoded(as: Shown.self).rootEntries == 2)
    let text = try await Tool.vci.run("info", "tree.vci", in: folder).output
    #expect(text.contains("at block 4, an internal node that leads to 2 nodes\n"))
  }
}
