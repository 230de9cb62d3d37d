internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing

/// Runs the cases of a campaign with adapters in place of checker and reference.
///
/// A failure counts if it comes again in a new process that did nothing before.
final class AdapterRunner: ProgramRunner {
  private let adapters: [any Adapter]
  private let target: Target
  /// The adapters, with the operations of the target on images alone.
  private let narrowed: [any Adapter]
  private let panel: Panel
  private let folder: WorkFolder
  private let table: ChoiceTable
  private let checker = Checker(budget: 1 << 18)

  /// Makes a runner, with files in `folder`. The adapters are started with their first request.
  init(
    _ adapters: [any Adapter], _ target: Target, in folder: WorkFolder,
    _ table: ChoiceTable = .standard
  ) {
    self.adapters = adapters
    self.table = table
    self.target = target
    narrowed = target.narrowed(adapters)
    panel = Panel(narrowed, in: folder, comparesFailures: false)
    self.folder = folder
  }

  func run(_ image: PlannedImage) -> ProgramOutcome {
    var outcome = ProgramOutcome()
    let tests = CaseTests(image, checker)
    guard let imageTest = tests.image else {
      outcome.notRun = UInt64(adapters.count)
      return outcome
    }
    var compared: [Int] = []
    for (index, adapter) in adapters.enumerated() {
      let result = ConformanceJob.confirmed(imageTest, by: narrowed[index], in: folder)
      outcome.imageTests += 1
      outcome.note(result, of: index + 1)
      if result.isComparable { compared.append(index) }
      guard target.hasWorkloads, let workload = tests.workload(for: adapter.capabilities) else {
        continue
      }
      outcome.workloadTests += 1
      outcome.note(ConformanceJob.confirmed(workload, by: adapter, in: folder), of: index + 1)
    }
    guard compared.count > 1 else { return outcome }
    let (differences, missing) = panel.confirmed(
      DifferenceFinder(imageTest.expected, test: imageTest.name, image: imageTest.about, table),
      among: compared)
    outcome.note(differences)
    if missing != nil { outcome.notRun += 1 }
    return outcome
  }

  func end() {
    for adapter in adapters {
      try? adapter.finish()
      adapter.end()
    }
    Orphans.end()
  }
}

extension ProgramOutcome {
  /// Adds what came of a test of program `number`. Of each kind of failure the first counts.
  fileprivate mutating func note(_ result: TestResult, of number: Int) {
    if result.notRun != nil {
      notRun += 1
    } else if !result.isApplicable {
      notApplicable += 1
    }
    for failure in result.failures {
      let discrepancy = failure.discrepancy(of: number, isFlaky: result.isFlaky)
      guard !discrepancies.contains(where: { $0.key == discrepancy.key }) else { continue }
      discrepancies.append(discrepancy)
    }
  }
}

extension ProgramOutcome {
  /// Adds how answers differ. What a clause leaves to programs is counted alone.
  fileprivate mutating func note(_ differences: [FoundDifference]) {
    for difference in differences {
      switch difference.key.cause {
      case .rule: differencesByRule += 1
      case .choice: differencesByChoice += 1
      case .hole: holes += 1
      }
      guard let discrepancy = difference.discrepancy,
        !discrepancies.contains(where: { $0.key == discrepancy.key })
      else { continue }
      discrepancies.append(discrepancy)
    }
  }
}

extension TestResult {
  /// Whether the program may be asked about the image again, beside others: it answered, and the
  /// same each time.
  fileprivate var isComparable: Bool {
    !isFlaky && notRun == nil && !failures.contains { $0.kind == .timedOut }
  }
}

extension TestFailure {
  /// The failure as one of program `number` of a campaign.
  func discrepancy(of number: Int, isFlaky: Bool) -> Discrepancy {
    .failure(
      of: number, kind.rawValue, requirement, in: area.rawValue, isFlaky: isFlaky,
      "\(request): expected \(expected), got \(got)")
  }
}

extension Target {
  /// Returns programs of which those operations alone are used that the target has on images.
  func narrowed(_ adapters: [any Adapter]) -> [any Adapter] {
    adapters.map { TargetedAdapter($0, operations: operationsOnImages) }
  }

  /// The operations that are used of a program when it meets an image.
  fileprivate var operationsOnImages: Set<String> {
    switch self {
    case .probe: ["probe"]
    case .open: ["probe", "open-ro", "close", "read", "extents"]
    case .check: ["check"]
    case .ops: ["check", "open-rw", "close"]
    case .all: Set(Capabilities.operations)
    }
  }

  /// Whether the operations of cases are run.
  fileprivate var hasWorkloads: Bool { self == .ops || self == .all }
}
