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
    let cases = try campaign.cases(of: chosen.map { report.discrepancies[$0].iteration })
    for (number, (index, image)) in zip(chosen, cases).enumerated() where !isInterrupted() {
      progress(number + 1, chosen.count)
      let found = report.discrepancies[index]
      guard let program = found.program, set.programs.indices.contains(program - 1) else { continue }
      let path = ConformanceRun.free(folder, "\(number + 1)-\(found.failure ?? "failure")")
      report.discrepancies[index].kit = try makeKit(
        of: found, image, set.programs[program - 1], at: path, isInterrupted)
    }
  }

  /// Makes the kit of one failure. What it returns says why there is none.
  private func makeKit(
    of found: CampaignReport.ListedDiscrepancy, _ image: PlannedImage, _ adapter: ProgramSet.Program,
    at path: FilePath, _ isInterrupted: @escaping () -> Bool
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
