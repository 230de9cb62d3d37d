internal import VCIFormat

/// An adapter to which recordings are replayed.
protocol ReplayedForm: AnyObject {
  /// Begins a session, to which `hello` is not said yet.
  func beginReplay() throws(AdapterFailure)
  /// Whether the form has a request.
  func has(_ line: RequestLine, _ request: PortRequest) -> Bool
  func replay(_ line: RequestLine, _ request: PortRequest) throws(AdapterFailure) -> PortAnswer
  /// Requires that the session, to which nothing more is said, ends as prescribed.
  func endReplay() throws(AdapterFailure)
}

extension SessionAdapter: ReplayedForm {
  func beginReplay() throws(AdapterFailure) { try begin() }

  func has(_ line: RequestLine, _ request: PortRequest) -> Bool { true }

  func replay(_ line: RequestLine, _ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    try ask(line, request)
  }

  func endReplay() throws(AdapterFailure) { try awaitEnd() }
}

extension SimpleAdapter: ReplayedForm {
  func beginReplay() { finish() }

  func has(_ line: RequestLine, _ request: PortRequest) -> Bool {
    if line.op == "ping" || line.op == "bye" || line.repair == "plan" { return false }
    return line.op == "open" || line.handle.map(isOpen) ?? true
  }

  func replay(_ line: RequestLine, _ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    let repair = line.repair.flatMap { $0 == "none" ? nil : $0 }
    return try answer(request, adding: repair.map { ["--repair", $0] } ?? [])
  }

  func endReplay() { finish() }
}
