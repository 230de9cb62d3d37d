import Testing

struct `Wrong usage` {
  @Test
  func `is a command of vci that is not built`() async throws {
    let outcome = try await Tool.vci.run("repair", "image.vci")
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors.hasPrefix(
        "vci: There is no command 'repair'. The commands are: create, info, check, read, write, "
          + "discard, extents, dump, compare, conform, page."))
  }

  @Test(arguments: ["corpus lint", "triage"])
  func `is a command of vcifuzz that is not built`(command: String) async throws {
    let outcome = try await Tool.fuzz.shell("\"$0\" \(command)")
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("vcifuzz: There is no command '"))
  }

  @Test(arguments: [
    "check --repair plan image.vci", "check --only VCI-HDR-001 image.vci", "info --dump image.vci",
    "check", "info", "info one two", "create", "create image.vci", "create --size 2MiB",
    "create image.vci --size", "create image.vci --size 2MiB --type round",
    "create image.vci --size 2MiB --uuid 1234", "extents", "extents one two", "dump",
    "dump image.vci --node", "dump image.vci --node x", "dump image.vci --node -1",
    "read image.vci",
    "read image.vci --block 1", "read image.vci --count 1", "read image.vci --block 1 --count 0",
    "read image.vci --block -1 --count 1", "read image.vci --block 1 --count 18446744073709551616",
    "read image.vci --block 1KiB --count 1",
    "read image.vci --block 1 --count 1 --output ''", "read --block 1 --count 1",
    "write image.vci", "write --block 1", "write image.vci --block -1",
    "write image.vci --block 1KiB",
    "write image.vci --block 18446744073709551616", "write image.vci --block 1 --input ''",
    "write image.vci --block 1 --count 1", "write image.vci --block 1 --modification-uuid 1234",
    "write image.vci --block 1 --expect 1234", "discard image.vci", "discard image.vci --block 1",
    "discard image.vci --count 1", "discard image.vci --block 1 --count 0",
    "discard image.vci --block 1 --count 1 --expect 1234", "discard --block 1 --count 1",
  ])
  func `is an option or argument of vci that is unknown, missing or wrong`(
    line: String
  ) async throws {
    let outcome = try await Tool.vci.shell("\"$0\" \(line)", in: try TestFolder())
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("vci: "))
  }

  @Test(arguments: [
    "--iterations 1 --adapter", "--iterations 1 --time 5x", "--iterations", "--iterations x",
    "--iterations -1", "-runs=1 -max_len=5", "--iterations 1 --target write",
    "--iterations 1 --jobs 0", "--iterations 1 --target write", "replay --seed 1", "replay",
    "generate",
    "replay case.vcir --iteration 1",
  ])
  func `is an option of vcifuzz that is unknown, missing or wrong`(line: String) async throws {
    let outcome = try await Tool.fuzz.shell("\"$0\" \(line)", in: try TestFolder())
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("vcifuzz: "))
    #expect(!outcome.errors.contains("There is no command"))
  }

  @Test
  func `is a missing command`() async throws {
    let vci = try await Tool.vci.run()
    #expect(vci.code == 64)
    #expect(vci.errors.hasPrefix("vci: A command is missing"))
    let corpus = try await Tool.fuzz.run("corpus")
    #expect(corpus.code == 64)
    #expect(
      corpus.errors.contains("The commands are: build, verify, list, export, assemble, disassemble")
    )
  }

  @Test
  func `names the nearest command`() async throws {
    #expect(try await Tool.vci.run("chek", "x").errors.contains("Did you mean 'check'?"))
    #expect(try await Tool.vci.run("help", "chek").errors.contains("Did you mean 'check'?"))
    #expect(try await Tool.fuzz.run("relpay").errors.contains("Did you mean 'replay'?"))
    #expect(try await Tool.fuzz.run("corpus", "verfy").errors.contains("Did you mean 'verify'?"))
  }

  @Test
  func `names the nearest option`() async throws {
    let vci = try await Tool.vci.run("create", "image.vci", "--sise", "2MiB")
    #expect(vci.code == 64)
    #expect(vci.errors.contains("Did you mean '--size'?"))
    let fuzz = try await Tool.fuzz.run("--iterations", "10", "--sead", "2")
    #expect(fuzz.code == 64)
    #expect(fuzz.errors.contains("Did you mean '--seed'?"))
  }

  @Test
  func `is a command behind options`() async throws {
    let outcome = try await Tool.fuzz.run("--iterations", "10", "replay")
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("The command 'replay' must stand before all options"))
  }
}

struct `Advice on wrong usage` {
  @Test(arguments: [
    ("check", "vci check --help"), ("read x --block 1", "vci read --help"), ("chek", "vci --help"),
  ])
  func `of vci names the help of the command`(line: String, help: String) async throws {
    let outcome = try await Tool.vci.shell("\"$0\" \(line)")
    #expect(outcome.errors.hasSuffix("'\(help)' tells more.\n"))
  }

  @Test(arguments: [
    ("corpus assemble", "vcifuzz corpus assemble --help"), ("corpus x", "vcifuzz corpus --help"),
    ("--iterations x", "vcifuzz --help"), ("replay", "vcifuzz replay --help"),
  ])
  func `of vcifuzz names the help of the command`(line: String, help: String) async throws {
    let outcome = try await Tool.fuzz.shell("\"$0\" \(line)")
    #expect(outcome.errors.hasSuffix("'\(help)' tells more.\n"))
  }
}

struct `Help` {
  @Test(arguments: [
    "--help", "help", "create --help", "info -h", "check --help", "help check",
    "read --help", "write --help", "discard --help", "extents --help", "dump --help",
  ])
  func `of vci has an example and exits 0`(line: String) async throws {
    let outcome = try await Tool.vci.shell("\"$0\" \(line)")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("Example"))
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: [
    "--help", "fuzz --help", "replay --help", "generate --help", "corpus --help",
    "corpus build --help", "corpus verify --help", "corpus list --help", "corpus export --help",
    "corpus assemble --help", "corpus disassemble --help",
  ])
  func `of vcifuzz has an example and exits 0`(line: String) async throws {
    let outcome = try await Tool.fuzz.shell("\"$0\" \(line)")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("Example"))
  }

  @Test
  func `leaves hidden commands out`() async throws {
    let help = try await Tool.fuzz.run("--help").output
    #expect(!help.contains("hostile"))
    #expect(!help.contains("\n  spec "))
    #expect(!help.contains("\n  job "))
  }
}

struct `The version` {
  @Test
  func `is one line`() async throws {
    #expect(try await Tool.vci.run("--version").output == "vci 0.1.0\n")
    #expect(try await Tool.fuzz.run("--version").output == "vcifuzz 0.1.0\n")
  }
}
