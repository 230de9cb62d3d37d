internal import VCIConformance

/// The verdict over all programs, and sums of their tests.
struct Headline: Hashable, Sendable {
  let sign: Sign
  let words: String
  let programs, conforming: ShownCount
  let applicable, passed, failed, known, flaky, notApplicable, notRun: ShownCount

  init(_ matrix: Matrix) {
    let exits = matrix.implementations.map(\.exit)
    let conforming = exits.count { $0 == 0 }
    let failing = exits.count { $0 == 1 }
    let open = exits.count - conforming - failing
    sign = .ofProgram(exit: matrix.exit)
    words =
      Self.words(conforming, failing, open)
      + (failing == 0 && matrix.exit == 1 ? ", but not in exchanges or differences" : "")
    programs = ShownCount(exits.count)
    self.conforming = ShownCount(conforming)
    func sum(_ count: (Matrix.Tests) -> Int) -> ShownCount {
      ShownCount(ShownCount.sum(matrix.implementations.map { count($0.tests) }))
    }
    applicable = sum(\.applicable)
    passed = sum(\.passed)
    failed = sum(\.failed)
    known = sum(\.known)
    flaky = sum(\.flaky)
    notApplicable = sum(\.notApplicable)
    notRun = sum(\.notRun)
  }

  /// Says how many programs conform, do not conform, and are open.
  private static func words(_ conforming: Int, _ failing: Int, _ open: Int) -> String {
    let all = conforming + failing + open
    guard all > 1 else {
      guard all == 1 else { return "no program was asked" }
      return Sign.ofProgram(exit: conforming == 1 ? 0 : failing == 1 ? 1 : 3).word
    }
    guard conforming < all else { return "all \(all) programs conform" }
    return "\(conforming) of \(all) programs conform"
      + (failing > 0 ? ", \(failing) \(failing == 1 ? "does" : "do") not" : "")
      + (open > 0 ? ", \(open) \(open == 1 ? "is" : "are") incomplete" : "")
  }
}
