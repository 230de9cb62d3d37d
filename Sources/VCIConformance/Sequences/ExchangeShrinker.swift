internal import PropertyEngine
internal import SystemPackage

/// Makes the workload of an exchange that goes wrong as short as possible.
struct ExchangeShrinker {
  /// The unit, as one of the programs that are asked alone.
  private let unit: ExchangeUnit
  private let reader: Int?
  private let culprit: Int
  private let adapters: [any Adapter]
  private let folder: WorkFolder
  private let effort: ShrinkEffort

  /// The most workloads that are tried.
  private static let mostWorkloads = 60

  /// Makes a shrinker of a workload that one of two programs wrote, and the other, or the checker
  /// if there is none, looked at. Both may be the same program. `culprit` is 0 if the writer is
  /// wrong, 1 if the other one is. A failure that `isSlow` takes all of its time.
  init(
    _ unit: ExchangeUnit, writer: any Adapter, reader: (any Adapter)?, isWriter: Bool,
    culprit: Int, isSlow: Bool, in folder: WorkFolder, isInterrupted: @escaping () -> Bool
  ) {
    effort = .asking(Self.mostWorkloads, isSlow: isSlow, isInterrupted: isInterrupted)
    let other = isWriter ? nil : reader
    adapters = [writer] + (other.map { [$0] } ?? [])
    self.culprit = culprit
    self.reader = reader == nil ? nil : isWriter ? 0 : 1
    self.unit = ExchangeUnit(
      writer: 0, other: unit.other == nil ? nil : 1, seed: unit.seed, index: unit.index)
    self.folder = folder
  }

  /// Returns the shortest workload with a failure that `isWanted`, and that failure; `nil` if it
  /// does not come again. `look` is called with the path of the image that the shortest one left.
  func smallest(
    lookingAt look: (FilePath) -> Void = { _ in },
    like isWanted: @escaping (TestFailure) -> Bool
  ) -> (whole: WriterPlan, plan: WriterPlan, failure: TestFailure)? {
    let whole = unit.plan(adapters.map(\.capabilities))
    var shrinker = ListShrinker(whole.steps, effort: effort) { steps in
      failure(whole.with(steps), isWanted) != nil
    }
    shrinker.shorten()
    let plan = whole.with(shrinker.best)
    return failure(plan, lookingAt: look, isWanted).map { (whole, plan, $0) }
  }

  /// Returns the wanted failure of a workload; the next one is asked in new processes then.
  private func failure(
    _ plan: WriterPlan, lookingAt look: (FilePath) -> Void = { _ in },
    _ isWanted: (TestFailure) -> Bool
  ) -> TestFailure? {
    let outcome = ExchangeTest(unit, adapters, in: folder, plan).run(lookingAt: look)
    let part = outcome.parts.first { $0.reader == reader && $0.culprit == culprit }
    guard let found = part?.failure else { return nil }
    for adapter in adapters { try? adapter.finish() }
    return isWanted(found) ? found : nil
  }
}
