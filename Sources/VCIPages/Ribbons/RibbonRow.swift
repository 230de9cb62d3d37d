internal import VCIConformance

/// One ribbon: the runs of it that are drawn, from left to right, and how many are left out.
struct RibbonRow: Hashable, Sendable {
  /// A run, or a break that stands for runs that are left out.
  enum Piece: Hashable, Sendable {
    case run(RibbonRun)
    case leftOut(Int)

    /// What the blocks of a run are; `nil` of a break.
    var role: Matrix.Run.Role? { if case .run(let run) = self { run.role } else { nil } }
  }

  let pieces: [Piece]
  /// All runs that the matrix has, also those that are not drawn.
  let runs: [RibbonRun]
  /// The number of runs of the image, also of those that the matrix leaves out.
  var count: Int { ShownCount.sum(runs.map(\.runs)) }
  /// The number of runs whose numbers are none.
  let unread: Int

  /// The number of runs that are not drawn.
  var leftOut: Int {
    ShownCount.sum(pieces.map { if case .leftOut(let count) = $0 { count } else { 0 } })
  }

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
      if index > next { pieces.append(Self.leftOut(runs[next..<index])) }
      pieces.append(.run(runs[index]))
      next = index + 1
    }
    if next < runs.count { pieces.append(Self.leftOut(runs[next...])) }
    self.pieces = pieces
  }

  private static func leftOut(_ runs: ArraySlice<RibbonRun>) -> Piece {
    .leftOut(ShownCount.sum(runs.map(\.runs)))
  }

  /// Returns the indices of the runs that are drawn, ascending: what is wrong, what is next to it,
  /// and others from the beginning on.
  private static func kept(of runs: [RibbonRun]) -> [Int] {
    let drawable = runs.indices.filter { runs[$0].role != .more }
    guard drawable.count > most else { return drawable }
    let wrong = drawable.filter { runs[$0].role == .wrong }.prefix(most / 4)
    let beside = wrong.flatMap { [$0 - 1, $0, $0 + 1] }
    var kept = Set(beside.filter { runs.indices.contains($0) && runs[$0].role != .more })
    for index in drawable where kept.count < most { kept.insert(index) }
    return kept.sorted()
  }
}
