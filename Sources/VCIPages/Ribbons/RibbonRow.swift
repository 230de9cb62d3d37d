internal import VCIConformance

/// One ribbon: the runs of it that are drawn, from left to right, and how many are left out.
struct RibbonRow: Hashable, Sendable {
  /// A run, or a break that stands for runs that are left out.
  enum Piece: Hashable, Sendable {
    case run(RibbonRun)
    case leftOut(Int)
  }

  let pieces: [Piece]
  /// All runs, also those that are not drawn.
  let runs: [RibbonRun]
  /// The number of runs whose numbers are none.
  let unread: Int

  /// The most runs that are drawn.
  static let most = 32

  init(_ all: [Matrix.Run]) {
    let runs = all.compactMap(RibbonRun.init)
    self.runs = runs
    unread = all.count - runs.count
    let kept = Self.kept(of: runs)
    var pieces: [Piece] = []
    var next = 0
    for index in kept {
      if index > next { pieces.append(.leftOut(index - next)) }
      pieces.append(.run(runs[index]))
      next = index + 1
    }
    if next < runs.count { pieces.append(.leftOut(runs.count - next)) }
    self.pieces = pieces
  }

  /// Returns the indices of the runs that are drawn, ascending: what is wrong, what is next to it,
  /// and others from the beginning on.
  private static func kept(of runs: [RibbonRun]) -> [Int] {
    guard runs.count > most else { return Array(runs.indices) }
    let wrong = runs.indices.filter { runs[$0].role == .wrong }.prefix(most / 4)
    var kept = Set(wrong.flatMap { [$0 - 1, $0, $0 + 1] }.filter(runs.indices.contains))
    for index in runs.indices where kept.count < most { kept.insert(index) }
    return kept.sorted()
  }
}
