internal import Glibc
internal import SystemPackage
internal import VCIFuzzing

/// A process of a run that makes tests, one after the other.
struct ConformanceJob {
  private let run: ConformanceRun
  private let adapter: any Adapter
  /// The pipe from the run: units, each as a range. At its end the job ends, also within a test.
  private let units: FileDescriptor

  /// The most tests in which no answer came in time, of the program's own or of the machine's. The
  /// others are not run then, since each would take the whole time once more.
  private static let mostTimeOuts = 20

  init(_ run: ConformanceRun, _ greeted: any Adapter, _ units: FileDescriptor) {
    self.run = run
    self.units = units
    var command = run.adapter
    command.limits.stop = units
    adapter = command.adapter(like: greeted)
  }

  /// A line to the run: the result of a test of a unit, or that the unit is done.
  struct Line: Codable {
    let unit: Int
    let test: Int
    let result: TestResult?
  }

  /// The run was interrupted.
  private struct Interrupted: Error {}

  /// Runs the units that arrive, with files below `folder`, and sends the results.
  func work(in folder: WorkFolder, _ send: (Line) throws -> Void) throws {
    Orphans.adopt()
    defer { Orphans.end() }
    let folder = try WorkFolder(in: folder.path)
    let maker = TestMaker(corpus: run.choice.corpus, run.vectors, run.recorder)
    var timeOuts = 0
    do {
      while let range = try JobLink.range(from: units) {
        let index = Int(range.lowerBound)
        var test = 0
        try maker.tests(of: run.units[index]) { one in
          guard !isInterrupted else { throw Interrupted() }
          let result =
            timeOuts < Self.mostTimeOuts
            ? Self.confirmed(one, by: adapter, in: folder) : Self.left(one)
          // What came while the run was interrupted says nothing about the adapter.
          guard !isInterrupted else { throw Interrupted() }
          if result.isStarved
            || !result.isFlaky && result.failures.contains(where: { $0.kind == .timedOut })
          {
            timeOuts += 1
          }
          try send(Line(unit: index, test: test, result: result))
          test += 1
        }
        try send(Line(unit: index, test: 0, result: nil))
      }
      try? adapter.finish()
    } catch is Interrupted {
    }
    adapter.end()
  }

  /// Runs a test. A failure counts if it comes again in a new process that did nothing before.
  static func confirmed(
    _ test: any ProgramTest, by adapter: any Adapter, in folder: WorkFolder
  ) -> TestResult {
    var result = test.run(adapter, in: folder, nil)
    guard !result.failures.isEmpty else { return result }
    try? adapter.finish()
    let again = test.run(adapter, in: folder, nil)
    guard again.failures.isEmpty else {
      // What it has open must not make the next test fail.
      try? adapter.finish()
      return again
    }
    // Where it could not be tried again, nothing is known.
    guard again.notRun == nil else { return again }
    result.isFlaky = true
    return result
  }

  private static func left(_ test: any ProgramTest) -> TestResult {
    var result = TestResult(name: test.name)
    result.notRun = "no answer came in time in \(mostTimeOuts) tests before"
    return result
  }

  /// Whether the pipe from the run ended. While a unit is at work nothing else comes.
  private var isInterrupted: Bool {
    var polled = pollfd(fd: units.rawValue, events: 0, revents: 0)
    return unsafe poll(&polled, 1, 0) > 0
  }
}
