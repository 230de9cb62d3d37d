internal import SystemPackage
internal import VCIFormat

/// Makes the requests of one test to a program, and records what it gets wrong.
final class TestRun {
  private(set) var result: TestResult
  /// Whether the disk is made to fail, so that a program may end, or answer that it failed itself.
  var mayGiveUp = false
  /// The features that what is asked may need, although it is asked of programs without them.
  var needed: Set<Feature> = []
  private var adapter: any Adapter
  /// The program under a limit that only this test has; it is ended with the test.
  private var limited: (any Adapter)?
  private let recorder: KitRecorder?
  private var last: (request: PortRequest, area: Area, requirement: Requirement)?
  /// Whether the program gave no answer in time. Nothing more is asked then.
  private var isOver = false
  /// Whether the process that had the handles is gone.
  private var hasNoHandles = false
  /// The most failures of a test that are kept.
  private static let mostFailures = 8

  /// Makes a run. `recorder` notes the requests until the first failure.
  init(_ name: String, _ adapter: any Adapter, _ recorder: KitRecorder? = nil) {
    result = TestResult(name: name)
    self.adapter = adapter
    self.recorder = recorder
  }

  deinit { limited?.end() }

  var capabilities: Capabilities { adapter.capabilities }
  var keepsHandles: Bool { adapter.keepsHandles }

  /// Makes all further requests to the program under a limit of the size of its files. Returns
  /// whether there is one. No image may be open.
  @discardableResult func limit(fileBytes: UInt64) -> Bool {
    guard let limited = adapter.limited(fileBytes: fileBytes) else { return false }
    recorder?.note(fileBytes: fileBytes)
    // What is left when a program ends is ended, so there is one at a time.
    try? adapter.finish()
    self.limited = limited
    adapter = limited
    return true
  }

  /// Whether the program has an operation. If it has not, that is noted.
  func has(_ operation: String) -> Bool {
    if capabilities.has(operation) { return true }
    result.notApplicable.insert(operation)
    return false
  }

  /// Whether the program has a feature. If it has not, that is noted.
  func has(_ feature: Feature) -> Bool {
    if capabilities.features.contains(feature) { return true }
    result.notApplicable.insert(feature.rawValue)
    return false
  }

  /// Makes a request. Returns the answer if it is `done` or `refused`; `nil` if there is none, or
  /// if the program lacks something, which is a failure if it declares it.
  func ask(_ request: PortRequest, _ area: Area, _ requirement: Requirement) -> PortAnswer? {
    guard !isOver, !(hasNoHandles && request.isOfHandle) else { return nil }
    hasNoHandles = false
    last = (request, area, requirement)
    recorder?.note(request)
    let answer: PortAnswer
    do throws(AdapterFailure) {
      answer = try adapter.answer(request)
      recorder?.note(answer)
    } catch {
      if case .starved = error {
        isOver = true
        if result.failures.isEmpty {
          result.notRun = "\(error)"
          result.isStarved = true
        }
        return nil
      }
      if case .timedOut = error { isOver = true }
      if case .internalError = error {} else { hasNoHandles = true }
      result.count(area, requirement)
      if mayGiveUp, error.isGivingUp { return nil }
      fail(
        area, Self.requirement(of: error, requirement), TestFailure.Kind(error), request,
        expected: "an answer", got: "\(error)", errors: adapter.lastWords)
      return nil
    }
    if case .unsupported(let name) = answer, let feature = Feature(rawValue: name),
      !capabilities.features.contains(feature), isNeeded(feature, by: request)
    {
      result.notApplicable.insert(name)
      return nil
    }
    result.count(area, requirement)
    switch answer {
    case .done, .refused: return answer
    case .unsupported, .notImplemented:
      fail(
        area, requirement, .declaredButUnsupported, request, expected: "an answer",
        got: "\(answer)")
      return nil
    }
  }

  /// Whether a program without the feature may say so instead of an answer.
  private func isNeeded(_ feature: Feature, by request: PortRequest) -> Bool {
    switch (feature, request) {
    case (.trees, _), (.recovery, .open(_, _, .writing, _)): needed.contains(feature)
    case (.wideDisks, _): needed.contains(feature) || request.isWide
    case (.fixed, .create(_, _, let isFixed, _)): isFixed
    case (.modUUID, .open(_, _, _, let uuid)): uuid != nil
    case (.modUUID, .setModUUID): true
    default: false
    }
  }

  /// Notes what no verdict depends on.
  func advise(_ body: (inout WriterAdvice) -> Void) {
    var advice = result.advice ?? WriterAdvice()
    body(&advice)
    result.advice = advice
  }

  /// Notes how many states after a crash were tried, and whether there are more than that.
  func note(crashStates: UInt64, isCut: Bool) {
    result.crashStates = crashStates
    result.isCut = isCut
  }

  /// Notes that a request was compared with one more requirement.
  func count(_ area: Area, _ requirement: Requirement) { result.count(area, requirement) }

  /// The requirement that a program breaks which gives no answer. What ends or holds it up is
  /// hostile input, whatever was asked.
  ///
  /// It crashes over what it wrote itself because it wrote that wrongly.
  private static func requirement(
    of failure: AdapterFailure, _ asked: Requirement
  ) -> Requirement {
    switch failure {
    case .crashed, .internalError: asked.isOfWriters ? asked : .hostileBytes
    case .timedOut, .starved, .memory, .processes: .hostileBytes
    case .protocolViolation: asked
    }
  }

  /// Records a failure. `errors` is what a program said that gave no answer; without a `place` it
  /// is that of the evidence.
  func fail(
    _ area: Area, _ requirement: Requirement, _ kind: TestFailure.Kind, _ request: PortRequest,
    expected: String, got: String, errors: String? = nil, _ evidence: KitEvidence? = nil,
    at place: FailurePlace? = nil
  ) {
    // What is found after a program was ended for want of a processor is not its own.
    guard !result.isStarved, result.failures.count < Self.mostFailures else { return }
    let failure = TestFailure(
      area: area, requirement: requirement.rawValue, kind: kind, request: request.words,
      expected: expected, got: PrintableText(got).description, errors: errors,
      place: place ?? FailurePlace(evidence))
    recorder?.note(failure, evidence)
    result.failures.append(failure)
  }

  /// Opens a file that the program must have left where it was. Returns `nil`, and records a
  /// failure, if it is gone.
  func open(_ file: FilePath, _ request: PortRequest, _ area: Area) -> WorkFile? {
    do throws(WorkError) {
      return try WorkFile(reading: file)
    } catch {
      fail(
        area, .hostileBytes, .modified, request, expected: "the file where it was",
        got: error.description)
      return nil
    }
  }

  /// Looks at what the program used, and whether it is silent, after the last request.
  func requireLimits() {
    guard let last else { return }
    do throws(AdapterFailure) {
      try adapter.requireLimits()
    } catch {
      fail(
        last.area, Self.requirement(of: error, last.requirement), TestFailure.Kind(error),
        last.request, expected: "no more than the answer, and the limits of the port",
        got: "\(error)", errors: adapter.lastWords)
    }
  }
}

extension AdapterFailure {
  /// Whether the program ended, or answered that it failed itself.
  fileprivate var isGivingUp: Bool {
    switch self {
    case .crashed, .internalError: true
    case .timedOut, .starved, .memory, .processes, .protocolViolation: false
    }
  }
}

extension PortRequest {
  /// Whether the request is about blocks from 2^32 on.
  fileprivate var isWide: Bool {
    switch self {
    case .read(_, let block, let count, _), .write(_, let block, let count, _),
      .discard(_, let block, let count):
      block >= 1 << 32 || count > (1 << 32) - block
    default: false
    }
  }

  /// Whether the request is about an image that is open.
  fileprivate var isOfHandle: Bool {
    switch self {
    case .info, .read, .write, .discard, .flush, .setModUUID, .close: true
    case .hello, .bye, .ping, .probe, .open, .extents, .create, .check: false
    }
  }

  /// The request in the words of the simple form. Files have the names that they have in a kit.
  var words: String {
    switch self {
    case .hello: "caps"
    case .bye, .ping: op
    case .probe: "probe IMG"
    case .open(_, _, let mode, let uuid):
      "open-\(mode.rawValue) IMG" + (uuid.map { " \($0)" } ?? "")
    case .info: "info IMG"
    case .read(_, let block, let count, _): "read IMG \(block) \(count) OUT"
    case .extents: "extents IMG"
    case .create(_, let blocks, let isFixed, let uuid):
      "create IMG \(blocks) \(isFixed ? "fixed" : "dynamic") \(uuid)"
    case .write(_, let block, let count, _): "write IMG \(block) \(count) IN"
    case .discard(_, let block, let count): "discard IMG \(block) \(count)"
    case .flush: "flush IMG"
    case .setModUUID(_, let uuid): "set-moduuid IMG \(uuid)"
    case .close: "close IMG"
    case .check: "check IMG"
    }
  }
}
