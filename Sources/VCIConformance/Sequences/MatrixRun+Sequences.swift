internal import VCIChecker
internal import VCICrashing
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension MatrixRun {
  /// The most workloads that are tried to make one of a program smaller, and the most if a process
  /// is started for each request.
  private static let (mostWorkloads, mostSlowWorkloads) = (100, 20)

  /// Adds to each failure in a workload, an exchange or a crash the fewest steps that show it.
  ///
  /// What does not come again, and all that is left when the run is interrupted, has none.
  func addSequences(
    to matrix: inout Matrix, _ set: ProgramSet, _ folder: WorkFolder,
    _ isInterrupted: @escaping () -> Bool, _ progress: (RunStage) -> Void
  ) {
    for index in matrix.examples.indices where !isInterrupted() {
      progress(.sequences(done: index, of: matrix.examples.count))
      let example = matrix.examples[index]
      if let exchange = matrix.exchanges.first(where: { $0.example == index }) {
        matrix.examples[index].sequence = sequence(
          of: example, in: exchange, set, folder, isInterrupted)
        continue
      }
      let program = set.programs[example.implementation]
      switch TestUnit.named(example.test, runs[0].vectors).first {
      case .workload(let seed, let number):
        matrix.examples[index].sequence = sequence(
          of: example, in: WriterTest(seed: seed, index: number), program, folder, isInterrupted)
      case .crash(let seed, let number):
        let test = CrashTest(seed: seed, index: number, runs[example.implementation].recorder)
        let found = sequence(of: example, in: test, program, folder, isInterrupted)
        matrix.examples[index].sequence = found?.sequence
        matrix.examples[index].ribbons = found?.ribbons
      case .vector, .images, .contract, nil: break
      }
    }
  }

  /// Returns the fewest steps of a workload of one program.
  private func sequence(
    of example: Matrix.Example, in test: WriterTest, _ program: ProgramSet.Program,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> Matrix.Sequence? {
    func failure(_ test: WriterTest) -> TestFailure? {
      let adapter = program.adapter()
      defer { adapter.end() }
      return test.run(adapter, in: folder, nil).failures.first(where: example.isLike)
    }
    guard let first = failure(test) else { return nil }
    let shrinker = TestShrinker(
      program.command, like: program.adapter(), first, in: folder,
      mostTests: program.isSession ? Self.mostWorkloads : Self.mostSlowWorkloads,
      isInterrupted: isInterrupted)
    guard let smallest = shrinker.shrunk(test).test as? WriterTest else { return nil }
    let plans = [test, smallest].map { $0.plan(for: program.capabilities) }
    return failure(smallest).map { Matrix.Sequence(plans[1], of: plans[0].steps.count, $0) }
  }

  /// Returns the fewest steps of an exchange.
  private func sequence(
    of example: Matrix.Example, in exchange: Matrix.Exchange, _ set: ProgramSet,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> Matrix.Sequence? {
    let units = ExchangeUnit.named(example.test, programs: set.programs.count)
    let other = exchange.isInTurns ? exchange.reader : nil
    guard let unit = units.first(where: { $0.writer == exchange.writer && $0.other == other })
    else { return nil }
    let adapters = [exchange.writer, exchange.reader].map { program in
      program.map { set.programs[$0].adapter() }
    }
    defer { for adapter in adapters { adapter?.end() } }
    guard let writer = adapters[0] else { return nil }
    let shrinker = ExchangeShrinker(
      unit, writer: writer, reader: adapters[1], isWriter: exchange.writer == exchange.reader,
      culprit: example.implementation == exchange.writer ? 0 : 1, isSlow: example.isSlow,
      in: folder, isInterrupted: isInterrupted)
    return shrinker.smallest(like: example.isLike).map {
      Matrix.Sequence($0.plan, of: $0.whole.steps.count, $0.failure)
    }
  }

  /// Returns the fewest steps before a crash, and the ribbons of what it left.
  private func sequence(
    of example: Matrix.Example, in test: CrashTest, _ program: ProgramSet.Program,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> (sequence: Matrix.Sequence, ribbons: Matrix.Ribbons?)? {
    let shrinker = CrashShrinker(
      program.command, like: program.adapter(), test.recorder, isSlow: example.isSlow, in: folder,
      isInterrupted: isInterrupted)
    let plan = test.plan(for: program.capabilities)
    guard let (smallest, found) = shrinker.smallest(test.name, plan, like: example.isLike) else {
      return nil
    }
    let sequence = Matrix.Sequence(
      start: smallest.wordsWithoutSteps, smallest.steps, of: plan.steps.count, found.failure)
    let left = found.outcome.finding.map { EditableImage($0.bytes) }
    let image = left.flatMap { try? Expectations($0, Checker()) }
    return (sequence, image.map { Matrix.Ribbons($0, at: found.failure.place) })
  }
}

extension Matrix.Example {
  /// Whether the failure takes all the time that a request has.
  fileprivate var isSlow: Bool { kind == TestFailure.Kind.timedOut.rawValue }

  /// Whether a failure is of the kind and the requirement of this one.
  fileprivate func isLike(_ failure: TestFailure) -> Bool {
    failure.kind.rawValue == kind && failure.requirement == requirement
  }
}

extension Matrix.Sequence {
  /// Makes the sequence of a workload that was made smaller.
  fileprivate init(_ plan: WriterPlan, of before: Int, _ failure: TestFailure) {
    self.init(start: plan.wordsWithoutSteps, plan.steps, of: before, failure)
  }

  fileprivate init(
    start: String, _ steps: [WorkloadStep], of before: Int, _ failure: TestFailure
  ) {
    self.init(
      start: start, before: before, steps: steps.prefix(Self.mostSteps).map(\.words),
      more: max(0, steps.count - Self.mostSteps), request: failure.request,
      expected: failure.expected, got: failure.got, bytes: failure.place?.bytes ?? [])
  }
}
