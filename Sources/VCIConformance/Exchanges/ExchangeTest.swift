internal import SystemPackage

/// Runs a workload with one program, and has all programs look at the images that it closes; or
/// runs it with two programs that take turns.
///
/// An image that the checker finds wrong was broken by who wrote it last. Of an image in which it
/// finds nothing wrong, a program that reads it otherwise is wrong.
struct ExchangeTest {
  let unit: ExchangeUnit
  private let adapters: [any Adapter]
  private let folder: WorkFolder
  /// The workload; `nil` for that of the unit.
  private let plan: WriterPlan?

  /// The most images of a workload that all programs look at: the first ones and the last one.
  private static let mostImages = 3

  /// Makes a test of a unit, with another workload in place of its own if there is one.
  init(
    _ unit: ExchangeUnit, _ adapters: [any Adapter], in folder: WorkFolder,
    _ plan: WriterPlan? = nil
  ) {
    self.unit = unit
    self.adapters = adapters
    self.folder = folder
    self.plan = plan
  }

  /// Runs the workload; once more, in new processes, if something fails. What does not come again
  /// does not count.
  func confirmed() -> ExchangeOutcome {
    var outcome = run()
    guard !outcome.isRight else { return outcome }
    for adapter in adapters { try? adapter.finish() }
    let again = run()
    for adapter in adapters { try? adapter.finish() }
    guard again.notRun == nil else { return again }
    for index in outcome.parts.indices where outcome.parts[index].failure != nil {
      let part = outcome.parts[index]
      let same = again.parts.contains { $0.reader == part.reader && $0.culprit == part.culprit }
      guard !same else { continue }
      outcome.parts[index].failure = nil
      outcome.parts[index].culprit = nil
      outcome.isFlaky = true
    }
    return outcome
  }

  /// Runs the workload, and calls `look` with the path of the image that it left.
  func run(lookingAt look: (FilePath) -> Void = { _ in }) -> ExchangeOutcome {
    var outcome = ExchangeOutcome(name: unit.name)
    do throws(WorkError) {
      if let other = unit.other {
        try runTurns(with: other, &outcome, look)
      } else {
        try runExchange(&outcome, look)
      }
    } catch {
      outcome.parts = []
      outcome.notRun = error.description
    }
    return outcome
  }

  private func testRun(_ program: Int) -> TestRun { TestRun(unit.name, adapters[program]) }

  /// Whether a program writes.
  private static func writes(_ run: TestRun) -> Bool {
    run.has("open-rw") && run.has("write") && run.has("close")
  }

  private func runExchange(
    _ outcome: inout ExchangeOutcome, _ look: (FilePath) -> Void
  ) throws(WorkError) {
    let writer = testRun(unit.writer)
    guard Self.writes(writer) else { return }
    let plan = self.plan ?? unit.plan(adapters.map(\.capabilities))
    outcome.image = plan.words
    let readers = adapters.indices.map(testRun)
    let workload = try WriterRun(plan, writer, folder)
    defer { workload.removeFiles() }
    var images = 0
    workload.onClosed = { closed throws(WorkError) in
      images += 1
      guard images < Self.mostImages || closed.isAtEnd else { return }
      for reader in readers where reader.result.failures.isEmpty && reader.result.notRun == nil {
        try WriterRun(reading: closed, with: reader).compareAsReader()
      }
    }
    try workload.run()
    look(workload.image)
    workload.onClosed = nil
    writer.requireLimits()
    outcome.parts = parts(writer.result, readers.map(\.result))
    outcome.notRun = ([writer] + readers).compactMap(\.result.notRun).first
    if outcome.notRun != nil { outcome.parts = [] }
  }

  /// Divides what was found: what the checker rejects is the writer's and stands before the
  /// checker; what the writer itself misreads or refuses stands before the writer.
  private func parts(_ writer: TestResult, _ readers: [TestResult]) -> [ExchangeOutcome.Part] {
    guard writer.isApplicable else { return [] }
    let failure = writer.failures.first
    let isOwn = failure.map { $0.area == .reads || $0.kind == .refusedOwn } ?? false
    var parts = [
      ExchangeOutcome.Part(
        reader: nil, failure: isOwn ? nil : failure,
        culprit: isOwn || failure == nil ? nil : unit.writer)
    ]
    for (index, result) in readers.enumerated() {
      let isWriter = index == unit.writer
      let found = isWriter && isOwn ? failure : result.failures.first
      guard result.isApplicable || found != nil else { continue }
      parts.append(
        ExchangeOutcome.Part(reader: index, failure: found, culprit: found == nil ? nil : index))
    }
    return parts
  }

  /// Both programs write to one image, each from an open to a close.
  private func runTurns(
    with other: Int, _ outcome: inout ExchangeOutcome, _ look: (FilePath) -> Void
  ) throws(WorkError) {
    let runs = [testRun(unit.writer), testRun(other)]
    guard runs.allSatisfy(Self.writes) else { return }
    let plan = self.plan ?? unit.plan(adapters.map(\.capabilities))
    outcome.image = plan.words
    let workload = try WriterRun(plan, runs[0], folder)
    defer { workload.removeFiles() }
    workload.kindOfRefusal = .rejectedValid
    workload.onClosed = { closed throws(WorkError) in
      closed.test = closed.test === runs[0] ? runs[1] : runs[0]
    }
    try workload.run()
    look(workload.image)
    workload.onClosed = nil
    for run in runs { run.requireLimits() }
    outcome.notRun = runs.compactMap(\.result.notRun).first
    guard outcome.notRun == nil, runs.contains(where: \.result.isApplicable) else { return }
    let culprit = runs.firstIndex { !$0.result.failures.isEmpty }
    outcome.parts = [
      ExchangeOutcome.Part(
        reader: other, failure: culprit.flatMap { runs[$0].result.failures.first },
        culprit: culprit.map { $0 == 0 ? unit.writer : other })
    ]
  }
}

extension Capabilities {
  /// What both of two programs can do.
  func common(with other: Capabilities) -> Capabilities {
    var common = self
    common.operations.formIntersection(other.operations)
    common.features.formIntersection(other.features)
    if let most = other.mostBlocks { common.mostBlocks = min(most, mostBlocks ?? .max) }
    return common
  }
}
