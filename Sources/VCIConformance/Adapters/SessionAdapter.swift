internal import Glibc
internal import SystemPackage
internal import VCIFormat

/// An adapter that speaks the session form: one process, lines of JSON.
package final class SessionAdapter: Adapter {
  package private(set) var capabilities = Capabilities()
  private let command: AdapterCommand
  private var process: AdapterProcess?
  private var nextID: UInt64 = 1
  private var lastErrors: [UInt8] = []

  /// Makes the adapter; `greet()` must be called before any request.
  init(_ command: AdapterCommand) throws(NotStarted) {
    self.command = command
    process = try AdapterProcess(command.text, ["session"], command.limits)
  }

  /// Makes an adapter whose capabilities are known.
  init(_ command: AdapterCommand, _ capabilities: Capabilities) {
    self.command = command
    self.capabilities = capabilities
  }

  /// Why there is no session.
  struct Flaw {
    /// Whether the program says that it does not know the session form.
    let isOtherForm: Bool
    let text: String
  }

  /// Says hello, and learns the capabilities. Returns what is wrong if there is no session.
  func greet() throws(NotStarted) -> Flaw? {
    do throws(AdapterFailure) {
      guard case .done(.capabilities(let capabilities)) = try ask(.hello) else {
        return Flaw(isOtherForm: false, text: "hello was not answered with 'ok'")
      }
      self.capabilities = capabilities
      return nil
    } catch {
      let isOther =
        error == .crashed("it ended with exit code 5")
        || error == .crashed("it ended with exit code 64")
      if case .protocolViolation(let what) = error {
        return Flaw(isOtherForm: false, text: "the answer to hello: \(what)")
      }
      return Flaw(isOtherForm: isOther, text: "\(error)")
    }
  }

  package func limited(fileBytes: UInt64) -> (any Adapter)? {
    SessionAdapter(command.limited(fileBytes), capabilities)
  }

  package func recorded(at place: RecorderPlace) -> (any Adapter)? {
    SessionAdapter(command.recorded(at: place), capabilities)
  }

  package var errorTail: [UInt8] { process?.errorTail ?? lastErrors }

  package func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    if process == nil { try restart() }
    return try ask(request)
  }

  /// Starts the process; `hello` is not said yet.
  func begin() throws(AdapterFailure) {
    do throws(NotStarted) {
      process = try AdapterProcess(command.text, ["session"], command.limits)
    } catch {
      throw .crashed(error.description)
    }
    nextID = 1
  }

  private func restart() throws(AdapterFailure) {
    try begin()
    guard try ask(.hello) == .done(.capabilities(capabilities)) else {
      drop()
      throw .protocolViolation("it declares other capabilities than before")
    }
  }

  /// Sends a request and takes its answer. The process is ended after a failure.
  private func ask(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    try ask(RequestLine(request), request)
  }

  /// Sends a line, and takes the answer, which is one to `request`.
  func ask(_ line: RequestLine, _ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    guard let process else { preconditionFailure("no process") }
    do throws(AdapterFailure) {
      let deadline = Deadline(milliseconds: command.limits.milliseconds)
      try Self.requireSilence(process)
      let id = nextID
      nextID += 1
      var line = line
      line.id = id
      try process.send(line.bytes, deadline)
      return try AnswerLine.answer(try process.line(deadline), to: request, id: id)
    } catch {
      // An error that it caught itself does not end the session.
      if case .internalError = error { throw error }
      drop()
      throw error
    }
  }

  package func end() { drop() }

  private func drop() {
    guard let process else { return }
    process.end()
    lastErrors = process.errorTail
    self.process = nil
  }

  package func requireLimits() throws(AdapterFailure) {
    guard let process else { return }
    do throws(AdapterFailure) {
      try Self.requireSilence(process)
      try process.requireLimits()
    } catch {
      drop()
      throw error
    }
  }

  private static func requireSilence(_ process: AdapterProcess) throws(AdapterFailure) {
    guard process.hasUnread else { return }
    throw .protocolViolation("it sent something that it was not asked for")
  }

  package func finish() throws(AdapterFailure) {
    guard process != nil else { return }
    _ = try ask(.bye)
    try awaitEnd()
  }

  /// Closes standard input, and requires that the process ends by itself and says nothing more.
  func awaitEnd() throws(AdapterFailure) {
    guard let process else { return }
    defer { drop() }
    let deadline = Deadline(milliseconds: command.limits.milliseconds)
    let (output, ending) = try process.finish(deadline)
    guard output.isEmpty else {
      throw .protocolViolation("it sent something after the last answer")
    }
    guard ending == .exit(0) else { throw .crashed("after the last answer, \(ending)") }
  }
}
