import Testing
import VCITesting

struct `Writing to an image` {
  private struct Run: Decodable, Equatable {
    let block, count, state: String
  }

  private struct Shown: Decodable {
    let modificationUUID: String
    let dirty: Bool
  }

  private static let state = "01234567-89ab-cdef-0123-456789abcdef"
  private static let other = "fedcba98-7654-3210-fedc-ba9876543210"

  /// A folder with `image.vci`, which caches disk blocks 0, 10 to 13, 100 and 101, and `F`, four
  /// blocks of which each byte is 201 to 204.
  private func filled(changing bytes: [Int: UInt8] = [:]) throws -> TestFolder {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: bytes)
    try folder.put((201...204).flatMap { [UInt8](repeating: $0, count: 512) }, as: "F")
    return folder
  }

  /// The first bytes of `count` blocks that the image caches from `block` on.
  private func firstBytes(
    of count: Int, from block: Int, in folder: TestFolder
  ) async throws -> [UInt8] {
    _ = try await Tool.vci.run(
      "read", "image.vci", "--block", "\(block)", "--count", "\(count)", "--output", "G", in: folder
    )
    let bytes = try folder.bytes(of: "G")
    return (0..<count).map { bytes[$0 * 512] }
  }

  private func isClean(_ folder: TestFolder) async throws -> Bool {
    try await Tool.vci.run("check", "image.vci", in: folder).code == 0
  }

  @Test(arguments: ["--input F", "<F", "<F --input /dev/stdin"])
  func `replaces what was cached, and leaves the image clean`(input: String) async throws {
    let folder = try filled()
    let outcome = try await Tool.vci.shell("\"$0\" write image.vci --block 12 \(input)", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output == "written 12 4\n")
    #expect(try await isClean(folder))
    let held = try await firstBytes(of: 8, from: 9, in: folder)
    #expect(held == [0, 13, 14, 201, 202, 203, 204, 0])
    let runs = try await Tool.vci.run(
      "read", "image.vci", "--block", "0", "--count", "110", in: folder)
    #expect(
      runs.output == """
        hit 0 1
        miss 1 9
        hit 10 6
        miss 16 84
        hit 100 2
        miss 102 8

        """)
  }

  @Test
  func `prints objects with --json`() async throws {
    let runs = try await Tool.vci.run(
      "write", "image.vci", "--block", "12", "--input", "F", "--json", in: try filled()
    ).decodedLines(as: Run.self)
    #expect(runs == [Run(block: "12", count: "4", state: "written")])
  }

  @Test
  func `takes pipes of many pieces`() async throws {
    let folder = try TestFolder()
    let outcome = try await Tool.vci.shell(
      """
      "$0" create image.vci --size 8MiB >/dev/null
      head -c 5000192 /dev/urandom >F
      (head -c 700 F; sleep 0.1; tail -c +701 F) | "$0" write image.vci --block 7
      "$0" read image.vci --block 7 --count 9766 --output G && cmp F G
      """, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == "written 7 9766\nhit 7 9766\n")
    #expect(try await isClean(folder))
  }

  @Test(arguments: ["0", "1", "511", "513", "2000"])
  func `refuses a file of no whole blocks, and writes nothing`(size: String) async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    for input in ["--input part", "<part"] {
      let outcome = try await Tool.vci.shell(
        "head -c \(size) /dev/zero >part; \"$0\" write image.vci --block 12 \(input)", in: folder)
      #expect(outcome.code == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(size == "0" ? "empty" : "\(size) bytes are no whole number"))
      #expect(outcome.errors.contains("nothing is written"))
      #expect(try folder.bytes(of: "image.vci") == before)
    }
  }

  @Test
  func `takes the rest of a file from where it stands`() async throws {
    let folder = try filled()
    let outcome = try await Tool.vci.shell(
      "(dd bs=512 count=2 of=/dev/null status=none; \"$0\" write image.vci --block 10) <F",
      in: folder)
    #expect(outcome.output == "written 10 2\n")
    #expect(try await firstBytes(of: 4, from: 10, in: folder) == [203, 204, 15, 16])
  }

  @Test(arguments: [("", 0), ("head -c 100 F", 0), ("head -c 1500 F", 2)])
  func `takes the whole blocks of a pipe that ends in a part of one`(
    producer: String, blocks: Int
  ) async throws {
    let folder = try filled()
    let outcome = try await Tool.vci.shell(
      "(\(producer.isEmpty ? ":" : producer)) | \"$0\" write image.vci --block 10", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.output == (blocks == 0 ? "" : "written 10 \(blocks)\n"))
    #expect(outcome.errors.hasPrefix("vci: standard input: "))
    #expect(
      outcome.errors.contains(
        blocks == 0 ? "nothing is written" : "\(blocks) blocks from block 10 on are written"))
    #expect(try await isClean(folder))
    let held = try await firstBytes(of: 4, from: 10, in: folder)
    let (new, old) = ([201, 202, 203, 204] as [UInt8], [13, 14, 15, 16] as [UInt8])
    #expect(held == Array(new[..<blocks] + old[blocks...]))
  }

  @Test(arguments: ["none", ".", "image.vci", "link", "/dev/full/x", "<image.vci", "<."])
  func `refuses an input that cannot be one`(input: String) async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    let outcome = try await Tool.vci.shell(
      "ln image.vci link; \"$0\" write image.vci --block 0 "
        + (input.hasPrefix("<") ? input : "--input \(input)"), in: folder)
    let isImage = input.contains("image.vci") || input == "link"
    #expect(outcome.code == (isImage ? 64 : 1))
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(isImage ? "the image itself" : "cannot open the file"))
    #expect(try folder.bytes(of: "image.vci") == before)
  }

  @Test(
    arguments: [
      ([0: 9], 5, ""), ([4: 2], 6, ""), ([17: 9], 2, "VCI-HDR-005"),
      ([HandmadeImage.slot(1) + 16: 1], 2, "VCI-EXT-007"),
    ] as [([Int: UInt8], Int32, String)])
  func `ends by the rule that refuses the image`(
    changes: [Int: UInt8], code: Int32, rule: String
  ) async throws {
    let folder = try filled(changing: changes)
    let before = try folder.bytes(of: "image.vci")
    let outcome = try await Tool.vci.run(
      "write", "image.vci", "--block", "0", "--input", "F", in: folder)
    #expect(outcome.code == code)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(rule))
    #expect(try folder.bytes(of: "image.vci") == before)
  }

  @Test(arguments: ["none.vci", ".", "pipe"])
  func `refuses what is no file`(name: String) async throws {
    let outcome = try await Tool.vci.shell(
      "mkfifo pipe; \"$0\" write \(name) --block 0 --input F", in: try filled())
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("vci: \(name): cannot open the file"))
  }

  @Test
  func `refuses an image that is too small to be changed`() async throws {
    let folder = try TestFolder()
    // 12 blocks, all of which header, map and root take.
    let image = HandmadeImage().changed {
      $0.put(12, width: 8, at: 8)
      $0.put(12, width: 8, at: 1032)
      $0.put(0, width: 8, at: 1040)
    }
    try folder.put(image.bytes, as: "image.vci")
    let outcome = try await Tool.vci.shell(
      "head -c 512 /dev/zero | \"$0\" write image.vci --block 0", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("no room to write"))
    #expect(try folder.bytes(of: "image.vci") == image.bytes)
    #expect(
      try await Tool.vci.run("read", "image.vci", "--block", "0", "--count", "1", in: folder).code
        == 0)
  }

  @Test(arguments: [("444", "image.vci"), ("000", "F")])
  func `refuses an image that may not be written, and an input that may not be read`(
    mode: String, name: String
  ) async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    // Root may open any file, as long as it has the capabilities for that.
    let outcome = try await Tool.vci.shell(
      """
      chmod \(mode) \(name)
      test -w \(name) && set -- setpriv --bounding-set=-dac_override,-dac_read_search
      "$@" "$0" write image.vci --block 0 --input F
      """, in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors == "vci: \(name): cannot open the file: Permission denied (error 13)\n")
    #expect(try folder.bytes(of: "image.vci") == before)
  }

  @Test
  func `refuses a cache of another state of the disk, and gives it one`() async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    let refused = try await Tool.vci.run(
      "write", "image.vci", "--block", "0", "--input", "F", "--expect", Self.state, in: folder)
    #expect(refused.code == 1)
    #expect(refused.errors.contains("not up to date"))
    #expect(try folder.bytes(of: "image.vci") == before)
    let given = try await Tool.vci.run(
      "write", "image.vci", "--block", "0", "--input", "F", "--modification-uuid", Self.state,
      in: folder)
    #expect(given.code == 0)
    let shown = try await Tool.vci.run("info", "image.vci", "--json", in: folder)
      .decoded(as: Shown.self)
    #expect(shown.modificationUUID == Self.state)
    #expect(!shown.dirty)
    let renewed = try await Tool.vci.run(
      "write", "image.vci", "--block", "0", "--input", "F", "--expect", Self.state,
      "--modification-uuid", Self.other, in: folder)
    #expect(renewed.code == 0)
    #expect(try await isClean(folder))
  }

  @Test(arguments: [
    ("18014398509481982", "dropped 18014398509481984 2\nwritten 18014398509481982 2\n"),
    ("18446744073709551612", "dropped 18446744073709551612 4\n"),
  ])
  func `drops what no disk has`(block: String, lines: String) async throws {
    let folder = try filled()
    let outcome = try await Tool.vci.run(
      "write", "image.vci", "--block", block, "--input", "F", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == lines)
    #expect(try await isClean(folder))
  }

  @Test
  func `refuses more blocks than 64 bits count`() async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    let known = try await Tool.vci.run(
      "write", "image.vci", "--block", "18446744073709551613", "--input", "F", in: folder)
    #expect(known.code == 64)
    #expect(try folder.bytes(of: "image.vci") == before)
    let piped = try await Tool.vci.shell(
      "cat F | \"$0\" write image.vci --block 18446744073709551613", in: folder)
    #expect(piped.code == 1)
    #expect(piped.errors.contains("64 bits cannot count"))
    #expect(try await isClean(folder))
  }

  @Test
  func `tells of what a full cache evicts, and of nothing else`() async throws {
    let folder = try TestFolder()
    let outcome = try await Tool.vci.shell(
      """
      "$0" create image.vci --size 2MiB >/dev/null
      head -c 6M /dev/urandom >F
      "$0" write image.vci --block 0 --input F
      """, in: folder)
    #expect(outcome.code == 0)
    #expect(try await isClean(folder))
    // The last line on a block says whether it is cached.
    var isCached = [Bool](repeating: false, count: 12288)
    var evicted = 0
    for line in outcome.output.split(separator: "\n") {
      let words = line.split(separator: " ")
      let first = try #require(Int(words[1]))
      let count = try #require(Int(words[2]))
      for block in first..<first + count { isCached[block] = words[0] == "written" }
      evicted += words[0] == "evicted" ? count : 0
    }
    #expect(evicted > 12288 - 4096)
    #expect(isCached[12287])
    let read = try await Tool.vci.run(
      "read", "image.vci", "--block", "0", "--count", "12288", "--output", "G", in: folder)
    var isHit = [Bool](repeating: false, count: 12288)
    for line in read.output.split(separator: "\n") where line.hasPrefix("hit") {
      let words = line.split(separator: " ")
      let first = try #require(Int(words[1]))
      for block in first..<first + (try #require(Int(words[2]))) { isHit[block] = true }
    }
    #expect(isHit == isCached)
    let (disk, copy) = (try folder.bytes(of: "F"), try folder.bytes(of: "G"))
    #expect(
      (0..<12288).allSatisfy { block in
        let bytes = block * 512..<(block + 1) * 512
        return !isHit[block] || disk[bytes] == copy[bytes]
      })
  }
}
