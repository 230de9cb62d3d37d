internal import VCIConformance

/// How many programs pass the same tests.
struct AgreementContents: Hashable, Sendable {
  /// The tests that are passed by so many of the programs to which they apply.
  struct Bar: Hashable, Sendable {
    let words: String
    let applicable, passing: Int
    let tests: ShownCount
    let style: String
    /// The length in percent of the longest.
    let length: Int
    let names: [ShownText]
    let hasNames: Bool
    let unnamed: ShownText
  }

  let bars: [Bar]
  /// Tests that apply to two programs at least, and those on which all of these agree.
  let shared, agreed: ShownCount
  let hasShared: Bool

  init(_ matrix: Matrix) {
    let most = max(1, matrix.agreement.map(\.tests).max() ?? 1)
    bars = matrix.agreement.sorted { ($0.applicable, $0.passing) > ($1.applicable, $1.passing) }
      .map { Self.bar($0, most, of: matrix.implementations.count) }
    let shared = matrix.agreement.filter { $0.applicable > 1 }
    self.shared = ShownCount(ShownCount.sum(shared.map(\.tests)))
    agreed = ShownCount(
      ShownCount.sum(
        shared.filter { $0.passing == 0 || $0.passing == $0.applicable }.map(\.tests)))
    hasShared = !shared.isEmpty
  }

  private static func bar(_ agreement: Matrix.Agreement, _ most: Int, of programs: Int) -> Bar {
    let (applicable, passing) = (agreement.applicable, agreement.passing)
    let share =
      switch passing {
      case applicable: applicable == 1 ? "passed by the only one" : "passed by all \(applicable)"
      case 0: applicable == 1 ? "failed by the only one" : "failed by all \(applicable)"
      default: "passed by \(passing) of \(applicable)"
      }
    let asked = applicable < programs ? ", not applicable to the rest" : ""
    let left = max(0, agreement.tests) - agreement.names.count
    return Bar(
      words: share + asked, applicable: applicable, passing: passing,
      tests: ShownCount(agreement.tests),
      style: passing == applicable ? "right" : passing == 0 ? "wrong" : "split",
      length: Int(100 * (Double(max(0, agreement.tests)) / Double(most))),
      names: agreement.names.map { ShownText($0, most: 80) },
      hasNames: !agreement.names.isEmpty,
      unnamed: ShownText(left > 0 ? "and \(ShownCount.grouped(left)) more" : ""))
  }
}
