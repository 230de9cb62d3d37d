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

  /// The most tests that are tried for a kit, and for one of a failure that takes all of its time.
  private static let mostAttempts = 400
  private static let mostSlowAttempts = 8
  /// The largest image to begin with that a workload is shrunk with, in bytes.
  private static let largest: UInt64 = 64 << 20

  /// Makes a shrinker of tests that have a failure like `failure`.
  init(
    _ command: AdapterCommand, like greeted: any Adapter, _ failure: TestFailure,
    in folder: WorkFolder, isInterrupted: @escaping () -> Bool
  ) {
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
    let start = PlannedImage(first: ImageChoice(seed: seed, kind: kind, first: index))
    return shrunk(start, name) { [checker] image in
      (try? Expectations(image.image, checker)).map { ImageTest(name, $0) }
    }
  }

  /// Returns the smallest workload; `nil` if the image to begin with is too large, or if there is
  /// more to it than operations.
  func shrunk(_ test: WriterTest) -> ShrunkTest? {
    var plan = test.plan(for: greeted.capabilities)
    guard plan.isPlain else { return nil }
    let start: PlannedImage
    switch plan.start {
    case .created(let blocks, let isFixed):
      start = PlannedImage(blocks: blocks, isFixed: isFixed, plan.operations)
    case .image(let expected):
      guard let bytes = expected.bytes.materialized(limit: Self.largest) else { return nil }
      start = PlannedImage(bytes, plan.operations)
    }
    // A workload without turns is one whose last part shows the failure without the reference.
    if plan.hasTurns {
      let alone = WriterPlan(start: plan.start, operations: plan.operations, hasTurns: false)
      if fails(WriterTest(test.name, alone)) { plan = alone }
    }
    let hasTurns = plan.hasTurns
    return shrunk(start, test.name) { image in
      self.workload(of: image, hasTurns: hasTurns).map { WriterTest(test.name, $0) }
    }
  }

  /// Returns the smallest test that `test` makes of images that are smaller than `start`.
  private func shrunk(
    _ start: PlannedImage, _ name: String, _ test: (PlannedImage) -> (any ProgramTest)?
  ) -> ShrunkTest? {
    guard let first = test(start) else { return nil }
    let limit = failure.kind == .timedOut ? Self.mostSlowAttempts : Self.mostAttempts
    let smallest = withoutActuallyEscaping(test) { test in
      start.shrunk(attempts: limit, isInterrupted: isInterrupted) { image in
        test(image).map(self.fails) ?? false
      }
    }
    return ShrunkTest(
      test: test(smallest) ?? first, image: smallest, before: .init(start), after: .init(smallest))
  }

  /// Returns the workload that an image and its operations make; `nil` if none may be made of it,
  /// or none for this program.
  private func workload(of image: PlannedImage, hasTurns: Bool) -> WriterPlan? {
    let capabilities = greeted.capabilities
    if let created = image.created {
      guard created.blocks <= capabilities.mostBlocks ?? .max,
        !created.isFixed || capabilities.features.contains(.fixed)
      else { return nil }
      return WriterPlan(
        start: .created(blocks: created.blocks, isFixed: created.isFixed),
        operations: image.operations, hasTurns: hasTurns)
    }
    guard let expected = try? Expectations(image.image, checker),
      expected.answers.openForWriting.answers == [.taken],
      ImageTest("", expected).needs.allSatisfy(capabilities.features.contains)
    else { return nil }
    return WriterPlan(
      start: .image(expected), operations: image.operations, hasTurns: hasTurns)
  }

  /// Whether a test has a failure like the one that is wanted, in a process of its own too.
  func fails(_ test: any ProgramTest) -> Bool {
    // A process that answers all as it should serves for many tests, and is much quicker.
    let used = adapter ?? command.adapter(like: greeted)
    let failures = test.run(used, in: folder, nil).failures
    adapter = failures.isEmpty ? used : nil
    if !failures.isEmpty { used.end() }
    return failures.contains { $0.isLike(failure) } && failsAlone(test)
  }

  /// Whether a test has such a failure in a process of its own.
  private func failsAlone(_ test: any ProgramTest) -> Bool {
    let alone = command.adapter(like: greeted)
    defer { alone.end() }
    return test.run(alone, in: folder, nil).failures.contains { $0.isLike(failure) }
  }
}

/// A test that was made as small as possible.
struct ShrunkTest {
  /// The size of a test.
  struct Measure: Hashable {
    let operations: Int
    let edits: Int
    let bytes: UInt64

    init(_ image: PlannedImage) {
      operations = image.operations.count
      edits = image.edits.count
      bytes = image.image.bytes.size
    }
  }

  let test: any ProgramTest
  let image: PlannedImage
  /// The size of the test before, and of this one.
  let before, after: Measure
}

extension ShrunkTest.Measure: CustomStringConvertible {
  var description: String {
    (operations > 0 ? "\(operations) operations on an image of " : "\(edits) edits of an image of ")
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
