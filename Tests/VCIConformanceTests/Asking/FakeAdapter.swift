import SystemPackage
import VCICorpus
import VCIFormat

@testable import VCIConformance

/// A program in this process, whose answers are a function of the request.
final class FakeAdapter: Adapter {
  let capabilities: Capabilities
  var errorTail: [UInt8] = []
  private let answers: (PortRequest) throws(AdapterFailure) -> PortAnswer
  /// What the program used too much of, if anything.
  var excess: AdapterFailure?
  /// The requests since it was finished last.
  private(set) var requests: [PortRequest] = []
  /// What notes the limits of the size of files; `nil` if there can be none.
  var limits: ((UInt64) -> Void)?
  let keepsHandles = true

  init(
    _ operations: Set<String>, features: Set<Feature> = Set(Feature.allCases),
    _ answers: @escaping (PortRequest) throws(AdapterFailure) -> PortAnswer
  ) {
    var capabilities = Capabilities()
    (capabilities.name, capabilities.version) = ("fake", "1")
    capabilities.operations = operations
    capabilities.features = features
    self.capabilities = capabilities
    self.answers = answers
  }

  func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    requests.append(request)
    return try answers(request)
  }

  func limited(fileBytes: UInt64) -> (any Adapter)? {
    guard let limits else { return nil }
    limits(fileBytes)
    return FakeAdapter(capabilities.operations, features: capabilities.features, answers)
  }

  func requireLimits() throws(AdapterFailure) {
    if let excess { throw excess }
  }

  func finish() { requests = [] }
  func end() {}
}

/// Writes bytes into a file of a test.
func put(_ bytes: [UInt8], at offset: Int64, in path: FilePath) {
  guard let file = try? FileDescriptor.open(path, .writeOnly) else { return }
  defer { try? file.close() }
  _ = try? file.writeAll(toAbsoluteOffset: offset, bytes)
}

extension TestResult {
  /// The failures as kind, area and requirement, in order.
  var words: [String] {
    failures.map { "\($0.kind.rawValue), \($0.area.rawValue), \($0.requirement)" }
  }
}

/// Removes a file of a test.
func remove(_ path: FilePath) { StoredFile.remove(path) }
