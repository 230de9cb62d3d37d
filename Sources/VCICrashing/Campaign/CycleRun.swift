internal import PropertyEngine
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Cycles of work, crash and recovery on one image; everything is drawn from the seed.
struct CycleRun {
  private let image: CrashImage
  private let name: String
  private var random: RandomSource
  private let explorer: Explorer
  private var found: [CrashOutcome.Finding] = []

  private static let stream = RandomStream(rawValue: 0x6379_636c_6573)
  /// How often one image is crashed.
  private static let cycles = 8
  /// The most operations between two crashes.
  private static let mostOperations = 6
  /// How many candidates are tried to make a sequence that fails smaller.
  private static let effort = 60

  init(seed: UInt64, iteration: UInt64, isPruning: Bool) {
    random = RandomSource(seed: seed, index: iteration, stream: Self.stream)
    let images: [CrashImage] = [.empty, .full, .full, .least, .fixed, .wide]
    // Images with many extents take long, and have few states more than others.
    image =
      random.next() % 16 == 0
      ? [.split, .shrink][Int(random.next() % 2)]
      : images[Int(random.next() % UInt64(images.count))]
    name = "iteration \(iteration)"
    explorer = Explorer(
      Explorer.Choice(isPruning: isPruning, depth: random.next() % 4 == 0 ? 1 : 0),
      creating: image.plan)
  }

  mutating func run() -> CrashOutcome {
    explorer.count { $0.iterations = 1 }
    do throws(CrashFlaw) {
      var start = try image.make()
      for cycle in 0..<Self.cycles {
        let operations = drawnOperations(start, cycle)
        guard let next = try crash(operations, start) else { break }
        start = next
      }
    } catch {
      explorer.report(error, "in work or recovery without a finding of its own", depth: 0)
    }
    var outcome = CrashOutcome(of: explorer, name)
    outcome.findings =
      found
      + outcome.findings.filter { finding in
        !found.contains { $0.flaw.kind == finding.flaw.kind }
      }
    return outcome
  }

  private mutating func drawnOperations(_ start: CrashStart, _ cycle: Int) -> [CacheOperation] {
    let landmarks = start.model.runs.prefix(64).flatMap { [$0.offset, $0.end] }
    let drawn = Workload.drawn(
      blocks: min(image.blocks, 300), landmarks: landmarks, from: &random)
    let count = 1 + Int(random.next() % UInt64(Self.mostOperations))
    return drawn.operations.prefix(count).enumerated().map { place, operation in
      switch operation {
      case .write(let offset, let count, _):
        .write(
          offset, BlockCount(UInt64(RecordedWork.blocks(offset, count).count)),
          version: UInt32(cycle * 16 + place + 1))
      case .read, .discard, .flush, .close, .crash, .fail: operation
      case .reopen: .close
      }
    }
  }

  /// Crashes operations at every moment of the last one and of the close, then takes one of all
  /// states by chance. Returns the image that was recovered from it; `nil` after a finding.
  private mutating func crash(
    _ operations: [CacheOperation], _ start: CrashStart
  ) throws(CrashFlaw) -> CrashStart? {
    let work = RecordedWork(operations, on: start.bytes, caching: start.model)
    if let flaw = work.flaw { throw flaw }
    explorer.count {
      $0.operations += UInt64(operations.count)
      $0.cycles += 1
    }
    let before = explorer.counts.findings
    explorer.crash(work, from: max(0, operations.count - 1))
    guard explorer.counts.findings == before else {
      shrink(operations)
      return nil
    }
    var epochs = work.trace.epochs(from: 0, settles: work.settles)
    guard !epochs.isEmpty else { return start }
    let number = Int(random.next() % UInt64(epochs.count))
    let point = epochs[number].points[Int(random.next() % UInt64(epochs[number].points.count))]
    let bytes = epochs[number].epoch.drawnState(at: point.step, from: &random)
    let observed = try explorer.trial.run(
      bytes, expecting: Expectation(image: .cached(work.allowed(at: point))))
    var model = CacheModel()
    for block in observed.blocks {
      model.put(.written(block.version), in: block.offset..<block.offset + 1)
    }
    return CrashStart(bytes: explorer.trial.storage.now, model: model)
  }

  /// Looks for the smallest sequence from the image as it was made that fails in the same way.
  private mutating func shrink(_ operations: [CacheOperation]) {
    guard let kind = explorer.findings.last?.flaw.kind else { return }
    let image = image
    func outcome(_ operations: [CacheOperation]) -> CrashOutcome {
      SequenceRun(CrashSequence(image, operations), isPruning: true, isWhole: true).run()
    }
    func fails(_ operations: [CacheOperation]) -> Bool {
      outcome(operations).findings.contains { $0.flaw.kind == kind }
    }
    guard fails(operations) else { return }
    var shrinker = ListShrinker(
      operations, effort: ShrinkEffort(limit: Self.effort), attempt: fails)
    shrinker.shorten()
    shrinker.simplify(\.simpler)
    if let smallest = outcome(shrinker.best).findings.first(where: { $0.flaw.kind == kind }) {
      found.append(smallest)
    }
  }
}

extension CacheOperation {
  /// Smaller operations of the same kind.
  fileprivate var simpler: [CacheOperation] {
    switch self {
    case .write(let offset, let count, let version):
      (count > 1 ? [.write(offset, 1, version: version)] : [])
        + (offset > 0 ? [.write(0, count, version: version)] : [])
    case .read(let offset, let count): count > 1 ? [.read(offset, 1)] : []
    case .discard(let offset, let count): count > 1 ? [.discard(offset, 1)] : []
    case .flush, .close, .reopen, .crash, .fail: []
    }
  }
}
