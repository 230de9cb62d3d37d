package import SystemPackage
package import VCICorpus

/// The events of a run, each as a line of JSON that is written when it happens. What was found so
/// far is there after the run is killed; a log without an event `end` is of a run that is
/// incomplete.
package final class EventLog {
  private let file: FileDescriptor
  /// Why the log is not whole; `nil` if it is.
  package private(set) var flaw: String?

  /// The version of the form (`Specs/schemas/conformance-event.json`).
  private static let schema = 1

  /// Makes an empty log in place of a file that may be at `path`.
  ///
  /// - Throws: `CorpusError.file`.
  package init(_ path: FilePath) throws(CorpusError) {
    do {
      file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .append, .noFollow, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw .file(path, "\(error)")
    }
  }

  deinit { try? file.close() }

  private struct Begin: Encodable {
    let schema: Int
    let event = "begin"
    let adapter: String
    let name: String
    let version: String
    let lane: String
    let only: String?
    let seed: String
    let tests: Int
  }

  private struct Result: Encodable {
    let event = "result"
    let test: String
    let outcome: String
    let why: String?
    let image: String
    let asked: [String: Int]
    let requirements: [String: Int]
    let notApplicable: [String]
    let failures: [TestFailure]
    let crashStates: UInt64?
    let isCut: Bool?
  }

  private struct Flaky: Encodable {
    let event = "flaky"
    let test: String
  }

  private struct End: Encodable {
    let event = "end"
    let verdict: String
    let exit: Int32
    let why: String?
  }

  /// Notes that a run begins, of so many tests.
  func begin(
    _ adapter: String, _ capabilities: Capabilities, _ choice: ConformanceChoice, tests: Int
  ) {
    write(
      Begin(
        schema: Self.schema, adapter: adapter, name: capabilities.name,
        version: capabilities.version, lane: choice.lane.name, only: choice.only,
        seed: "\(choice.seed)", tests: tests))
  }

  /// Notes what came of a test.
  func add(_ result: TestResult) {
    write(
      Result(
        test: result.name, outcome: result.outcome, why: result.notRun, image: result.image,
        asked: result.areas, requirements: result.requirements,
        notApplicable: result.notApplicable.sorted(), failures: result.failures.map(\.withoutPlace),
        crashStates: result.crashStates, isCut: result.isCut))
  }

  /// Notes that the failure of a test did not come again from its kit.
  func addFlaky(_ test: String) { write(Flaky(test: test)) }

  /// Notes that the run has come to its end.
  package func end(_ report: ConformanceReport) {
    write(End(verdict: report.word, exit: report.exit, why: nil))
  }

  /// Notes that the run has ended without a report, or could not begin.
  package func end(_ report: UnfinishedReport) {
    write(End(verdict: UnfinishedReport.word, exit: report.exit, why: report.why))
  }

  private func write(_ event: some Encodable) {
    guard flaw == nil else { return }
    do {
      _ = try file.writeAll(try OrderedJSON.line(of: event))
    } catch {
      flaw = "the log of events cannot be written: \(error)"
    }
  }
}

extension TestResult {
  /// What came of the test, in a word.
  var outcome: String {
    if notRun != nil { return "not-run" }
    guard isApplicable else { return "not-applicable" }
    return failures.isEmpty ? "passed" : isFlaky ? "flaky" : "failed"
  }
}
