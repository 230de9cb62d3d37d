/// A test of a program of somebody else.
package protocol ProgramTest: Sendable {
  /// The vector, or kind, seed and index of an image or a workload.
  var name: String { get }

  /// Makes the requests of the test, with files in `folder`. `recorder` notes them until the first
  /// failure.
  func run(
    _ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder?
  ) -> TestResult
}
