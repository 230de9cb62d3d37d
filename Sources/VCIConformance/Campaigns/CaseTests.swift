internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// The tests of a program that a campaign's case makes.
struct CaseTests {
  /// The test of a reader and checker; `nil` if nothing can be expected of the image, or if it is
  /// too large.
  let image: ImageTest?
  private let planned: PlannedImage
  private let name: String

  /// The largest image that a test uses, in bytes.
  private static let largest: UInt64 = 1 << 43

  /// Makes the tests. They are called by the iteration, of which some choices are a function.
  init(_ planned: PlannedImage, _ checker: Checker) {
    self.planned = planned
    let name = "case/\(planned.iteration)"
    self.name = name
    let isSmall = planned.image.bytes.size <= Self.largest
    let expected = isSmall ? try? Expectations(planned.image, checker) : nil
    image = expected.map { ImageTest(name, $0, about: planned.words) }
  }

  /// Returns the test of a writer; `nil` if the case has no operations, or if a program with these
  /// capabilities need not run them.
  func workload(for capabilities: Capabilities) -> WriterTest? {
    guard planned.hasWorkload, let image else { return nil }
    return WriterPlan(planned, image.expected, capabilities).map { WriterTest(name, $0) }
  }
}
