import FoundationEssentials
import SystemPackage

@testable import VCIConformance

private let lane = #"""
  {"schema":1,"name":"few","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":0,
  "exchanges":5}
  """#

/// The result of a test that asked of VCI-RD-006, with failures of these kinds.
func resultOfReads(
  _ name: String, _ kinds: [TestFailure.Kind] = [], bytes: UInt64? = nil
) -> TestResult {
  var result = TestResult(name: name)
  result.count(.reads, .reads)
  result.imageBytes = bytes
  result.image = "Corpus/\(name).vcir"
  result.failures = kinds.map {
    TestFailure(
      area: .reads, requirement: "VCI-RD-006", kind: $0, request: "read IMG 0 1 OUT",
      expected: "a hit", got: "a miss")
  }
  return result
}

/// The report of a program with these results.
func reportOfProgram(
  _ name: String, language: String? = nil, operations: Set<String> = ["open-ro", "read"],
  _ results: [TestResult], reasons: [String] = []
) throws -> ConformanceReport {
  var capabilities = Capabilities()
  (capabilities.name, capabilities.version, capabilities.language) = (name, "1", language)
  capabilities.operations = operations
  let lane = try laneOfFew()
  return ConformanceReport(
    adapter: "./\(name)", capabilities,
    ConformanceChoice(lane, only: nil, seed: 3, jobs: 1, corpus: "Corpus"), results: results,
    missing: 0, reasons: reasons)
}

/// A lane of five workloads of exchanges.
func laneOfFew() throws -> Lane { try JSONDecoder().decode(Lane.self, from: Data(lane.utf8)) }
