internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// A test of a writer: runs a workload, and compares the image with a model of the cache after each
/// close (VCI-WR-001, VCI-WR-002, VCI-WR-005, VCI-RD-006).
///
/// A block is right if it has the newest bytes that were written, or is a miss: what a program
/// keeps is its own business.
package struct WriterTest: ProgramTest {
  package let name: String
  private let plan: @Sendable (Capabilities) -> WriterPlan

  /// Makes the test of workload `index` of a seed.
  package init(seed: UInt64, index: UInt64) {
    name = "workload/\(seed)-\(index)"
    plan = { WriterPlan(seed: seed, index: index, $0) }
  }

  /// Makes the test of a workload.
  init(_ name: String, _ plan: WriterPlan) {
    self.name = name
    self.plan = { _ in plan }
  }

  /// Returns the workload for a program with these capabilities.
  func plan(for capabilities: Capabilities) -> WriterPlan { plan(capabilities) }

  /// Runs the workload with `adapter`.
  package func run(
    _ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder?
  ) -> TestResult {
    run(adapter, in: folder, recorder) { _ in }
  }

  /// Runs the workload with `adapter`, and calls `look` with the path of the image that it left.
  func run(
    _ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder? = nil,
    lookingAt look: (FilePath) -> Void
  ) -> TestResult {
    let run = TestRun(name, adapter, recorder)
    guard run.has("open-rw"), run.has("write"), run.has("close") else { return run.result }
    let plan = plan(for: adapter.capabilities)
    return run.result(about: plan.words) { () throws(WorkError) in
      let workload = try WriterRun(plan, run, folder)
      defer { workload.removeFiles() }
      try workload.run()
      look(workload.image)
      run.requireLimits()
    }
  }
}
