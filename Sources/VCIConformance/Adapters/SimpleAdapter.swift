internal import SystemPackage
internal import VCIFormat

/// An adapter that speaks the simple form: a process for each operation.
package final class SimpleAdapter: Adapter {
  package private(set) var capabilities = Capabilities()
  package private(set) var errorTail: [UInt8] = []
  private let command: AdapterCommand
  /// The images of the handles that are open, as far as this form has any.
  private var handles: [String: FilePath] = [:]

  /// Makes the adapter, and learns its capabilities.
  ///
  /// - Throws: `NotStarted` if it has no capabilities, or if they are wrong.
  init(_ command: AdapterCommand) throws(NotStarted) {
    self.command = command
    do throws(AdapterFailure) {
      guard case .done(.capabilities(let capabilities)) = try answer(.hello) else {
        throw .protocolViolation("caps must be answered")
      }
      self.capabilities = capabilities
    } catch {
      throw NotStarted("\(command.text) caps: \(error)", said: lastWords)
    }
  }

  /// Makes an adapter whose capabilities are known.
  init(_ command: AdapterCommand, _ capabilities: Capabilities) {
    self.command = command
    self.capabilities = capabilities
  }

  package var keepsHandles: Bool { false }

  package func limited(fileBytes: UInt64) -> (any Adapter)? {
    let limited = SimpleAdapter(command.limited(fileBytes), capabilities)
    limited.handles = handles
    return limited
  }

  package func recorded(at place: RecorderPlace) -> (any Adapter)? {
    SimpleAdapter(command.recorded(at: place), capabilities)
  }

  package func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    try answer(request, adding: [])
  }

  /// Whether a handle is open, as far as this form has any.
  func isOpen(_ handle: String) -> Bool { handles[handle] != nil }

  /// Makes a request with more arguments than it has by itself.
  func answer(
    _ request: PortRequest, adding more: [String]
  ) throws(AdapterFailure) -> PortAnswer {
    guard let arguments = request.arguments(handles) else {
      if case .close(let handle) = request { handles[handle] = nil }
      return .done(.nothing)
    }
    let answer = try run(request, arguments + more)
    if case .open(let image, let handle, _, _) = request, case .done = answer {
      handles[handle] = image
    }
    return answer
  }

  private func run(
    _ request: PortRequest, _ arguments: [String]
  ) throws(AdapterFailure) -> PortAnswer {
    let deadline = Deadline(milliseconds: command.limits.milliseconds)
    let process: AdapterProcess
    do throws(NotStarted) {
      process = try AdapterProcess(command.text, arguments, command.limits)
    } catch {
      throw .crashed(error.description)
    }
    defer {
      process.end()
      errorTail = process.errorTail
    }
    let (output, ending) = try process.finish(deadline)
    switch ending {
    case .exit(0): return .done(try SimpleOutput(output).details(of: request))
    case .exit(10): return .refused(try Self.refusal(process.errorHead))
    case .exit(4): return .unsupported(feature: Self.firstWord(process.errorHead) ?? "unnamed")
    case .exit(5), .exit(64): return .notImplemented
    case .exit, .signal: throw .crashed(ending.description)
    }
  }

  /// Returns the reason of a refusal: the first word of standard error.
  private static func refusal(_ errors: [UInt8]) throws(AdapterFailure) -> PortAnswer.Refusal {
    guard let word = firstWord(errors) else {
      throw .protocolViolation("exit code 10, and standard error names no rule or class")
    }
    guard word.hasPrefix("VCI-") else { return PortAnswer.Refusal(class: word) }
    guard Rule(rawValue: word) != nil || Requirement.isKnown(word) else {
      throw .protocolViolation("there is no rule \(PrintableText(word))")
    }
    return PortAnswer.Refusal(rule: word)
  }

  private static func firstWord(_ errors: [UInt8]) -> String? {
    let line = errors.prefix { $0 != UInt8(ascii: "\n") }
    let word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ":") }
    return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
  }

  package func requireLimits() {}

  package func finish() { handles = [:] }

  package func end() { handles = [:] }
}
