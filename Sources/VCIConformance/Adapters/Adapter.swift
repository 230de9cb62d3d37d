internal import VCIFormat

/// A program of somebody else that answers requests of the test port.
package protocol Adapter: AnyObject {
  /// What the program says that it can do.
  var capabilities: Capabilities { get }

  /// Makes a request.
  ///
  /// - Throws: `AdapterFailure`. The program is then started anew for the next request, and no
  ///   handle is open.
  func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer

  /// Whether an image stays open from one request to the next.
  var keepsHandles: Bool { get }

  /// Returns the same program, not started yet, whose files cannot have more bytes; `nil` if there
  /// is no such limit. A write beyond it fails with EFBIG.
  func limited(fileBytes: UInt64) -> (any Adapter)?

  /// Returns the same program, not started yet, whose requests to the disk are recorded, by all of
  /// its processes in one trace; `nil` if it cannot be.
  func recorded(at place: RecorderPlace) -> (any Adapter)?

  /// Looks at what the program used up since it was started.
  ///
  /// - Throws: `AdapterFailure` if that is more than it may use.
  func requireLimits() throws(AdapterFailure)

  /// The last bytes of standard error of the last process.
  var errorTail: [UInt8] { get }

  /// Ends the program, in the way that the port prescribes.
  ///
  /// - Throws: `AdapterFailure` if it does not end as prescribed.
  func finish() throws(AdapterFailure)

  /// Ends the program at once.
  func end()
}

extension Adapter {
  /// What the last process said last on standard error, as printable lines; `nil` if it said
  /// nothing.
  var lastWords: String? {
    let text = errorTail.suffix(Self.mostLastBytes)
    guard let last = text.lastIndex(where: { $0 != UInt8(ascii: "\n") }) else { return nil }
    return PrintableText.lines(String(decoding: text[...last], as: UTF8.self))
      .joined(separator: "\n")
  }

  private static var mostLastBytes: Int { 400 }

  package var keepsHandles: Bool { true }
  package func limited(fileBytes: UInt64) -> (any Adapter)? { nil }
  package func recorded(at place: RecorderPlace) -> (any Adapter)? { nil }
}

/// Starts adapters ("How an adapter is started" in `Specs/Port.md`).
package struct AdapterCommand: Hashable, Sendable {
  /// A command of a POSIX shell, to which arguments are added.
  package let text: String
  package var limits: AdapterLimits

  package init(_ text: String, limits: AdapterLimits = AdapterLimits()) {
    self.text = text
    self.limits = limits
  }

  /// Returns the command with a limit of the size of files.
  func limited(_ fileBytes: UInt64) -> AdapterCommand {
    var limited = self
    limited.limits.fileBytes = fileBytes
    return limited
  }

  /// Returns the command with the recorder.
  func recorded(at place: RecorderPlace) -> AdapterCommand {
    var recorded = self
    recorded.limits.preparations = place.commands
    recorded.limits.tracer = place.tracer
    return recorded
  }

  /// Starts the adapter in the form that it speaks.
  ///
  /// - Throws: `NotStarted` if it speaks none.
  package func start() throws(NotStarted) -> any Adapter {
    let session = try SessionAdapter(self)
    if let flaw = try session.greet() {
      guard flaw.isOtherForm else {
        throw NotStarted("\(text) session: \(flaw.text)", said: session.lastWords)
      }
    } else {
      return session
    }
    return try SimpleAdapter(self)
  }

  /// Starts the adapter in the form that it speaks, and ends it.
  ///
  /// - Throws: `NotStarted` if it speaks none, or does not end as prescribed.
  func greetedAdapter() throws(NotStarted) -> any Adapter {
    let started = try start()
    do throws(AdapterFailure) {
      try started.finish()
    } catch {
      throw NotStarted("\(text): \(error)", said: started.lastWords)
    }
    return started
  }

  /// Returns an adapter of the form and with the capabilities of `greeted`. Its process is started
  /// with the first request.
  func adapter(like greeted: any Adapter) -> any Adapter {
    greeted is SessionAdapter
      ? SessionAdapter(self, greeted.capabilities) : SimpleAdapter(self, greeted.capabilities)
  }
}
