import Testing

/// Files that another program has locked, here flock(1), as one that has them open does.
struct `A file that is open elsewhere` {
  @Test(
    arguments: ["check", "extents", "read"].flatMap { command in
      [("-x", command, 1), ("-s", command, 0)]
    } as [(String, String, Int32)])
  func `is refused where it is written, and read beside those who read`(
    lock: String, command: String, code: Int32
  ) async throws {
    let folder = try TestFolder()
    try folder.putImage("a.vci")
    let more = command == "read" ? "--block 0 --count 1" : ""
    let outcome = try await Tool.vci.shell(
      "flock -n \(lock) a.vci \"$0\" \(command) a.vci \(more)", in: folder)
    #expect(outcome.code == code)
    #expect(outcome.errors.contains("a.vci") == (code == 1))
    #expect(
      outcome.errors.contains("the file is in use: an image has one writer or many readers")
        == (code == 1))
  }
}
