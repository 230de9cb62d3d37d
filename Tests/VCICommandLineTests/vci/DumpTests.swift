import Testing
import VCITesting

struct `Dumping an image` {
  private struct Dumped: Decodable {
    let note, bytes, path, value, meaning: String?
    let offset: UInt64?
    let length: Int?
  }

  @Test
  func `shows each byte's place, name and meaning`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    let outcome = try await Tool.vci.run("dump", "image.vci", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.errors.isEmpty)
    let lines = outcome.output.split(separator: "\n").map { line in
      line.split(separator: " ").joined(separator: " ")
    }
    #expect(
      lines.contains("00000008 00 10 00 00 00 00 00 00 header.blocks 4096 blocks, 2097152 bytes"))
    #expect(lines.contains("00000011 01 00 00 00 header.cacheType 1 dynamic"))
    #expect(lines.contains("00000600 ff bitmap[0] 0 to 18 19 blocks are allocated"))
    #expect(lines.contains("00000800 02 tree.type 2 leaf"))
    #expect(
      lines.contains(
        "00000839 0a 00 00 00 00 00 00 00 tree/extent[1].blockOffset 10 block of the disk, at byte "
          + "5120"))
    #expect(!outcome.output.contains("extent[3]"))
  }

  @Test
  func `shows what there is, whatever it is`() async throws {
    let folder = try TestFolder()
    try folder.put([], as: "empty")
    try folder.putImage("other", changing: [0: 0, 4: 9, 17: 9, 1024: 0, 2048: 7])
    try folder.put([UInt8](repeating: 0xff, count: 5000), as: "ones")
    for name in ["empty", "other", "ones"] {
      let outcome = try await Tool.vci.run("dump", name, in: folder)
      #expect(outcome.code == 0)
      #expect(outcome.output.hasPrefix("# this is no VCI"))
    }
    let other = try await Tool.vci.run("dump", "other", in: folder).output
    #expect(other.contains("map.free"))
    #expect(other.contains("tree.type"))
  }

  @Test
  func `shows a node alone, by its type or by both`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [2048: 7])
    let both = try await Tool.vci.run("dump", "image.vci", "--node", "4", in: folder)
    #expect(both.code == 0)
    #expect(both.output.hasPrefix("00000800  07 "))
    #expect(both.output.contains("node[4]/entry[0]"))
    #expect(both.output.contains("node[4]/extent[2].blockAddress"))
    #expect(!both.output.contains("header."))
    for far in ["1000", "18446744073709551615"] {
      let outcome = try await Tool.vci.run("dump", "image.vci", "--node", far, in: folder)
      #expect(outcome.code == 0)
      #expect(outcome.output == "# the file ends before node[\(far)]\n")
    }
  }

  @Test
  func `has the same lines in JSON`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: [500: 3])
    let text = try await Tool.vci.run("dump", "image.vci", in: folder).output
    let lines = try await Tool.vci.run("dump", "image.vci", "--json", in: folder)
      .decodedLines(as: Dumped.self)
    #expect(lines.count == text.split(separator: "\n").count)
    let root = try #require(lines.first { $0.path == "header.treeRoot" })
    #expect(root.offset == 21)
    #expect(root.length == 8)
    #expect(root.bytes == "04 00 00 00 00 00 00 00")
    #expect(root.value == "4")
    #expect(root.meaning == "block of the file, at byte 2048")
    let reserved = try #require(lines.first { $0.path == "header.reserved" })
    #expect(reserved.offset == 500)
    #expect(reserved.meaning == "1 of 951 bytes are not zero")
  }
}
