internal import SystemPackage
internal import VCIChecker
internal import VCICorpus
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
      let exchange = matrix.exchanges.first { $0.example == index }
      guard
        let shown = shown(matrix.examples[index], in: exchange, set, folder, isInterrupted)
      else { continue }
      matrix.examples[index].sequence = shown.sequence
      matrix.examples[index].ribbons = shown.ribbons
    }
  }

  /// The fewest steps of a failure, and the ribbons of the image that they leave; none of one that
  /// is not made of a plan, or is too large.
  private struct Shown {
    let sequence: Matrix.Sequence
    let ribbons: Matrix.Ribbons?

    /// The size of the largest image that has ribbons, in bytes.
    private static let largest = 1 << 22

    /// Makes what is shown of a failure that left an image of these bytes; `nil` if none is known.
    init(_ sequence: Matrix.Sequence, _ failure: TestFailure, left bytes: [UInt8]?) {
      self.sequence = sequence
      let image = bytes.flatMap { try? Expectations(EditableImage($0), Checker()) }
      ribbons = image.map { Matrix.Ribbons($0, at: failure.place) }
    }

    /// Returns the bytes of an image; `nil` if there is none, or more than ribbons are made of.
    static func bytes(of image: FilePath) -> [UInt8]? {
      try? StoredFile.read(image, limit: largest)
    }
  }

  /// Returns what is shown of a failure; `nil` if it is none of steps, or does not come again.
  private func shown(
    _ example: Matrix.Example, in exchange: Matrix.Exchange?, _ set: ProgramSet,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> Shown? {
    if let exchange { return shown(example, in: exchange, set, folder, isInterrupted) }
    let program = set.programs[example.implementation]
    switch TestUnit.named(example.test, runs[0].vectors).first {
    case .workload(let seed, let number):
      return shown(
        example, in: WriterTest(seed: seed, index: number), program, folder, isInterrupted)
    case .crash(let seed, let number):
      let test = CrashTest(seed: seed, index: number, runs[example.implementation].recorder)
      return shown(example, in: test, program, folder, isInterrupted)
    case .vector, .images, .contract, nil: return nil
    }
  }

  /// Returns what is shown of a workload of one program.
  private func shown(
    _ example: Matrix.Example, in test: WriterTest, _ program: ProgramSet.Program,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> Shown? {
    var left: [UInt8]?
    func failure(_ test: WriterTest) -> TestFailure? {
      let adapter = program.adapter()
      defer { adapter.end() }
      return test.run(adapter, in: folder) { left = Shown.bytes(of: $0) }
        .failures.first(where: example.isLike)
    }
    guard let first = failure(test) else { return nil }
    let shrinker = TestShrinker(
      program.command, like: program.adapter(), first, in: folder,
      mostTests: program.isSession ? Self.mostWorkloads : Self.mostSlowWorkloads,
      isInterrupted: isInterrupted)
    guard let smallest = shrinker.shrunk(test).test as? WriterTest else { return nil }
    let plans = [test, smallest].map { $0.plan(for: program.capabilities) }
    return failure(smallest).map {
      Shown(Matrix.Sequence(plans[1], of: plans[0].steps.count, $0), $0, left: left)
    }
  }

  /// Returns what is shown of an exchange.
  private func shown(
    _ example: Matrix.Example, in exchange: Matrix.Exchange, _ set: ProgramSet,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> Shown? {
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
    var left: [UInt8]?
    let look = { (image: FilePath) in left = Shown.bytes(of: image) }
    return shrinker.smallest(lookingAt: look, like: example.isLike).map {
      Shown(
        Matrix.Sequence($0.plan, of: $0.whole.steps.count, $0.failure), $0.failure, left: left)
    }
  }

  /// Returns what is shown of a crash: the image is that which it left.
  private func shown(
    _ example: Matrix.Example, in test: CrashTest, _ program: ProgramSet.Program,
    _ folder: WorkFolder, _ isInterrupted: @escaping () -> Bool
  ) -> Shown? {
    let shrinker = CrashShrinker(
      program.command, like: program.adapter(), test.recorder, isSlow: example.isSlow, in: folder,
      isInterrupted: isInterrupted)
    let plan = test.plan(for: program.capabilities)
    guard let (smallest, found) = shrinker.smallest(test.name, plan, like: example.isLike) else {
      return nil
    }
    let sequence = Matrix.Sequence(
      start: smallest.wordsWithoutSteps, smallest.steps, of: plan.steps.count, found.failure)
    return Shown(sequence, found.failure, left: found.outcome.finding?.bytes)
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
