internal import SystemPackage

/// A recording that is being replayed.
final class Replay {
  private let recording: Recording
  private let form: any ReplayedForm
  private let capabilities: Capabilities
  private let folder: WorkFolder
  /// The paths of the files of the recording, by name.
  private var paths: [String: FilePath] = [:]
  /// The handles whose open was left out, or not done.
  private var closed: Set<String> = []

  init(
    _ recording: Recording, _ form: any ReplayedForm, _ capabilities: Capabilities,
    _ folder: WorkFolder
  ) {
    self.recording = recording
    self.form = form
    self.capabilities = capabilities
    self.folder = folder
  }

  /// What an exchange came to.
  private enum Course {
    case goesOn
    /// The process is gone.
    case isOver
    /// The time was up.
    case isStuck
  }

  /// Makes the requests. Returns whether further recordings are worth their time: `false` after one
  /// that took too long.
  ///
  /// - Throws: `ReplayFlaw`.
  func run() throws(ReplayFlaw) -> Bool {
    do throws(WorkError) {
      try makeFiles()
    } catch {
      throw flaw(nil, "a file for the session", error.description)
    }
    do throws(AdapterFailure) {
      try form.beginReplay()
    } catch {
      throw flaw(nil, "a process", "\(error)")
    }
    for index in recording.exchanges.indices {
      let exchange = recording.exchanges[index]
      guard applies(exchange), let request = request(of: exchange.request),
        form.has(exchange.request, request)
      else {
        if exchange.request.op == "open" { close(exchange.request.handle) }
        continue
      }
      switch try course(of: index, request) {
      case .goesOn: continue
      case .isOver: return true
      case .isStuck: return false
      }
    }
    do throws(AdapterFailure) {
      try form.endReplay()
    } catch {
      guard error.isOfLimits else {
        throw flaw(nil, "exit code 0 and nothing more", "\(error)")
      }
    }
    return true
  }

  private func makeFiles() throws(WorkError) {
    for name in recording.files.keys.sorted() {
      switch recording.files[name] {
      case .bytes(let bytes): paths[name] = try folder.file(bytes)
      case .folder: paths[name] = try folder.folder()
      case .absent, .empty, nil: paths[name] = folder.name()
      }
    }
  }

  /// Whether an exchange is replayed: the program has what it needs, and its handle is open.
  private func applies(_ exchange: Recording.Exchange) -> Bool {
    let line = exchange.request
    if let most = capabilities.mostBlocks, let end = line.end, end > most { return false }
    return (exchange.needs + [line.capability].compactMap(\.self))
      .allSatisfy(capabilities.declares)
      && (line.op == "open" || !closed.contains(line.handle ?? ""))
  }

  /// Returns the request with the paths of its files; `nil` if these cannot be made.
  private func request(of line: RequestLine) -> PortRequest? { located(line).request }

  private func located(_ line: RequestLine) -> RequestLine {
    var line = line
    line.image = line.image.flatMap { paths[String($0.dropFirst())]?.string }
    line.file = line.file.flatMap { paths[String($0.dropFirst())]?.string }
    return line
  }

  /// Makes request `index`.
  private func course(of index: Int, _ request: PortRequest) throws(ReplayFlaw) -> Course {
    let line = recording.exchanges[index].request
    let isOfPort = ["hello", "ping", "bye"].contains(line.op)
    do {
      if let name = line.file.map({ String($0.dropFirst()) }), recording.files[name] == .empty,
        let path = paths[name]
      {
        try folder.empty(path)
      }
    } catch {
      throw flaw(index, "a file for the answer", "\(error)")
    }
    let answer: PortAnswer
    do throws(AdapterFailure) {
      answer = try form.replay(located(line), request)
    } catch {
      if case .protocolViolation(let what) = error {
        throw flaw(index, "an answer to \(line.op) as Specs/Port.md has it", what)
      }
      guard !isOfPort || error.isOfLimits else { throw flaw(index, "done", "\(error)") }
      if line.op == "open" { close(line.handle) }
      switch error {
      case .internalError: return .goesOn
      case .timedOut, .starved: return .isStuck
      default: return .isOver
      }
    }
    guard case .done(let details) = answer else {
      guard !isOfPort else { throw flaw(index, "done", "\(answer)") }
      if line.op == "open" { close(line.handle) }
      return .goesOn
    }
    if case .capabilities(let declared) = details, declared != capabilities {
      throw flaw(index, "the same capabilities as before", "others")
    }
    if line.op == "open" { closed.remove(line.handle ?? "") }
    return .goesOn
  }

  private func close(_ handle: String?) {
    if let handle { closed.insert(handle) }
  }

  private func flaw(_ index: Int?, _ expected: String, _ got: String) -> ReplayFlaw {
    let exchange = index.map { recording.exchanges[$0] }
    let sent = exchange.map { String(decoding: $0.request.bytes.dropLast(), as: UTF8.self) }
    return ReplayFlaw(
      line: index.map { $0 + 2 }, about: exchange?.why ?? recording.title,
      sent: sent ?? "all of it", expected: expected, got: got)
  }
}

extension AdapterFailure {
  /// Whether the program used up more than it may, which is for the run to tell.
  fileprivate var isOfLimits: Bool {
    switch self {
    case .memory, .processes: true
    case .crashed, .internalError, .timedOut, .starved, .protocolViolation: false
    }
  }
}
