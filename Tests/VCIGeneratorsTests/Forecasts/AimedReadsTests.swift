import Testing
import VCIFormat
import VCIGenerators

private func chosen(
  _ image: EditableImage, _ limits: ReadLimits = ReadLimits()
) -> [String] {
  AimedReads(ReadForecast(image.bytes)).chosen(limits).map {
    "\($0.request.block)+\($0.request.count)"
  }
}

/// A leaf with an extent of `blocks` blocks from disk block 8 on, and one of 2 blocks behind it.
private func long(_ blocks: UInt64) throws -> EditableImage {
  try Recipe(
    parsing: """
      blocks: 1048576
      map: 2
      leaf tree at 259
        extent 8+\(blocks) at 267
        extent \(blocks + 8)+2 at \(blocks + 267)
      """
  ).image()
}

struct `The reads of a verdict` {
  @Test
  func `are at all edges of a small image, and over its runs and gaps`() throws {
    #expect(
      chosen(try tree()) == [
        // Edges of extents, then of nodes.
        "0+1", "0+2", "9+2", "13+2", "99+2", "101+2", "999+2", "1002+2", "199+2", "1099+2",
        "1999+2",
        // The end of the largest disk, and blocks far behind block 13.
        "18014398509481983+2", "18014398509481984+1", "4294967309+1", "18014398509481997+1",
        "36028797018963981+1", "9223372036854775821+1",
        // From a gap into data, over the widest gap, over three extents, whole runs.
        "2+12", "101+900", "0+102", "10+4", "0+1003", "100+2", "1000+3",
      ])
  }

  @Test
  func `of an empty image are at the start and at the end of the disk`() throws {
    let image = try Recipe(parsing: "blocks: 12\nmap: 2\nleaf tree at 4").image()
    #expect(chosen(image) == ["18014398509481983+2", "18014398509481984+1", "0+8"])
  }

  @Test
  func `are around damage, at both ends and at the longest extent if there are many`() throws {
    var recipe = "blocks: 4096\nmap: 2\nleaf tree at 4\n"
    for index in 0..<20 {
      recipe += "  extent \(index * 10)+\(index == 4 ? 3 : 2) at \(100 + index * 10)\n"
    }
    let image = try Recipe(parsing: recipe + "\ntree/extent[10].flags = 1").image()
    #expect(
      chosen(image).prefix(12) == [
        "0+1", "1+2", "39+2", "42+2", "89+2", "91+2", "99+2", "101+2", "109+2", "111+2", "189+2",
        "191+2",
      ])
  }

  @Test
  func `have extents of more than 2^7 and of more than 2^16 blocks as a whole`() throws {
    #expect(chosen(try long(129)).contains("8+129"))
    #expect(chosen(try long(65_537)).contains("8+65537"))
  }

  @Test
  func `have at most 2^17 blocks of hits`() throws {
    let reads = AimedReads(ReadForecast(try long(1 << 18).bytes)).chosen()
    #expect(reads.reduce(0) { $0 + $1.hits } == 1 << 17)
    // Edges, the end of a gap and the start of the extent come first.
    #expect(reads.contains { $0.request == ReadRequest(8, BlockCount(1 << 17 - 12)) })
  }

  @Test
  func `are as few and as short as the limits say`() throws {
    var limits = ReadLimits()
    limits.reads = 3
    #expect(chosen(try tree(), limits) == ["0+1", "0+2", "9+2"])
    limits = ReadLimits()
    limits.segments = 3
    #expect(chosen(try tree(), limits).contains("0+14"))
    #expect(!chosen(try tree(), limits).contains("0+1003"))
  }
}
