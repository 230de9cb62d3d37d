import Glibc
import SystemPackage
import Testing

@testable import VCIConformance

/// Starts an adapter with a short limit of time.
private func start(_ command: String, milliseconds: Int = 30_000) throws -> any Adapter {
  _ = signal(SIGPIPE, SIG_IGN)
  var limits = AdapterLimits()
  limits.milliseconds = milliseconds
  return try AdapterCommand(command, limits: limits).start()
}

/// What comes of a probe; the failure, if it is one.
private func probe(_ adapter: any Adapter) -> Result<PortAnswer, AdapterFailure> {
  do throws(AdapterFailure) {
    return .success(try adapter.answer(.probe(image: "/t/a")))
  } catch {
    return .failure(error)
  }
}

private func failure(_ body: String, milliseconds: Int = 30_000) throws -> AdapterFailure? {
  let adapter = try start(session(body), milliseconds: milliseconds)
  defer { adapter.end() }
  guard case .failure(let failure) = probe(adapter) else { return nil }
  return failure
}

struct `An adapter of the session form` {
  @Test
  func `says hello, answers, and ends after bye`() throws {
    let adapter = try start(session(right))
    #expect(adapter is SessionAdapter)
    #expect(adapter.capabilities.name == "sh")
    #expect(probe(adapter) == .success(.done(.nothing)))
    try adapter.requireLimits()
    try adapter.finish()
  }

  @Test
  func `is started anew after a failure`() throws {
    let adapter = try start(session("exit 3"))
    defer { adapter.end() }
    for _ in 0..<3 {
      #expect(probe(adapter) == .failure(.crashed("it ended with exit code 3")))
    }
  }

  @Test
  func `crashes if it ends without an answer`() throws {
    #expect(try failure("exit 0") == .crashed("it ended with exit code 0"))
    #expect(try failure("kill -9 $$") == .crashed("it was ended by signal 9"))
    #expect(try failure("exec 1>&-; sleep 60") == .crashed("it closed its output and runs on"))
  }

  @Test
  func `may be limited in the size of its files, of which no signal tells`() throws {
    let folder = try WorkFolder()
    let path = folder.path.appending("grown")
    let body = "head -c 100000 /dev/zero >\(path) 2>/dev/null; \(right)"
    let adapter = try start(session(body))
    defer { adapter.end() }
    func size() throws -> UInt64 { try WorkFile(reading: path).size }
    #expect(probe(adapter) == .success(.done(.nothing)))
    #expect(try size() == 100_000)
    try adapter.finish()
    let limited = try #require(adapter.limited(fileBytes: 8192))
    defer { limited.end() }
    #expect(probe(limited) == .success(.done(.nothing)))
    #expect(try size() == 8192)
    #expect(limited.capabilities == adapter.capabilities)
  }

  @Test
  func `has a limited time, whatever it sends meanwhile`() throws {
    #expect(try failure("sleep 60", milliseconds: 1000) == .timedOut(milliseconds: 1000))
    #expect(
      try failure("while :; do printf x; sleep 0.01; done", milliseconds: 1000)
        == .timedOut(milliseconds: 1000))
    #expect(
      try failure("while :; do echo x >&2; done", milliseconds: 1000)
        == .timedOut(milliseconds: 1000))
  }

  @Test
  func `may not send more than its answer`() throws {
    let adapter = try start(session("\(right); \(right)"))
    defer { adapter.end() }
    #expect(probe(adapter) == .success(.done(.nothing)))
    usleep(200_000)
    #expect(
      throws: AdapterFailure.protocolViolation("it sent something that it was not asked for")
    ) { try adapter.requireLimits() }
  }

  @Test
  func `has lines of at most 1 MiB`() throws {
    #expect(
      try failure("head -c 2000000 /dev/zero; sleep 60")
        == .protocolViolation("a line of more than 1048576 bytes"))
  }

  @Test
  func `has a limited number of processes`() throws {
    let failure = try failure(
      "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 60 & done; wait")
    guard case .processes(let count, limit: 16) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(count > 16)
  }

  @Test
  func `must declare the same each time`() throws {
    let folder = try WorkFolder()
    defer { withExtendedLifetime(folder) {} }
    let first = folder.name()
    let command = session(
      "exit 3", before: "if [ -e \(first) ]; then caps=2; fi; : >\(first)"
    ).replacing(#""version":"1""#, with: #""version":"'"${caps:-1}"'""#)
    let adapter = try start(command)
    defer { adapter.end() }
    _ = probe(adapter)
    #expect(
      probe(adapter)
        == .failure(.protocolViolation("it declares other capabilities than before")))
  }

  @Test(arguments: ["exit 1", "exit 127", "echo hello", ":", "exec ./is-not-there", "exit 101"])
  func `does not start without an answer to hello`(command: String) {
    #expect(throws: NotStarted.self) { try start("sh -c '\(command)'") }
  }

  @Test
  func `is told which answer is wrong if it is that to hello`() throws {
    let command = session(right).replacing(#""version":"1""#, with: #""version":"1","ms":1"#)
    var words = ""
    do throws(NotStarted) {
      try AdapterCommand(command).start().end()
    } catch {
      words = error.why
    }
    #expect(
      words.contains(" session: the answer to hello: 'caps.ms': there is no such key here: {"))
  }

  @Test
  func `may be a command of several programs, with variables`() throws {
    let adapter = try start(
      "cd / && X=1 " + "sh -c '" + session(right).replacing("'", with: #"'\''"#) + "' x")
    try adapter.finish()
  }
}

struct `An adapter of the simple form` {
  private func start(_ body: String) throws -> any Adapter {
    let script = """
      program() {
        case $1 in
          session) exit 64 ;;
          caps) printf 'name=sh\\nversion=1\\nprobe\\n' ;;
          probe) \(body) ;;
        esac
      }; program
      """
    return try VCIConformanceTests.start(script)
  }

  private func outcome(_ body: String) throws -> Result<PortAnswer, AdapterFailure> {
    VCIConformanceTests.probe(try start(body))
  }

  @Test
  func `answers with its exit code, and a reason`() throws {
    #expect(try outcome("exit 0") == .success(.done(.nothing)))
    #expect(
      try outcome("echo 'VCI-HDR-001 at 0' >&2; exit 10")
        == .success(.refused(PortAnswer.Refusal(rule: "VCI-HDR-001"))))
    #expect(
      try outcome("echo 'locked: by others' >&2; exit 10")
        == .success(.refused(PortAnswer.Refusal(class: "locked"))))
    #expect(
      try outcome("echo 'mod-uuid none' >&2; exit 4")
        == .success(.unsupported(feature: "mod-uuid")))
    #expect(try outcome("exit 5") == .success(.notImplemented))
    #expect(try outcome("exit 64") == .success(.notImplemented))
  }

  @Test
  func `crashes with any other exit code`() throws {
    for code in [1, 2, 3, 101, 139] {
      #expect(try outcome("exit \(code)") == .failure(.crashed("it ended with exit code \(code)")))
    }
  }

  @Test
  func `must say why it refuses`() throws {
    guard case .failure(.protocolViolation) = try outcome("exit 10") else {
      Issue.record("a refusal without a reason")
      return
    }
    guard case .failure(.protocolViolation) = try outcome("echo VCI-EXT-099 >&2; exit 10") else {
      Issue.record("a rule that does not exist")
      return
    }
  }

  @Test
  func `gives its reason first, however much it says`() throws {
    #expect(
      try outcome("echo not-vci >&2; head -c 200000 /dev/zero >&2; exit 10")
        == .success(.refused(PortAnswer.Refusal(class: "not-vci"))))
  }

  @Test
  func `may leave a process behind that has its streams`() throws {
    #expect(try outcome("sleep 60 & exit 0") == .success(.done(.nothing)))
  }

  @Test
  func `has a limited output`() throws {
    #expect(
      try outcome("yes") == .failure(.protocolViolation("more than 16777216 bytes of output")))
  }
}
