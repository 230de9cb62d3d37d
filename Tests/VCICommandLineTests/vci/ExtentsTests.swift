import Testing
import VCITesting

struct `Listing extents` {
  private struct Listed: Decodable, Equatable {
    let block, count, address: String
  }

  private func tree() -> HandmadeTree {
    var tree = HandmadeTree(nodes: 2, data: 5)
    tree.putRoot([.entry(0, 100, child: 20), .entry(200, 50, child: 12)])
    tree.putLeaf(20, [.extent(5, 1, at: 30), .extent(6, 2, at: 28)])
    tree.putLeaf(12, [.extent(249, 1, at: 31)])
    return tree
  }

  @Test
  func `prints disk block, count and file block of each`() async throws {
    let folder = try TestFolder()
    try folder.put(tree().image.bytes, as: "tree.vci")
    try folder.putImage("image.vci")
    let text = try await Tool.vci.run("extents", "tree.vci", in: folder)
    #expect(text.code == 0)
    #expect(text.output == "5 1 30\n6 2 28\n249 1 31\n")
    #expect(text.errors.isEmpty)
    #expect(
      try await Tool.vci.run("extents", "image.vci", in: folder).output
        == "0 1 12\n10 4 13\n100 2 17\n")
    let objects = try await Tool.vci.run("extents", "tree.vci", "--json", in: folder)
      .decodedLines(as: Listed.self)
    #expect(objects.count == 3)
    #expect(objects.last == Listed(block: "249", count: "1", address: "31"))
  }

  @Test
  func `prints nothing where nothing is cached`() async throws {
    let folder = try TestFolder()
    try folder.put(HandmadeImage().bytes, as: "empty.vci")
    let outcome = try await Tool.vci.run("extents", "empty.vci", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output.isEmpty)
  }

  @Test
  func `ends at damage, and names the rule`() async throws {
    let folder = try TestFolder()
    let damaged = tree().changed { $0.image.bytes[12 * 512] = 3 }
    try folder.put(damaged.image.bytes, as: "node.vci")
    try folder.put(
      tree().changed { $0.put(.extent(6, 2, at: 4095), 1, of: 20) }.image.bytes, as: "extent.vci")
    let node = try await Tool.vci.run("extents", "node.vci", in: folder)
    #expect(node.code == 2)
    #expect(node.output == "5 1 30\n6 2 28\n")
    #expect(node.errors.contains("VCI-NODE-001 at 0x1800, tree/1.type"))
    let extent = try await Tool.vci.run("extents", "extent.vci", in: folder)
    #expect(extent.code == 2)
    #expect(extent.output == "5 1 30\n")
    #expect(extent.errors.contains("VCI-EXT-003 at 0x2845, tree/0/extent[1].blockAddress"))
    let json = try await Tool.vci.run("extents", "extent.vci", "--json", in: folder)
    let lines = json.output.split(separator: "\n")
    #expect(json.code == 2)
    #expect(
      lines.dropLast() == [
        #"{"address":"30","block":"5","count":"1"}"#,
        #"{"block":"6","offset":"10309","rule":"VCI-EXT-003","state":"refused"}"#,
      ])
    let last = try #require(lines.last)
    #expect(last.hasPrefix(#"{"error":{"kind":"corrupt","message":"extent.vci: VCI-EXT-003"#))
  }

  @Test(arguments: [(0, 5), (4, 6), (2048, 2)] as [(Int, Int32)])
  func `ends by the rule that refuses the image`(byte: Int, code: Int32) async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [byte: 9])
    #expect(try await Tool.vci.run("extents", "image.vci", in: folder).code == code)
    let lines = try await Tool.vci.run("extents", "image.vci", "--json", in: folder)
      .decodedLines(as: FailureObject.self)
    #expect(lines.map(\.exit) == [code])
  }
}
