internal import PropertyEngine
internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Makes a test that shows a failure as small as possible: the fewest edits of the smallest image,
/// or the fewest operations on it.
///
/// A smaller test counts if it has a failure like the one that is wanted, also in a process of its
/// own, so that what is left shows the failure by itself.
final class TestShrinker {
  private let command: AdapterCommand
  private let greeted: any Adapter
  private let folder: WorkFolder
  private let failure: TestFailure
  private let isInterrupted: () -> Bool
  private let checker = Checker()
  /// A process in which no test has failed yet.
  private var adapter: (any Adapter)?

  /// The most tests that are tried for a kit.
  static let mostTests = 400
  private let mostTests: Int

  /// Makes a shrinker of tests that have a failure like `failure`, which tries as many as for a kit
  /// if no other number is given.
  init(
    _ command: AdapterCommand, like greeted: any Adapter, _ failure: TestFailure,
    in folder: WorkFolder, mostTests: Int = TestShrinker.mostTests,
    isInterrupted: @escaping () -> Bool
  ) {
    self.mostTests = mostTests
    self.command = command
    self.greeted = greeted
    self.failure = failure
    self.folder = folder
    self.isInterrupted = isInterrupted
  }

  deinit { adapter?.end() }

  /// Returns the smallest test of an image of a series; `nil` if nothing can be expected of it.
  func shrunk(
    _ kind: ImageChoice.Kind, seed: UInt64, index: UInt64, name: String
  ) -> ShrunkTest? {
    shrunk(PlannedImage(first: ImageChoice(seed: seed, kind: kind, first: index)), name: name)
  }

  /// Returns the smallest test of an image; `nil` if nothing can be expected of it.
  func shrunk(_ start: PlannedImage, name: String) -> ShrunkTest? {
    let test = { [checker] (image: PlannedImage) in
      (try? Expectations(image.image, checker)).map { ImageTest(name, $0) }
    }
    guard let first = test(start) else { return nil }
    let smallest = start.shrunk(effort) { image in
      test(image).map(self.fails) ?? false
    }
    return ShrunkTest(
      test: test(smallest) ?? first, image: smallest, before: .init(start), after: .init(smallest))
  }

  /// Returns the smallest workload.
  func shrunk(_ test: WriterTest) -> ShrunkTest {
    let first = test.plan(for: greeted.capabilities)
    var plan = first
    let effort = effort
    let simpler: [(WriterPlan) -> WriterPlan?] = [
      \.withoutTurns, \.withoutLimit, { $0.clean(self.greeted.capabilities) },
    ]
    for simpler in simpler {
      guard let other = simpler(plan), effort.spend(), fails(WriterTest(test.name, other))
      else { continue }
      plan = other
    }
    let known = plan
    var steps = ListShrinker(plan.steps, effort: effort) { steps in
      self.fails(WriterTest(test.name, known.with(steps)))
    }
    steps.shorten()
    plan = shrunkImage(of: known.with(steps.best), test.name, effort)
    return ShrunkTest(
      test: WriterTest(test.name, plan), image: nil, before: .init(first), after: .init(plan))
  }

  /// Returns a workload on the smallest image, with the simplest operations; the same one if its
  /// image is too large to be made smaller.
  private func shrunkImage(
    of plan: WriterPlan, _ name: String, _ effort: ShrinkEffort
  ) -> WriterPlan {
    let start: PlannedImage
    switch plan.start {
    case .created(let blocks, let isFixed):
      start = PlannedImage(blocks: blocks, isFixed: isFixed, plan.operations)
    case .image(let expected):
      guard let bytes = expected.bytes.materialized(limit: WriterPlan.largest) else { return plan }
      start = PlannedImage(bytes, plan.operations)
    }
    let smallest = start.shrunk(effort) { image in
      self.workload(plan, on: image).map { self.fails(WriterTest(name, $0)) } ?? false
    }
    return workload(plan, on: smallest) ?? plan
  }

  /// Returns the workload that an image, its operations and the other steps of `plan` make; `nil`
  /// if none may be made of it, or none for this program.
  private func workload(_ plan: WriterPlan, on image: PlannedImage) -> WriterPlan? {
    let start =
      if let created = image.created {
        plan.creating(
          blocks: created.blocks, isFixed: created.isFixed, greeted.capabilities)
      } else {
        plan.beginning(with: image.image, greeted.capabilities)
      }
    return start?.with(image.operations)
  }

  /// The effort to make one test smaller.
  private var effort: ShrinkEffort {
    .asking(mostTests, isSlow: failure.kind == .timedOut, isInterrupted: isInterrupted)
  }

  /// Whether a test has a failure like the one that is wanted, in a process of its own too.
  private func fails(_ test: any ProgramTest) -> Bool {
    // A process that answers all as it should serves for many tests, and is much quicker.
    let used = adapter ?? command.adapter(like: greeted)
    let failures = test.run(used, in: folder, nil).failures
    adapter = failures.isEmpty ? used : nil
    if !failures.isEmpty { used.end() }
    return failures.contains { $0.isLike(failure) } && failsAlone(test)
  }

  /// Whether a test has such a failure in a process of its own.
  func failsAlone(_ test: any ProgramTest) -> Bool {
    let alone = command.adapter(like: greeted)
    defer { alone.end() }
    return test.run(alone, in: folder, nil).failures.contains { $0.isLike(failure) }
  }
}

/// A test that was made as small as possible.
struct ShrunkTest {
  /// The size of a test.
  struct Measure: Hashable {
    /// The number of steps of a workload; `nil` if the test is of an image.
    let steps: Int?
    let edits: Int
    let bytes: UInt64

    init(_ image: PlannedImage) {
      steps = nil
      edits = image.edits.count
      bytes = image.image.bytes.size
    }

    init(_ plan: WriterPlan) {
      steps = plan.steps.count
      edits = 0
      bytes = plan.bytes
    }
  }

  let test: any ProgramTest
  /// The image, if that is what the test is about.
  let image: PlannedImage?
  /// The size of the test before, and of this one.
  let before, after: Measure
}

extension ShrunkTest.Measure: CustomStringConvertible {
  var description: String {
    (steps.map { "\($0) operations on an image of " } ?? "\(edits) edits of an image of ")
      + "\(bytes) bytes"
  }
}

extension TestFailure {
  /// Whether another failure is of the same kind and requirement, and in the same area. What is
  /// found after a close is in one area or another by the size of the workload.
  func isLike(_ other: TestFailure) -> Bool {
    kind == other.kind && requirement == other.requirement
      && (area == other.area || area.isOfWorkloads && other.area.isOfWorkloads)
  }
}

extension Area {
  fileprivate var isOfWorkloads: Bool {
    [.writes, .fullCache, .deepTrees, .wideDisks].contains(self)
  }
}
