internal import Glibc
internal import SystemPackage
internal import VCIConformance

/// The tests of the suite, for an implementation in this process.
///
/// They are those of `vci conform`, but for crashes, for disks that are full, and for a pipe in an
/// image's place. They run one after the other; after one that failed the implementation is made
/// anew.
public struct ConformanceSuite: Sendable {
  /// How much is asked: a file of `Port/lanes`.
  public enum Lane: String, CaseIterable, Sendable {
    case smoke
    case `default`
    case full
  }

  /// The requirements that an implementation may be held to in this process.
  public static let requirements = Requirement.allCases.filter { $0 != .order }.map(\.rawValue)

  private let make: @Sendable () -> any Adapter
  private let lane: Lane
  private let only: String?
  private let seed: UInt64
  private let corpus: FilePath

  /// Makes a suite for what `implementation` returns, which is made anew where `vci conform` would
  /// start a process.
  ///
  /// - Parameters:
  ///   - only: The test that is run alone, such as `edited/1-38`, or the rule whose vectors are;
  ///     `nil` for all of the lane.
  ///   - seed: The seed of images, workloads and their order.
  ///   - corpus: The folder of the corpus, with `Port` beside it; otherwise that of `VCI_CORPUS`,
  ///     or the one beside the sources that this module was compiled from.
  public init<Tested: Implementation>(
    _ implementation: @autoclosure @escaping @Sendable () -> Tested, lane: Lane = .smoke,
    only: String? = nil, seed: UInt64 = 1, corpus: String? = nil
  ) {
    make = { InProcessAdapter(implementation) }
    self.lane = lane
    self.only = only
    self.seed = seed
    self.corpus = FilePath(corpus ?? Self.corpusOfEnvironment ?? Self.corpusBesideSources)
  }

  /// Runs the tests. `before` is called with the name of each of them, so that whoever looks for
  /// what traps or hangs sees at which it was.
  ///
  /// - Throws: `SuiteError` if there is no such test, if the corpus cannot be read, or if the
  ///   declaration is none; `CancellationError` if the task is cancelled, between two tests.
  public func run(
    before: (@Sendable (String) -> Void)? = nil
  ) async throws -> ConformanceResults {
    let adapter = make()
    defer { adapter.end() }
    let report: ConformanceReport
    do {
      let lane = try VCIConformance.Lane.read(
        corpus.removingLastComponent().appending("Port/lanes/\(lane.rawValue).json"))
      let choice = ConformanceChoice(lane, only: only, seed: seed, jobs: 1, corpus: corpus)
      let run = try ConformanceRun(AdapterCommand("in process"), choice)
      report = try run.run(inProcess: adapter) { test in
        try Task.checkCancellation()
        before?(test)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw SuiteError(description: "\(error)")
    }
    return ConformanceResults(report)
  }

  private static var corpusOfEnvironment: String? {
    unsafe getenv("VCI_CORPUS").map { unsafe String(cString: $0) }
  }

  /// The sources of a package stay where they were compiled, wherever its dependents have it from.
  private static var corpusBesideSources: String {
    FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
      .appending("Corpus").string
  }
}

/// Why the tests cannot be run.
public struct SuiteError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}
