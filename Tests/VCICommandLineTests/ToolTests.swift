import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import Testing
import VCICommandLine

/// What a run of a tool came to.
private struct Run {
  let status: TerminationStatus
  let output: String
  let errors: String
}

/// The folder of the built tools: that of the tests.
private let tools: FilePath = {
  let link = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/"
  return FilePath(link).removingLastComponent()
}()

private func run(
  _ tool: FilePath.Component, _ arguments: String..., in folder: Folder
) async throws -> Run {
  let result = try await Subprocess.run(
    .path(tools.appending(tool)), arguments: Arguments(arguments),
    workingDirectory: folder.path, output: .string(limit: 1 << 20),
    error: .string(limit: 1 << 20))
  return Run(
    status: result.terminationStatus, output: result.standardOutput,
    errors: result.standardError)
}

/// A folder that is removed with all that is in it.
private final class Folder: Sendable {
  let path: FilePath

  init() throws {
    let name = "vci-tools-\(getpid())-\(UInt64.random(in: 0...(.max)))"
    path = FilePath("/tmp").appending(name)
    try FileManager.default.createDirectory(
      atPath: path.string, withIntermediateDirectories: false)
  }

  func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path.appending(name).string)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: path.appending(name).string))
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }
}

struct `vci create` {
  @Test
  func `makes an image that check finds clean, and never a second one`() async throws {
    let folder = try Folder()
    let uuid = "01234567-89ab-cdef-0123-456789abcdef"
    let made = try await run(
      "vci", "create", "a.vci", "--size", "1MiB", "--uuid", uuid, in: folder)
    #expect(made.status == .exited(0))
    #expect(made.output == "a.vci: a dynamic cache of 2 MiB, UUID \(uuid)\n")
    #expect(made.errors.contains("rounded up to 2 MiB"))
    let again = try await run("vci", "create", "a.vci", "--size", "4MiB", in: folder)
    #expect(again.status == .exited(1))
    #expect(again.errors == "vci: a.vci: cannot create the file: File exists (error 17)\n")
    let checked = try await run("vci", "check", "a.vci", in: folder)
    #expect(checked.status == .exited(0))
    #expect(checked.output.hasPrefix("a.vci: clean\n"))
    let shown = try await run("vci", "info", "a.vci", in: folder)
    #expect(shown.output.contains("UUID:              \(uuid)\n"))
    #expect(shown.output.contains("size:              2 MiB, 4096 blocks\n"))
  }

  @Test
  func `takes an exact size, and preallocates a fixed file`() async throws {
    let folder = try Folder()
    let made = try await run(
      "vci", "create", "a.vci", "--size", "64KiB", "--type", "fixed", "--exact-size", "--json",
      in: folder)
    #expect(made.status == .exited(0))
    #expect(made.output.contains(#""bytes":65536"#))
    let size = try FileManager.default.attributesOfItem(
      atPath: folder.path.appending("a.vci").string)[.size]
    #expect(size as? Int == 65536 || size as? UInt64 == 65536)
  }

  @Test(arguments: ["0", "1", "511", "513", "10KiB", "-1", "16EiB", "8EiB", "1KB", "", "1.5MiB"])
  func `refuses sizes as wrong usage, and leaves nothing`(size: String) async throws {
    let folder = try Folder()
    let made = try await run("vci", "create", "a.vci", "--size", size, in: folder)
    #expect(made.status == .exited(64))
    #expect(made.output.isEmpty)
    #expect(!folder.has("a.vci"))
  }
}

struct `vci check` {
  @Test
  func `ends with the first code that any file has`() async throws {
    let folder = try Folder()
    _ = try await run("vci", "create", "clean.vci", "--size", "2MiB", in: folder)
    try folder.write([UInt8](repeating: 0, count: 2000), to: "foreign.vci")
    try folder.write([], to: "empty.vci")
    #expect(
      try await run("vci", "check", "foreign.vci", "clean.vci", in: folder).status == .exited(5))
    #expect(try await run("vci", "check", "empty.vci", in: folder).status == .exited(5))
    let mixed = try await run(
      "vci", "check", "--json", "foreign.vci", "missing.vci", "clean.vci", in: folder)
    #expect(mixed.status == .exited(1))
    let lines = mixed.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.map { $0.contains(#""exit":"#) } == [true, true, true])
    #expect(lines[1].contains("No such file"))
  }

  @Test(.timeLimit(.minutes(1)))
  func `does not hang on a pipe, nor take a folder for a file`() async throws {
    let folder = try Folder()
    _ = unsafe folder.path.appending("pipe").withPlatformString { unsafe mkfifo($0, 0o600) }
    for name in ["pipe", "."] {
      let checked = try await run("vci", "check", name, in: folder)
      #expect(checked.status == .exited(1))
      #expect(checked.errors.contains("could not be checked"))
    }
  }
}

struct `A tool` {
  @Test(arguments: [
    ["chekc"], ["check"], ["check", "a", "--repair", "all"], ["extents", "a"], ["info"],
    ["create", "a"], ["check", "--jsn", "a"], ["write", "a", "--block", "0"],
  ])
  func `refuses wrong usage with 64, in JSON where asked`(words: [String]) async throws {
    let folder = try Folder()
    let path = tools.appending("vci")
    let text = try await Subprocess.run(
      .path(path), arguments: Arguments(words), output: .string(limit: 65536),
      error: .string(limit: 65536))
    #expect(text.terminationStatus == .exited(64))
    #expect(text.standardOutput == "")
    #expect(text.standardError.isEmpty == false)
    let json = try await Subprocess.run(
      .path(path), arguments: Arguments(words + ["--json"]), workingDirectory: folder.path,
      output: .string(limit: 65536), error: .string(limit: 65536))
    #expect(json.terminationStatus == .exited(64))
    #expect(json.standardOutput.hasPrefix(#"{"error":{"kind":"usage","message":"#) == true)
    #expect(json.standardOutput.hasSuffix("\"exit\":64}\n") == true)
  }

  @Test
  func `names the nearest right word`() async throws {
    let folder = try Folder()
    #expect(try await run("vci", "chekc", in: folder).errors.contains("Did you mean 'check'?"))
    #expect(
      try await run("vcifuzz", "corpus", "verfy", in: folder).errors.contains(
        "Did you mean 'verify'?"))
    #expect(
      try await run("vcifuzz", "--iteratons", "1", in: folder).errors.contains("--iterations"))
  }

  @Test
  func `shows an example in the help of every command`() async throws {
    let folder = try Folder()
    for (tool, command) in [
      ("vci", "create"), ("vci", "info"), ("vci", "check"), ("vcifuzz", "fuzz"),
      ("vcifuzz", "replay"), ("vcifuzz", "generate"), ("vcifuzz", "corpus"),
    ] as [(FilePath.Component, String)] {
      let help = try await run(tool, command, "--help", in: folder)
      #expect(help.status == .exited(0))
      #expect(help.output.contains("Example"), "\(tool) \(command)")
    }
  }
}

struct `vcifuzz` {
  @Test
  func `reports the same at any number of jobs`() async throws {
    let folder = try Folder()
    let one = try await run("vcifuzz", "--iterations", "500", "--jobs", "1", in: folder)
    let three = try await run("vcifuzz", "-runs=500", "-jobs=3", in: folder)
    #expect(one.status == .exited(0))
    #expect(one.output == three.output)
    #expect(
      one.output.hasPrefix(
        "vcifuzz: schema 1, seed 1, iterations 500, target all, corpus 00000000 of 0 images\n"))
    #expect(one.output.hasSuffix("nothing found in 500 iterations\n"))
    let json = try await run(
      "vcifuzz", "fuzz", "--iterations", "500", "--json", "--seed", "2", in: folder)
    #expect(json.status == .exited(0))
    #expect(json.output.hasPrefix("{"))
    #expect(!folder.has("artifacts"))
  }

  @Test
  func `replays an iteration`() async throws {
    let folder = try Folder()
    let replay = try await run("vcifuzz", "replay", "--iteration", "4711", in: folder)
    #expect(replay.status == .exited(0))
    #expect(replay.output.hasPrefix("seed 1, iteration 4711\n"))
    #expect(replay.output.hasSuffix("nothing found\n"))
  }

  @Test
  func `generates the same valid images from the same seed`() async throws {
    let folder = try Folder()
    for name in ["a", "b"] {
      let made = try await run(
        "vcifuzz", "generate", "--count", "5", "--seed", "3", "--out", name, in: folder)
      #expect(made.status == .exited(0))
    }
    for index in 0..<5 {
      let checked = try await run("vci", "check", "a/3-\(index).vci", in: folder)
      #expect(checked.status == .exited(0) || checked.status == .exited(4))
      let pair = try ["a", "b"].map { name in
        try Data(
          contentsOf: URL(filePath: folder.path.appending("\(name)/3-\(index).vci").string))
      }
      #expect(pair[0] == pair[1])
    }
  }

  @Test(arguments: [
    ["--iterations", "x"], ["--iterations", "1", "--jobs", "0"], [],
    ["--iterations", "1", "--target", "ops"], ["--iterations", "1", "--adapter", "x"],
    ["replay"], ["replay", "a", "--iteration", "1"], ["minimize", "a"], ["corpus", "list"],
    ["--iterations", "1", "--time", "1"],
  ])
  func `refuses wrong usage, and what is not built`(words: [String]) async throws {
    let result = try await Subprocess.run(
      .path(tools.appending("vcifuzz")), arguments: Arguments(words),
      output: .string(limit: 65536), error: .string(limit: 65536))
    #expect(result.terminationStatus == .exited(64))
  }
}

struct `A size` {
  @Test
  func `is read in bytes or with a unit`() {
    #expect(ByteSize("512")?.bytes == 512)
    #expect(ByteSize("64KiB")?.bytes == 65_536)
    #expect(ByteSize("1GiB")?.bytes == 1_073_741_824)
    #expect(ByteSize("15EiB")?.bytes == 15 << 60)
    #expect(ByteSize("18446744073709551615")?.bytes == .max)
  }

  @Test(arguments: ["", "KiB", "1kib", "1 KiB", "0x10", "١", "16EiB", "18446744073709551616"])
  func `is nothing else`(text: String) {
    #expect(ByteSize(text) == nil)
  }

  @Test
  func `is shown in the largest unit that fits`() {
    #expect(ByteSize(bytes: 2 << 20).text == "2 MiB")
    #expect(ByteSize(bytes: 1536).text == "1536 bytes")
    #expect(ByteSize(bytes: 0).text == "0 bytes")
  }
}
