package import SystemPackage
internal import VCICorpus

extension ConformanceRun {
  /// Makes a kit of the first failure of each kind, in a folder of its own below `folder`, and runs
  /// it. A test whose kit does not show the failure again is flaky, unless it is a contract: it is
  /// marked in the report, and the kit is made of another test with such a failure.
  ///
  /// - Throws: `NotStarted`, and `CorpusError` if a file cannot be written.
  package func makeKits(
    of report: inout ConformanceReport, in folder: FilePath, log: EventLog?,
    isInterrupted: @escaping () -> Bool, progress: @escaping (RunStage) -> Void
  ) throws -> [MadeKit] {
    Orphans.adopt()
    defer { Orphans.end() }
    var made: [MadeKit] = []
    let greeted = try greetedAdapter()
    let kinds = report.kinds
    for (index, kind) in kinds.enumerated() {
      let maker = KitMaker(adapter, like: greeted, corpus: choice.corpus, vectors) {
        progress(.kit(index + 1, of: kinds.count))
        return isInterrupted()
      }
      let path = Self.free(folder, "\(index + 1)-\(kind.failure.kind.rawValue)")
      let failures = report.failures(of: kind.failure.key)
      let told = failures.filter { Self.untold($0.test) == nil }
      if told.isEmpty, let (_, test) = failures.first, let reason = Self.untold(test) {
        report.markUntold(test, reason)
      }
      tests: for (failure, test) in told.prefix(Self.mostTests) where !isInterrupted() {
        switch try maker.makeKit(of: failure, in: test, at: path) {
        case .made:
          made.append(MadeKit(test: test, path: path))
          break tests
        case .untold(let reason): report.markUntold(test, reason)
        case .flaky:
          guard !isInterrupted() else { break tests }
          report.markFlaky(test)
          log?.addFlaky(test)
        }
      }
    }
    return made
  }

  /// Why no kit can be made of a test; `nil` if one can.
  private static func untold(_ test: String) -> String? {
    ContractTest.allCases.first { $0.name == test }?.untold
  }

  /// The most tests of which a kit of a kind is tried.
  private static let mostTests = 3

  /// Returns a path below `folder` at which there is nothing.
  private static func free(_ folder: FilePath, _ name: String) -> FilePath {
    var path = folder.appending(name)
    var number = 2
    while number < 1000, (try? StoredFile.requireFree(path)) == nil {
      path = folder.appending("\(name)-\(number)")
      number += 1
    }
    return path
  }
}
