import Glibc

/// A program that was run to its end, by the Timekeeper beside this program.
struct ChildProcess {
  /// What it wrote.
  let output: String
  /// What it exited with; -1 where a signal ended it.
  let exitCode: Int
  /// Its processor time and the time that it took, in seconds.
  let processorTime: Double
  let time: Double
  /// The most memory that it held, in bytes.
  let peakMemory: Int

  /// Runs a program, which is looked for as a shell looks for it.
  init(running program: String, _ arguments: [String]) throws {
    let text = try Self.output(of: Self.beside("Timekeeper"), [program] + arguments)
    let lines = text.split(separator: "\n")
    let words = lines.last?.split(separator: " ") ?? []
    guard words.count == 4, let processorTime = Double(words[0]), let time = Double(words[1]),
      let peakMemory = Int(words[2]), let exitCode = Int(words[3])
    else { throw Failure("\(program) was not measured: \(text)") }
    output = lines.dropLast().joined(separator: "\n")
    self.processorTime = processorTime
    self.time = time
    self.peakMemory = peakMemory
    self.exitCode = exitCode
  }

  /// The path of a program in the folder of this one; of this one itself where there is no name.
  static func beside(_ name: String?) throws -> String {
    var characters = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &characters, characters.count)
    guard count > 0, count < characters.count else { throw Failure.system("readlink") }
    let path = String(
      decoding: characters[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let name, let slash = path.lastIndex(of: "/") else { return path }
    return path[...slash] + name
  }

  private static func output(of program: String, _ arguments: [String]) throws -> String {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure.system("pipe") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addclose(&actions, ends[1])
    let copies = ([program] + arguments).map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    var child = pid_t()
    let code = posix_spawn(&child, program, &actions, nil, copies + [nil], environ)
    close(ends[1])
    defer { close(ends[0]) }
    guard code == 0 else {
      throw Failure("cannot run \(program): \(String(cString: strerror(code)))")
    }
    let text = read(ends[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw Failure.system("waitpid") }
    }
    return text
  }

  private static func read(_ file: Int32) -> String {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(file, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }
}

/// A folder that is gone when the work in it is done.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var template = Array("\(parent)/vci-benchmarks-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Failure.system(parent) }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { rmdir(path) }
  try body(path)
}
