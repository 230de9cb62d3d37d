import Testing

struct `Standard output as an output` {
  @Test(arguments: ["-", "/dev/stdout"])
  func `gets the bytes, zeros where nothing is cached, and no line`(name: String) async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    let file = try await Tool.vci.run(
      "read", "image.vci", "--block", "0", "--count", "20", "--output", "F", in: folder)
    let stream = try await Tool.vci.shell(
      "\"$0\" read image.vci --block 0 --count 20 --output \(name) >S", in: folder)
    #expect(stream.code == 0)
    #expect(stream.errors == file.output)
    #expect(try folder.bytes(of: "S") == folder.bytes(of: "F"))
  }

  @Test
  func `is not wanted for JSON at the same time`() async throws {
    let outcome = try await Tool.vci.run(
      "read", "x", "--block", "0", "--count", "1", "--output", "-", "--json")
    #expect(outcome.code == 64)
  }

  @Test
  func `is never the image itself`() async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    let before = try folder.bytes(of: "image.vci")
    for line in ["extents image.vci >>image.vci", "check image.vci 2>>image.vci"] {
      let outcome = try await Tool.vci.shell("\"$0\" \(line)", in: folder)
      #expect(outcome.code == 64)
      #expect(try folder.bytes(of: "image.vci").starts(with: before))
    }
  }
}
