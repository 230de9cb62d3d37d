internal import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFuzzing
internal import VCIGenerators

extension MatrixRun {
  /// The units of the lane that are images.
  private var imageUnits: [TestUnit] {
    runs[0].units.filter { unit in
      switch unit {
      case .vector, .images: true
      case .contract, .workload, .crash: false
      }
    }
  }

  /// What came of a unit of images.
  private struct UnitOutcome: Codable {
    var differences: [FoundDifference] = []
    /// Why something was not compared.
    var missing: [Panel.Missing] = []
  }

  func addDifferences(
    to matrix: inout Matrix, _ set: ProgramSet, _ folder: WorkFolder, _ kits: FilePath?,
    _ isInterrupted: @escaping () -> Bool, _ progress: (RunStage) -> Void
  ) throws(NotStarted) {
    let units = imageUnits
    let maker = TestMaker(corpus: choice.corpus, runs[0].vectors, runs[0].recorder)
    let pool = UnitPool<UnitOutcome>(units: units.count, jobs: choice.jobs)
    let results = try pool.run(
      isInterrupted: isInterrupted,
      progress: { progress(.differences(done: $0, of: units.count)) }
    ) { stop in
      let adapters = set.programs.map { $0.adapter(stop: stop) }
      let panel = Panel(adapters, in: try WorkFolder(in: folder.path))
      return { index in
        var outcome = UnitOutcome()
        try maker.tests(of: units[index]) { test in
          guard let test = test as? ImageTest else { return }
          let (found, missing) = panel.confirmed(
            DifferenceFinder(test.expected, test: test.name, image: test.about))
          outcome.differences += found
          if var missing {
            missing.why = "\(test.name): \(missing.why)"
            outcome.missing.append(missing)
          }
        }
        return outcome
      }
    }
    for (unit, outcome) in zip(units, results.outcomes) where outcome == nil {
      matrix.note(missing: "not compared: \(unit.name(runs[0].vectors))", of: 0)
    }
    for reason in results.reasons { matrix.note(missing: "differences: \(reason)", of: 0) }
    for missing in results.outcomes.compactMap({ $0?.missing }).joined() {
      matrix.note(missing: "not compared: \(missing.why)", of: missing.program)
    }
    var list = DifferenceList()
    for difference in results.outcomes.compactMap({ $0?.differences }).joined()
    where !isKnown(difference, set) {
      list.add(difference)
    }
    let shrinker = DifferenceShrinker(
      Panel(set.programs.map { $0.adapter() }, in: folder), isInterrupted)
    for (index, entry) in list.sorted.enumerated() {
      matrix.differences.append(
        difference(entry, set, shrinker, kits, number: index + 1, isInterrupted))
    }
    shrinker.panel.end()
  }

  /// Whether all programs that are wrong have declared that they fail in the test.
  private func isKnown(_ difference: FoundDifference, _ set: ProgramSet) -> Bool {
    difference.key.cause == .rule
      && difference.key.wrong.allSatisfy { program in
        set.programs[program].capabilities.known.contains { $0.name == difference.test }
      }
  }

  /// Returns a difference as the matrix has it: the image is made as small as possible, and a kit
  /// is written.
  private func difference(
    _ entry: DifferenceList.Entry, _ set: ProgramSet, _ shrinker: DifferenceShrinker,
    _ kits: FilePath?, number: Int, _ isInterrupted: () -> Bool
  ) -> Matrix.Difference {
    var found = entry.smallest
    var kitImage: KitImage?
    var shown: Expectations?
    if let unit = TestUnit.named(found.test, runs[0].vectors).first {
      switch unit {
      case .vector(let index):
        let path = choice.corpus.appending(runs[0].vectors[index].recipe)
        if let built = try? BuiltVector(reading: path) {
          kitImage = KitImage(built)
          shown = try? Expectations(built.image, Checker())
        }
      case .images(let kind, let seed, let indices):
        let start = PlannedImage(
          first: ImageChoice(seed: seed, kind: kind, first: indices.lowerBound))
        let (image, smallest) = shrinker.shrunk(start, found)
        found = smallest
        kitImage = KitImage(image)
        shown = try? Expectations(image.image, Checker())
      case .contract, .workload, .crash: break
      }
    }
    var difference = Matrix.Difference(
      kind: found.key.kind, cause: found.key.cause, rule: found.key.rule,
      about: found.key.about, images: entry.images, test: found.test, image: found.image,
      request: found.request, answers: found.answers,
      command: command(of: found.test, found.sides), kit: nil,
      ribbons: shown.map { Matrix.Ribbons($0) })
    if let kits, let kitImage, !isInterrupted() {
      let kit = DifferenceKit(difference, found, set, kitImage)
      difference.kit = try? kit.write(in: kits, number: number)
    }
    return difference
  }
}
