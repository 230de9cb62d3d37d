import Testing

/// Lines of shell make the names: a Swift string can't hold them.
struct `A name that is no UTF-8` {
  @Test
  func `is that of the file that is made, written and read`() async throws {
    let outcome = try await Tool.vci.shell(
      """
      a=$(printf 'q\\377.vci') b=$(printf 'q\\376.vci')
      "$0" create "$a" --size 2MiB >/dev/null && cp "$a" "$b" || exit 9
      head -c 512 /dev/zero | "$0" write "$a" --block 3 >/dev/null || exit 9
      cmp -s "$a" "$b" && exit 9
      ls | wc -l
      "$0" check "$a" | head -n 1
      "$0" check --json "$a" | grep -o '"imageBytes":"[0-9a-f]*"'
      """, in: try TestFolder())
    #expect(outcome.code == 0)
    #expect(outcome.output == "2\nq\\xff.vci: clean\n\"imageBytes\":\"71ff2e766369\"\n")
  }

  @Test
  func `is told of in errors byte for byte`() async throws {
    let outcome = try await Tool.vci.shell("\"$0\" info \"$(printf 'no\\377')\"")
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("vci: no\\xff: "))
  }
}

struct `A name with control characters` {
  @Test
  func `forges no line of a report`() async throws {
    let folder = try TestFolder()
    try folder.put([1], as: "a.vci: clean\n\u{1b}[8mx")
    let text = try await Tool.vci.shell("\"$0\" check a*", in: folder)
    #expect(text.code == 5)
    #expect(text.output.hasPrefix("a.vci: clean\\n\\u001b[8mx: not a VCI image\n"))
    let usage = try await Tool.vci.run("a\nvci: clean")
    #expect(usage.errors.hasPrefix("vci: There is no command 'a\\nvci: clean'. "))
  }
}

struct `A word with one dash` {
  @Test(arguments: ["check -hash.vci", "info -h.vci", "create -x --size 2MiB", "check -1 x"])
  func `is no wish for help and no file`(line: String) async throws {
    let outcome = try await Tool.vci.shell("\"$0\" \(line)", in: try TestFolder())
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors.contains("is no option of this tool; a file of that name is given as ./-"))
  }

  @Test
  func `is a file behind two dashes`() async throws {
    let folder = try TestFolder()
    try folder.putImage("-hash.vci")
    let outcome = try await Tool.vci.run("check", "--", "-hash.vci", in: folder)
    #expect(outcome.code == 0)
  }
}
