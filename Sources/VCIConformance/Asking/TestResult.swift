/// What a test of a program found.
package struct TestResult: Codable, Hashable, Sendable {
  /// The name of the test: the vector, or kind, seed and index of an image or workload.
  package let name: String
  /// How the image was made: its recipe in the corpus, plan and edits, or a workload's beginning.
  package var image = ""
  /// The size of the image, in bytes; `nil` of a test that is about no image or about many.
  package var imageBytes: UInt64?
  /// How often each area was asked about.
  package var areas: [String: Int] = [:]
  /// How often each requirement was asked about.
  package var requirements: [String: Int] = [:]
  package var failures: [TestFailure] = []
  /// What the images that a program closed are like; `nil` of a test without any.
  package var advice: WriterAdvice?
  /// The features or operations for want of which something was not asked.
  package var notApplicable: Set<String> = []
  /// The number of states after a crash that were tried; `nil` of a test without any.
  package var crashStates: UInt64?
  /// Whether there are more states than are tried at most.
  package var isCut: Bool?
  /// Why the test was not run; `nil` if it was.
  package var notRun: String?
  /// Whether it was not run because the machine was too busy.
  package var isStarved = false
  /// Whether a failure did not come again when the test was run alone.
  package var isFlaky = false

  package init(name: String) { self.name = name }

  /// Whether anything was asked.
  package var isApplicable: Bool { !areas.isEmpty }

  mutating func count(_ area: Area, _ requirement: Requirement) {
    areas[area.rawValue, default: 0] += 1
    requirements[requirement.rawValue, default: 0] += 1
  }
}
