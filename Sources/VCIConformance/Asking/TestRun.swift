internal import VCIFormat

/// Makes the requests of one test to a program, and records what it gets wrong.
final class TestRun {
  private(set) var result: TestResult
  private let adapter: any Adapter
  private let recorder: KitRecorder?
  /// The most failures of a test that are kept.
  private static let mostFailures = 8

  /// Makes a run. `recorder` notes the requests until the first failure.
  init(_ name: String, _ adapter: any Adapter, _ recorder: KitRecorder? = nil) {
    result = TestResult(name: name)
    self.adapter = adapter
    self.recorder = recorder
  }

  var capabilities: Capabilities { adapter.capabilities }

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
    result.count(area, requirement)
    recorder?.note(request)
    let answer: PortAnswer
    do throws(AdapterFailure) {
      answer = try adapter.answer(request)
    } catch {
      fail(
        area, Self.requirement(of: error, requirement), TestFailure.Kind(error), request,
        expected: "an answer", got: "\(error)")
      return nil
    }
    switch answer {
    case .done, .refused: return answer
    case .unsupported(let feature):
      guard Feature(rawValue: feature).map(capabilities.features.contains) ?? true else {
        result.notApplicable.insert(feature)
        return nil
      }
      fail(
        area, requirement, .declaredButUnsupported, request, expected: "an answer",
        got: "\(answer)")
    case .notImplemented:
      fail(
        area, requirement, .declaredButUnsupported, request, expected: "an answer",
        got: "\(answer)")
    }
    return nil
  }

  /// Notes that a request was compared with one more requirement.
  func count(_ area: Area, _ requirement: Requirement) { result.count(area, requirement) }

  /// The requirement that a program breaks which gives no answer. What ends or holds it up is
  /// hostile input, whatever was asked.
  private static func requirement(
    of failure: AdapterFailure, _ asked: Requirement
  ) -> Requirement {
    switch failure {
    case .crashed, .timedOut, .memory, .internalError: .hostileBytes
    case .protocolViolation: asked
    }
  }

  /// Records a failure.
  func fail(
    _ area: Area, _ requirement: Requirement, _ kind: TestFailure.Kind, _ request: PortRequest,
    expected: String, got: String, _ evidence: KitEvidence? = nil
  ) {
    guard result.failures.count < Self.mostFailures else { return }
    let failure = TestFailure(
      area: area, requirement: requirement.rawValue, kind: kind, request: request.words,
      expected: expected, got: PrintableText(got).description)
    recorder?.note(failure, evidence)
    result.failures.append(failure)
  }

  /// Looks at what the program used.
  func requireLimits() {
    do throws(AdapterFailure) {
      try adapter.requireLimits()
    } catch {
      fail(
        .reads, .hostileBytes, TestFailure.Kind(error), .ping, expected: "less memory",
        got: "\(error)")
    }
  }
}

extension PortRequest {
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
