import Testing
import VCITesting

struct `Comparing with a disk` {
  private struct Line: Decodable, Equatable {
    var state, block, count: String?
    var cached, differing, outside: String?
    var exit: Int32?
  }

  /// Makes the image, which caches blocks 0, 10 to 13, 100 and 101, and a disk of 102 blocks with
  /// the same bytes.
  private func folder() async throws -> TestFolder {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    let read = try await Tool.vci.run(
      "read", "image.vci", "--block", "0", "--count", "102", "--output", "disk.img", in: folder)
    #expect(read.code == 0)
    return folder
  }

  @Test
  func `ends with 0 if every cached block equals the disk's`() async throws {
    let folder = try await folder()
    let outcome = try await Tool.vci.run("compare", "image.vci", "disk.img", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == "0 of 7 cached blocks differ\n")
  }

  @Test
  func `lists the runs of blocks that differ`() async throws {
    let folder = try await folder()
    var disk = try folder.bytes(of: "disk.img")
    for place in [11 * 512 + 511, 12 * 512, 100 * 512 + 7] { disk[place] ^= 1 }
    // What is not cached is not compared.
    disk[50 * 512] ^= 1
    try folder.put(disk, as: "other.img")
    let outcome = try await Tool.vci.run("compare", "image.vci", "other.img", in: folder)
    #expect(outcome.code == 2)
    #expect(outcome.output == "differs 11 2\ndiffers 100 1\n3 of 7 cached blocks differ\n")
    let lines = try await Tool.vci.run("compare", "image.vci", "other.img", "--json", in: folder)
      .decodedLines(as: Line.self)
    #expect(lines.first == Line(state: "differs", block: "11", count: "2"))
    #expect(lines.last == Line(cached: "7", differing: "3", outside: "0", exit: 2))
  }

  @Test
  func `takes a block behind the disk's end for one that differs`() async throws {
    let folder = try await folder()
    let disk = try folder.bytes(of: "disk.img")
    try folder.put(Array(disk[..<(101 * 512)]), as: "short.img")
    let outcome = try await Tool.vci.run("compare", "image.vci", "short.img", in: folder)
    #expect(outcome.code == 2)
    #expect(outcome.output == "differs 101 1\n1 of 7 cached blocks differ\n")
  }

  @Test
  func `compares with a part of the disk, and counts what lies outside`() async throws {
    let folder = try await folder()
    let disk = try folder.bytes(of: "disk.img")
    try folder.put(Array(disk[(12 * 512)..<(101 * 512)]), as: "part.img")
    let outcome = try await Tool.vci.run(
      "compare", "image.vci", "part.img", "--at", "12", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == "0 of 7 cached blocks differ, 4 outside of the disk\n")
  }

  @Test
  func `writes nothing, and says what cannot be read`() async throws {
    let folder = try await folder()
    let image = try folder.bytes(of: "image.vci")
    let missing = try await Tool.vci.run("compare", "image.vci", "none", in: folder)
    #expect(missing.code == 1)
    let noImage = try await Tool.vci.run("compare", "disk.img", "image.vci", in: folder)
    #expect(noImage.code == 5)
    let same = try await Tool.vci.run("compare", "image.vci", "image.vci", in: folder)
    #expect(same.code == 64)
    #expect(try folder.bytes(of: "image.vci") == image)
  }
}
