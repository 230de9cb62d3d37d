import Testing
import VCITesting

struct `Discarding from an image` {
  private struct Run: Decodable, Equatable {
    let block, count, state: String
  }

  /// A folder with `image.vci`: disk blocks 0, 10 to 13, 100 and 101, stored at blocks 12, 13 and
  /// 17.
  private func filled() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    return folder
  }

  @Test(
    arguments: [
      ("11", "2", "hit 0 1\nmiss 1 9\nhit 10 1\nmiss 11 2\nhit 13 1\nmiss 14 86\nhit 100 2\n"),
      ("0", "101", "miss 0 101\nhit 101 1\n"),
      ("50", "1", "hit 0 1\nmiss 1 9\nhit 10 4\nmiss 14 86\nhit 100 2\n"),
      ("13", "18446744073709551615", "hit 0 1\nmiss 1 9\nhit 10 3\nmiss 13 89\n"),
      (
        "18446744073709551615", "18446744073709551615",
        "hit 0 1\nmiss 1 9\nhit 10 4\nmiss 14 86\nhit 100 2\n"
      ),
    ])
  func `forgets the range and nothing else`(
    block: String, count: String, left: String
  ) async throws {
    let folder = try filled()
    let outcome = try await Tool.vci.run(
      "discard", "image.vci", "--block", block, "--count", count, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output == "discarded \(block) \(count)\n")
    #expect(try await Tool.vci.run("check", "image.vci", in: folder).code == 0)
    let read = try await Tool.vci.run(
      "read", "image.vci", "--block", "0", "--count", "102", in: folder)
    #expect(read.output == left)
  }

  @Test
  func `prints objects with --json`() async throws {
    let runs = try await Tool.vci.run(
      "discard", "image.vci", "--block", "11", "--count", "2", "--json", in: try filled()
    ).decodedLines(as: Run.self)
    #expect(runs == [Run(block: "11", count: "2", state: "discarded")])
  }

  @Test
  func `goes over far more than one step`() async throws {
    let folder = try TestFolder()
    let outcome = try await Tool.vci.shell(
      """
      "$0" create image.vci --size 8MiB >/dev/null
      for block in 0 1048570 5000000; do
        head -c 64K /dev/zero | "$0" write image.vci --block $block >/dev/null
      done
      "$0" discard image.vci --block 1 --count 5000064
      "$0" check image.vci >/dev/null && "$0" extents image.vci | cut -d ' ' -f 1,2
      """, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == "discarded 1 5000064\n0 1\n5000065 63\n")
  }

  @Test
  func `refuses a cache of another state of the disk`() async throws {
    let folder = try filled()
    let before = try folder.bytes(of: "image.vci")
    let outcome = try await Tool.vci.run(
      "discard", "image.vci", "--block", "0", "--count", "1", "--expect",
      "01234567-89ab-cdef-0123-456789abcdef", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("not up to date"))
    #expect(try folder.bytes(of: "image.vci") == before)
  }

  @Test(
    arguments: [([0: 9], 5), ([4: 2], 6), ([17: 9], 2)] as [([Int: UInt8], Int32)])
  func `ends by the rule that refuses the image`(
    changes: [Int: UInt8], code: Int32
  ) async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci", changing: changes)
    let before = try folder.bytes(of: "image.vci")
    let outcome = try await Tool.vci.run(
      "discard", "image.vci", "--block", "0", "--count", "1", in: folder)
    #expect(outcome.code == code)
    #expect(try folder.bytes(of: "image.vci") == before)
  }
}

struct `What was written` {
  private struct Shown: Decodable {
    let rootType, rootAddress: String
    let rootEntries: Int
    let dirty: Bool
  }

  /// A folder with an image to which blocks 0 to 3 and 100 to 101 were written, in this order, and
  /// then block 1 was discarded.
  private func written() async throws -> TestFolder {
    let folder = try TestFolder()
    _ = try await Tool.vci.shell(
      """
      "$0" create image.vci --size 2MiB
      head -c 2K /dev/urandom | "$0" write image.vci --block 0
      head -c 1K /dev/urandom | "$0" write image.vci --block 100
      "$0" discard image.vci --block 1 --count 1
      """, in: folder)
    return folder
  }

  @Test
  func `is what info, extents and dump show`() async throws {
    let folder = try await written()
    let shown = try await Tool.vci.run("info", "image.vci", "--json", in: folder)
      .decoded(as: Shown.self)
    #expect(shown.rootType == "leaf")
    #expect(shown.rootEntries == 3)
    #expect(!shown.dirty)
    let extents = try await Tool.vci.run("extents", "image.vci", in: folder).output
    let words = extents.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(words.map { $0.prefix(2) } == [["0", "1"], ["2", "2"], ["100", "2"]])
    // The tree says where the extents lie, and the list leads to all of them.
    let dump = try await Tool.vci.run(
      "dump", "image.vci", "--node", shown.rootAddress, "--json", in: folder
    ).output
    for address in words.map({ $0[2] }) { #expect(dump.contains("\"value\":\"\(address)\"")) }
    let check = try await Tool.vci.run("check", "image.vci", in: folder)
    #expect(check.code == 0)
    #expect(!check.output.contains("VCI-LRU"))
  }

  @Test
  func `is not changed by reads`() async throws {
    let folder = try await written()
    let before = try folder.bytes(of: "image.vci")
    _ = try await Tool.vci.shell(
      """
      "$0" read image.vci --block 0 --count 200 --output F
      "$0" extents image.vci; "$0" info image.vci; "$0" dump image.vci; "$0" check image.vci
      """, in: folder)
    #expect(try folder.bytes(of: "image.vci") == before)
  }
}
