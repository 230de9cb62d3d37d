internal import PropertyEngine
internal import VCIChecker
internal import VCIFuzzing
internal import VCIGenerators

/// Makes an image about which programs differ as small as possible: the fewest edits of the
/// smallest image, about which the same two sides still differ in the same kind, for the same
/// cause.
final class DifferenceShrinker {
  let panel: Panel
  private let isInterrupted: () -> Bool
  private let checker = Checker()

  /// The most images that are tried, and the most if a process is started for each answer.
  private static let mostImages = 150
  private static let mostSlowImages = 20

  init(_ panel: Panel, _ isInterrupted: @escaping () -> Bool) {
    self.panel = panel
    self.isInterrupted = isInterrupted
  }

  /// Returns the smallest image, and what all programs answer about it.
  func shrunk(
    _ start: PlannedImage, _ found: FoundDifference
  ) -> (PlannedImage, FoundDifference) {
    let isSlow = found.sides.contains { !panel.adapters[$0].keepsHandles }
    let effort = ShrinkEffort(limit: isSlow ? Self.mostSlowImages : Self.mostImages) {
      [isInterrupted] _ in isInterrupted()
    }
    let smallest = start.shrunk(effort) { image in
      self.difference(image, found, among: found.sides) != nil
    }
    let words = smallest.edits.joined(separator: "; ")
    guard
      let whole = difference(
        smallest, found, among: Array(panel.adapters.indices),
        about: words.isEmpty ? "a valid image" : words)
    else { return (start, found) }
    return (smallest, whole)
  }

  /// Returns a difference like the one that was found, in another image.
  private func difference(
    _ image: PlannedImage, _ found: FoundDifference, among programs: [Int], about: String = ""
  ) -> FoundDifference? {
    guard let expected = try? Expectations(image.image, checker) else { return nil }
    let finder = DifferenceFinder(expected, test: found.test, image: about)
    return panel.differences(finder, among: programs).first { other in
      other.key.kind == found.key.kind && other.key.cause == found.key.cause
        && other.key.rule == found.key.rule && other.key.about == found.key.about
        && other.key.wrong.allSatisfy(found.key.wrong.contains)
        && other.key.wrong.isEmpty == found.key.wrong.isEmpty
    }
  }
}
