import Testing

struct `With --json` {
  @Test(arguments: [
    "--json", "chek --json", "--json check", "check --json", "check --json --repair plan image.vci",
    "info --json", "info one two --json", "create --json", "create image.vci --json --size 1",
    "create image.vci --size 512 --json", "create image.vci --size 16EiB --json",
    "create image.vci --size 8EiB --json --exact-size", "help chek --json",
    "extents --json", "dump --json", "dump image.vci --json --node x", "read image.vci --json",
    "read image.vci --block 0 --count 0 --json", "write image.vci --json",
    "write image.vci --block x --json", "discard image.vci --block 0 --count 0 --json",
  ])
  func `wrong usage of vci is one object`(line: String) async throws {
    let outcome = try await Tool.vci.shell("\"$0\" \(line)", in: try TestFolder())
    let object = try outcome.decoded(as: FailureObject.self)
    #expect(outcome.code == 64)
    #expect(object.exit == 64)
    #expect(object.error.kind == "usage")
    #expect(!object.error.message.isEmpty)
    #expect(outcome.errors.contains(object.error.message))
  }

  @Test(arguments: [
    "--json", "minimize --json", "--json --iterations x", "corpus --json",
    "corpus lint --json", "replay --json", "generate --json", "--iterations 1 --json --time 3x",
  ])
  func `wrong usage of vcifuzz is one object`(line: String) async throws {
    let outcome = try await Tool.fuzz.shell("\"$0\" \(line)", in: try TestFolder())
    let object = try outcome.decoded(as: FailureObject.self)
    #expect(outcome.code == 64)
    #expect(object.exit == 64)
    #expect(object.error.kind == "usage")
  }

  @Test
  func `help and version are objects`() async throws {
    let help = try await Tool.vci.run("check", "--help", "--json")
    #expect(help.code == 0)
    #expect(try help.decoded(as: [String: String].self)["help"]?.contains("Examples") == true)
    let version = try await Tool.vci.run("--version", "--json")
    #expect(try version.decoded(as: [String: String].self) == ["version": "vci 0.1.0"])
  }

  @Test(arguments: [
    "info none.vci", "info .", "info pipe", "create image.vci --size 2MiB",
    "create none/image.vci --size 2MiB", "extents none.vci", "extents .", "dump pipe",
    "dump none.vci --node 4", "read none.vci --block 0 --count 1",
    "read image.vci --block 0 --count 1 --output none/F",
    "read image.vci --block 0 --count 1 --output .",
    "write none.vci --block 0 --input image.vci", "write image.vci --block 0 --input none",
    "write image.vci --block 0 --input .", "write . --block 0 --input image.vci",
    "write pipe --block 0 --input image.vci", "discard none.vci --block 0 --count 1",
    "discard . --block 0 --count 1", "discard pipe --block 0 --count 1",
  ])
  func `a file that cannot be used is one object`(line: String) async throws {
    let folder = try TestFolder()
    try folder.putImage("image.vci")
    let outcome = try await Tool.vci.shell(
      "mkfifo pipe; \"$0\" \(line) --json", in: folder)
    let object = try outcome.decoded(as: FailureObject.self)
    #expect(outcome.code == 1)
    #expect(object.exit == 1)
    #expect(object.error.kind == "storage")
  }

  @Test
  func `behind -- is the name of a file`() async throws {
    let outcome = try await Tool.vci.run("info", "--", "--json", in: try TestFolder())
    #expect(outcome.code == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("vci: --json: cannot open the file"))
  }
}
