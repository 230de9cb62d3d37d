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

    /// Adds what came of an image.
    mutating func add(_ test: ImageTest, askedBy panel: Panel) {
      let (found, missing) = panel.confirmed(
        DifferenceFinder(test.expected, test: test.name, image: test.about))
      differences += found
      guard var missing else { return }
      missing.why = "\(test.name): \(missing.why)"
      self.missing.append(missing)
    }
  }

  func addDifferences(
    to matrix: inout Matrix, _ set: ProgramSet, _ folder: WorkFolder, _ kits: FilePath?,
    _ isInterrupted: @escaping () -> Bool, _ progress: (RunStage) -> Void
  ) throws(NotStarted) {
    let results = try compareImages(set, folder, isInterrupted, progress)
    noteMissing(results, in: &matrix)
    let shrinker = DifferenceShrinker(
      Panel(set.programs.map { $0.adapter() }, in: folder), isInterrupted)
    for (index, entry) in kinds(of: results, set).enumerated() {
      let (found, image) = smallest(entry.smallest, shrinker)
      var difference = difference(found, images: entry.images, image)
      if let kits, let image, !isInterrupted() {
        let kit = DifferenceKit(found, set, image.kit)
        difference.kit = try? kit.write(in: kits, number: index + 1)
      }
      matrix.differences.append(difference)
    }
    shrinker.panel.end()
  }

  /// Asks all programs about each image of the lane, several units at a time.
  private func compareImages(
    _ set: ProgramSet, _ folder: WorkFolder, _ isInterrupted: () -> Bool,
    _ progress: (RunStage) -> Void
  ) throws(NotStarted) -> UnitPool<UnitOutcome>.Results {
    let units = imageUnits
    let maker = TestMaker(corpus: choice.corpus, runs[0].vectors, runs[0].recorder)
    let pool = UnitPool<UnitOutcome>(units: units.count, jobs: choice.jobs)
    return try pool.run(
      isInterrupted: isInterrupted,
      progress: { progress(.differences(done: $0, of: units.count)) }
    ) { stop in
      let adapters = set.programs.map { $0.adapter(stop: stop) }
      let panel = Panel(adapters, in: try WorkFolder(in: folder.path))
      return { index in
        var outcome = UnitOutcome()
        try maker.tests(of: units[index]) { test in
          if let test = test as? ImageTest { outcome.add(test, askedBy: panel) }
        }
        return outcome
      }
    }
  }

  /// Notes what was not compared.
  private func noteMissing(_ results: UnitPool<UnitOutcome>.Results, in matrix: inout Matrix) {
    for (unit, outcome) in zip(imageUnits, results.outcomes) where outcome == nil {
      matrix.note(missing: "not compared: \(unit.name(runs[0].vectors))", of: 0)
    }
    for reason in results.reasons { matrix.note(missing: "differences: \(reason)", of: 0) }
    for missing in results.outcomes.compactMap({ $0?.missing }).joined() {
      matrix.note(missing: "not compared: \(missing.why)", of: missing.program)
    }
  }

  /// Returns the kinds of differences that were found, but for those that are known.
  private func kinds(
    of results: UnitPool<UnitOutcome>.Results, _ set: ProgramSet
  ) -> [DifferenceList.Entry] {
    var list = DifferenceList()
    for difference in results.outcomes.compactMap({ $0?.differences }).joined()
    where !isKnown(difference, set) {
      list.add(difference)
    }
    return list.sorted
  }

  /// Whether all programs that are wrong have declared that they fail in the test.
  private func isKnown(_ difference: FoundDifference, _ set: ProgramSet) -> Bool {
    difference.key.cause == .rule
      && difference.key.wrong.allSatisfy { program in
        set.programs[program].capabilities.knows(difference.test)
      }
  }

  /// The image that shows a difference.
  private struct ShownImage {
    let kit: KitImage
    /// What is expected of programs that read it; `nil` if nothing can be.
    let expected: Expectations?
  }

  /// Returns a difference in the smallest image that has it, and that image; `nil` if it cannot be
  /// made again. A vector is as small as its author could make it.
  private func smallest(
    _ found: FoundDifference, _ shrinker: DifferenceShrinker
  ) -> (FoundDifference, ShownImage?) {
    switch TestUnit.named(found.test, runs[0].vectors).first {
    case .vector(let index):
      let path = choice.corpus.appending(runs[0].vectors[index].recipe)
      guard let built = try? BuiltVector(reading: path) else { return (found, nil) }
      let expected = try? Expectations(built.image, Checker())
      return (found, ShownImage(kit: KitImage(built), expected: expected))
    case .images(let kind, let seed, let indices):
      let start = PlannedImage(
        first: ImageChoice(seed: seed, kind: kind, first: indices.lowerBound))
      let (image, smallest) = shrinker.shrunk(start, found)
      let expected = try? Expectations(image.image, Checker())
      return (smallest, ShownImage(kit: KitImage(image), expected: expected))
    case .contract, .workload, .crash, nil: return (found, nil)
    }
  }

  /// Returns a difference as the matrix has it, without a kit.
  private func difference(
    _ found: FoundDifference, images: Int, _ image: ShownImage?
  ) -> Matrix.Difference {
    Matrix.Difference(
      kind: found.key.kind, cause: found.key.cause, rule: found.key.rule,
      about: found.key.about, images: images, test: found.test, image: found.image,
      request: found.request, answers: found.answers,
      command: command(of: found.test, found.sides), kit: nil,
      ribbons: image?.expected.map { Matrix.Ribbons($0, at: FailurePlace(disk: found.blocks)) })
  }
}
