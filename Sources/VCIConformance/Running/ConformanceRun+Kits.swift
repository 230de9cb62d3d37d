package import SystemPackage
internal import VCICorpus

extension ConformanceRun {
  /// Makes a kit of the first failure of each kind, in a folder of its own below `folder`, and runs
  /// it. A test whose kit does not show the failure again is flaky, unless it is a contract: it is
  /// marked in the report, and the kit is made of another test with such a failure.
  ///
  /// If a kit cannot be written, no more are made, and the report says why.
  package func makeKits(
    of report: inout ConformanceReport, in folder: FilePath, log: EventLog?,
    isInterrupted: @escaping () -> Bool, progress: @escaping (RunStage) -> Void
  ) -> [MadeKit] {
    Orphans.adopt()
    defer { Orphans.end() }
    var made: [MadeKit] = []
    let kinds = report.kinds
    do {
      let greeted = try greetedAdapter()
      for (index, kind) in kinds.enumerated() where !isInterrupted() {
        let maker = KitMaker(adapter, like: greeted, corpus: choice.corpus, vectors, recorder) {
          progress(.kit(index + 1, of: kinds.count))
          return isInterrupted()
        }
        let path = Self.free(folder, "\(index + 1)-\(kind.failure.kind.rawValue)")
        let kit = try makeKit(of: kind.failure.key, at: path, maker, &report, log, isInterrupted)
        if let kit { made.append(kit) }
      }
    } catch {
      report.note(early: "no more kits are made: \(error)")
    }
    return made
  }

  /// Makes a kit of the first test with a failure of this kind whose kit shows it; `nil` if there
  /// is none.
  private func makeKit(
    of key: TestFailure.Key, at path: FilePath, _ maker: KitMaker,
    _ report: inout ConformanceReport, _ log: EventLog?, _ isInterrupted: () -> Bool
  ) throws -> MadeKit? {
    let failures = report.failures(of: key)
    let told = failures.filter { Self.untold($0.test) == nil }
    if told.isEmpty, let (_, test) = failures.first, let reason = Self.untold(test) {
      report.markUntold(test, reason)
    }
    for (failure, test) in told.prefix(Self.mostTests) where !isInterrupted() {
      switch try maker.makeKit(of: failure, in: test, at: path) {
      case .made: return MadeKit(test: test, path: path)
      case .untold(let reason): report.markUntold(test, reason)
      case .flaky:
        guard !isInterrupted() else { return nil }
        report.markFlaky(test)
        log?.addFlaky(test)
      }
    }
    return nil
  }

  /// Why no kit can be made of a test; `nil` if one can.
  private static func untold(_ test: String) -> String? {
    ContractTest.allCases.first { $0.name == test }?.untold
  }

  /// The most tests of which a kit of a kind is tried.
  private static let mostTests = 3

  /// Returns a path below `folder` at which there is nothing.
  static func free(_ folder: FilePath, _ name: String) -> FilePath {
    var path = folder.appending(name)
    var number = 2
    while number < 1000, (try? StoredFile.requireFree(path)) == nil {
      path = folder.appending("\(name)-\(number)")
      number += 1
    }
    return path
  }
}
