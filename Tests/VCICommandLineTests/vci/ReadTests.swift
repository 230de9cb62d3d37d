import Testing
import VCITesting

struct `Reading from an image` {
  private struct Run: Decodable, Equatable {
    let state, block, count: String
  }

  /// A folder with `image.vci`: disk blocks 0, 10 to 13, 100 and 101, stored at blocks 12, 13 and
  /// 17.
  private func filled(changing bytes: [Int: UInt8] = [:]) throws -> TestFolder {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: bytes)
    return folder
  }

  @Test
  func `says of each run whether it is cached`() async throws {
    let folder = try filled()
    let text = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 0 --count 110", in: folder)
    #expect(text.code == 0)
    #expect(text.errors.isEmpty)
    #expect(
      text.output == """
        hit 0 1
        miss 1 9
        hit 10 4
        miss 14 86
        hit 100 2
        miss 102 8

        """)
    let runs = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 11 --count 5 --json", in: folder
    ).decodedLines(as: Run.self)
    #expect(
      runs == [
        Run(state: "hit", block: "11", count: "3"), Run(state: "miss", block: "14", count: "2"),
      ])
    #expect(try folder.names == ["image.vci"])
  }

  @Test
  func `joins what two extents hold`() async throws {
    let folder = try filled(changing: [HandmadeImage.slot(1) + 18: 1])
    let outcome = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 0 --count 6 --output F", in: folder)
    #expect(outcome.output == "hit 0 5\nmiss 5 1\n")
    let bytes = try folder.bytes(of: "F")
    #expect((0..<6).map { bytes[$0 * 512] } == [12, 13, 14, 15, 16, 0])
  }

  @Test(arguments: [
    ("0", "18446744073709551615", "miss 102 18446744073709551513"),
    (
      "18446744073709551615", "18446744073709551615",
      "miss 18446744073709551615 18446744073709551615"
    ),
    ("18014398509481983", "2", "miss 18014398509481983 2"),
  ])
  func `takes the largest numbers`(block: String, count: String, last: String) async throws {
    let outcome = try await Tool.vci.run(
      "read", "image.vci", "--block", block, "--count", count, in: try filled())
    #expect(outcome.code == 0)
    #expect(outcome.output.hasSuffix("\(last)\n"))
  }

  @Test
  func `puts hits where they belong, and leaves holes`() async throws {
    let folder = try filled()
    try folder.put([1, 2, 3], as: "F")
    let outcome = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 9 --count 2000 --output F && du -k F", in: folder)
    #expect(outcome.code == 0)
    var expected = [UInt8](repeating: 0, count: 2000 * 512)
    for (block, byte) in [(1, 13), (2, 14), (3, 15), (4, 16), (91, 17), (92, 18)] as [(Int, UInt8)]
    {
      for index in 0..<512 { expected[block * 512 + index] = byte }
    }
    #expect(try folder.bytes(of: "F") == expected)
    let kibibytes = outcome.output.split(separator: "\n").last?.split(separator: "\t").first
    #expect(try #require(kibibytes.flatMap { Int($0) }) < 100)
    #expect(try folder.names == ["F", "image.vci"])
  }

  @Test
  func `reads a tree`() async throws {
    let folder = try TestFolder()
    var tree = HandmadeTree(nodes: 2, data: 3)
    tree.putRoot([.entry(0, 10, child: 12), .entry(10, 10, child: 20)])
    tree.putLeaf(12, [.extent(8, 2, at: 28)])
    tree.putLeaf(20, [.extent(10, 1, at: 30)])
    try folder.put(tree.image.bytes, as: "tree.vci")
    let outcome = try await Tool.vci.shell(
      "\"$0\" read tree.vci --block 6 --count 9 --output F", in: folder)
    #expect(outcome.output == "miss 6 2\nhit 8 3\nmiss 11 4\n")
    let bytes = try folder.bytes(of: "F")
    #expect((0..<9).map { bytes[$0 * 512] } == [0, 0, 28, 29, 30, 0, 0, 0, 0])
  }

  @Test
  func `is refused for damage, and leaves what was there`() async throws {
    let folder = try filled(changing: [HandmadeImage.slot(1) + 16: 1])
    try folder.put([1, 2, 3], as: "F")
    let outcome = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 0 --count 110 --output F", in: folder)
    #expect(outcome.code == 2)
    #expect(outcome.output == "hit 0 1\nmiss 1 9\n")
    #expect(outcome.errors.contains("VCI-EXT-007"))
    #expect(try folder.bytes(of: "F") == [1, 2, 3])
    #expect(try folder.names == ["F", "image.vci"])
  }

  @Test
  func `says in JSON which blocks are refused, for which rule and byte`() async throws {
    let folder = try filled(changing: [HandmadeImage.slot(1) + 16: 1])
    for options in ["", " --output F"] {
      let outcome = try await Tool.vci.shell(
        "\"$0\" read image.vci --block 0 --count 110 --json\(options)", in: folder)
      #expect(outcome.code == 2)
      let lines = outcome.output.split(separator: "\n")
      #expect(
        lines.dropLast() == [
          #"{"block":"0","count":"1","state":"hit"}"#, #"{"block":"1","count":"9","state":"miss"}"#,
          #"{"block":"10","count":"100","offset":"2103","rule":"VCI-EXT-007","state":"refused"}"#,
        ])
      #expect(lines.last?.hasPrefix(#"{"error":{"kind":"corrupt","#) == true)
      #expect(lines.last?.hasSuffix(#","exit":2}"#) == true)
    }
    #expect(try folder.names == ["image.vci"])
  }

  @Test
  func `says nothing of blocks in JSON if the open is refused`() async throws {
    let folder = try filled(changing: [2048: 9])
    let lines = try await Tool.vci.run(
      "read", "image.vci", "--block", "0", "--count", "1", "--json", in: folder
    ).decodedLines(as: FailureObject.self)
    #expect(lines.map(\.error.kind) == ["corrupt"])
    #expect(lines.map(\.exit) == [2])
  }

  @Test(arguments: [(0, 5), (4, 6), (2048, 2)] as [(Int, Int32)])
  func `ends by the rule that refuses the image`(byte: Int, code: Int32) async throws {
    let folder = try filled(changing: [byte: 9])
    let outcome = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 0 --count 1 --output F", in: folder)
    #expect(outcome.code == code)
    #expect(try folder.names == ["image.vci"])
  }

  @Test(arguments: ["image.vci", "./image.vci", "link"])
  func `never replaces the image itself`(name: String) async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    let outcome = try await Tool.vci.shell(
      "ln -s image.vci link; \"$0\" read image.vci --block 0 --count 1 --output \(name)", in: folder
    )
    #expect(outcome.code == 64)
    #expect(try folder.bytes(of: "image.vci") == before)
    #expect(try folder.names == ["image.vci", "link"])
  }

  @Test
  func `says so where no file is long enough`() async throws {
    let folder = try filled()
    let outcome = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 100 --count 18446744073709551615 --output F", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.errors.contains("ends behind the last hit"))
    #expect(try folder.bytes(of: "F").count == 1024)
  }

  @Test
  func `leaves nothing where the file may not grow`() async throws {
    let folder = try TestFolder()
    let image = HandmadeImage(data: 4000).changed {
      $0.putExtent(0, offset: 0, blocks: 4000, address: 12)
    }
    try folder.put(image.bytes, as: "image.vci")
    let full = try await Tool.vci.shell(
      "ulimit -f 64; exec \"$0\" read image.vci --block 0 --count 4000 --output F", in: folder)
    #expect(full.code == 1)
    #expect(full.errors.contains("ends behind the last hit"))
    #expect(try folder.names == ["image.vci"])
  }

  @Test
  func `leaves what was there where the user has enough`() async throws {
    let folder = try TestFolder()
    // A cache of 8 GiB, its map at block 2, its root at block 4099, one extent of all the rest.
    var image = HandmadeImage(data: 4096)
    image.put(1 << 24, width: 8, at: 8)
    image.put(4099, width: 8, at: 21)
    image.put(4097, width: 4, at: 37)
    image.put(1 << 24, width: 8, at: 1032)
    image.put((1 << 24) - 12, width: 8, at: 1040)
    let root = 4099 * 512
    image.bytes[root] = 2
    image.put((1 << 24) - 4107, width: 4, at: root + 1 + 26)
    image.put(4107, width: 8, at: root + 1 + 30)
    try folder.put(image.bytes, as: "image.vci")
    try folder.put([1, 2, 3], as: "F")
    let outcome = try await Tool.vci.shell(
      """
      truncate -s 8G image.vci
      "$0" read image.vci --block 0 --count 16000000 --output F &
      for look in $(seq 1000); do
        ls -l /proc/$!/fd | grep -qE 'deleted|[.]draft' && break
      done
      kill -TERM $!
      wait $!
      """, in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("interrupted"))
    #expect(try folder.bytes(of: "F") == [1, 2, 3])
    #expect(try folder.names == ["F", "image.vci"])
  }
}
