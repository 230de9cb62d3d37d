internal import Glibc
package import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
package import VCIFuzzing

/// The adapters of a campaign: they are started once, and asked by the jobs.
package final class AdapterCampaign {
  private let set: ProgramSet
  /// The folder below which each job has one of its own.
  private let folder: WorkFolder

  /// Starts the adapters, and ends them again.
  ///
  /// - Throws: `NotStarted` if one does not start.
  package init(_ commands: [String]) throws(NotStarted) {
    _ = signal(SIGCHLD, SIG_DFL)
    _ = signal(SIGPIPE, SIG_IGN)
    Orphans.adopt()
    set = try ProgramSet(commands.map { AdapterCommand($0) })
    folder = try WorkFolder()
  }

  deinit { Orphans.end() }

  /// Replays the recorded sessions in the folder `sessions` to each adapter, as `vci conform` does
  /// before its tests, so that one that does not speak the port is told of once.
  ///
  /// The replays are made by processes forked from this one, which must have one thread.
  ///
  /// - Throws: `CorpusError` if the sessions cannot be read; `NotStarted` if an adapter fails its
  ///   pre-flight.
  package func requirePreflight(
    _ sessions: FilePath, isInterrupted: () -> Bool
  ) throws {
    let recordings = try Recording.all(in: sessions)
    for program in set.programs {
      try Preflight(recordings, program.command, like: program.adapter())
        .requirePassed(in: folder, isInterrupted: isInterrupted)
    }
  }

  /// The adapters as the programs of a campaign.
  package var programs: CampaignPrograms {
    CampaignPrograms(set.programs.map(\.command.text)) { [set, path = folder.path] target in
      Orphans.adopt()
      return AdapterRunner(
        set.programs.map { $0.adapter() }, target, in: try WorkFolder(in: path))
    }
  }
}

extension AdapterCampaign {
  /// Makes a kit of the first failure of each kind in the report of `campaign`, in a folder of its
  /// own below `folder`, and notes it in the report.
  ///
  /// - Throws: `CorpusError` if a case cannot be made again, or a file cannot be written;
  ///   `NotStarted` if there is no room for the files of a test.
  package func makeKits(
    of report: inout CampaignReport, _ campaign: Campaign, in folder: FilePath,
    isInterrupted: @escaping () -> Bool, progress: (Int, _ count: Int) -> Void
  ) throws {
    var keys: Set<String> = []
    let chosen = report.discrepancies.indices.filter { index in
      let found = report.discrepancies[index]
      return found.wantsKit && keys.insert(found.key).inserted
    }
    let target = campaign.target
    let cases = try campaign.cases(of: chosen.map { report.discrepancies[$0].iteration })
    for (number, (index, image)) in zip(chosen, cases).enumerated() where !isInterrupted() {
      progress(number + 1, chosen.count)
      let found = report.discrepancies[index]
      guard !found.isDisagreement else {
        report.discrepancies[index].kit = try makeKit(
          of: found, image, target, in: folder, number: number + 1, isInterrupted)
        continue
      }
      guard let program = found.program, set.programs.indices.contains(program - 1) else {
        continue
      }
      let path = ConformanceRun.free(folder, "\(number + 1)-\(found.failure ?? "failure")")
      report.discrepancies[index].kit = try makeKit(
        of: found, image, set.programs[program - 1], at: path, isInterrupted)
    }
  }

  /// Makes the kit of one disagreement. What it returns says why there is none.
  private func makeKit(
    of found: CampaignReport.ListedDiscrepancy, _ image: PlannedImage, _ target: Target,
    in kits: FilePath, number: Int, _ isInterrupted: @escaping () -> Bool
  ) throws -> CaseKit {
    let panel = Panel(
      target.narrowed(set.programs.map { $0.adapter() }), in: try WorkFolder(in: folder.path),
      comparesFailures: false)
    defer { panel.end() }
    guard let test = CaseTests(image, Checker()).image else {
      return .missing("nothing can be expected of the image")
    }
    let finder = DifferenceFinder(test.expected, test: test.name, image: test.about)
    // A program that was not compared in the campaign would be named among those that are right.
    let programs = found.compared.map { $0 - 1 }.filter(set.programs.indices.contains)
    let again = panel.confirmed(finder, among: programs).0
      .first { $0.discrepancy?.key == found.key }
    guard let again else { return .missing("the disagreement does not come again") }
    let (smallest, shown) = DifferenceShrinker(panel, isInterrupted).shrunk(image, again)
    let path = try DifferenceKit(shown, set, KitImage(smallest)).write(in: kits, number: number)
    return .made(kits.appending(path))
  }

  /// Makes the kit of one failure. What it returns says why there is none.
  private func makeKit(
    of found: CampaignReport.ListedDiscrepancy, _ image: PlannedImage,
    _ adapter: ProgramSet.Program, at path: FilePath, _ isInterrupted: @escaping () -> Bool
  ) throws -> CaseKit {
    let greeted = adapter.adapter()
    let maker = KitMaker(adapter.command, like: greeted, isInterrupted: isInterrupted)
    let tests = CaseTests(image, Checker())
    let all: [(any ProgramTest)?] = [tests.image, tests.workload(for: greeted.capabilities)]
    for test in all.compactMap(\.self) {
      let alone = adapter.adapter()
      defer { alone.end() }
      let result = test.run(alone, in: try WorkFolder(in: folder.path), nil)
      let failure = result.failures.first {
        $0.discrepancy(of: found.program ?? 0, isFlaky: false).key == found.key
      }
      guard let failure else { continue }
      switch try maker.makeKit(of: failure, in: test, of: image, at: path) {
      case .made: return .made(path)
      case .untold(let reason): return .missing(reason)
      case .flaky:
        return .missing(
          isInterrupted() ? "interrupted" : "its script does not show the failure each time")
      }
    }
    return .missing("the failure does not come again")
  }
}
