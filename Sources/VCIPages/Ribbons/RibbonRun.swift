internal import VCIConformance

/// A run of blocks whose numbers could be read.
struct RibbonRun: Hashable, Sendable {
  let block: UInt64
  let count: UInt64
  let role: Matrix.Run.Role
  /// Where it lies in the other ribbon.
  let other: UInt64?
  /// What it is beside wrong.
  let of: Matrix.Run.Role?
  /// The number of runs that it stands for: 1, but of those that were left out.
  let runs: Int

  /// Makes a run; `nil` if one of its numbers is none, or if it has no block.
  init?(_ run: Matrix.Run) {
    guard let block = UInt64(run.block), let count = UInt64(run.count), count > 0 else {
      return nil
    }
    let other = run.other.map { UInt64($0) }
    if case .some(.none) = other { return nil }
    (self.block, self.count, self.role, self.other) = (block, count, run.role, other ?? nil)
    of = run.of
    runs = run.role == .more ? max(1, run.runs ?? 1) : 1
  }

  /// The block behind the last one, or the last number if there is no such.
  var end: UInt64 {
    let (end, overflows) = block.addingReportingOverflow(count)
    return overflows ? UInt64.max : end
  }

  /// How much room the run takes beside others: it grows by 1 where the count doubles, so that one
  /// block is seen beside 2^54.
  var weight: Int { UInt64.bitWidth - count.leadingZeroBitCount }

  /// The run in words: "blocks 4 to 7".
  var blocks: String {
    count == 1
      ? "block \(ShownCount.grouped(block))"
      : "blocks \(ShownCount.grouped(block)) to \(ShownCount.grouped(end - 1))"
  }

  /// The run in words, with its role, and with where it lies in the other ribbon.
  func words(_ place: (UInt64) -> String) -> String {
    "\(blocks): \(role.words)" + (of.map { " (\($0.words))" } ?? "")
      + (other.map { ", \(place($0))" } ?? "")
  }
}

extension Matrix.Run.Role {
  /// The letter in the ribbon.
  var letter: String {
    switch self {
    case .header: "H"
    case .map: "M"
    case .root: "R"
    case .internal: "n"
    case .leaf: "l"
    case .node: "N"
    case .data: "d"
    case .free: "·"
    case .leaked: "?"
    case .cached: "c"
    case .missing: "·"
    case .damaged: "x"
    case .wrong: "!"
    case .more: "⋯"
    }
  }

  /// The role in words.
  var words: String {
    switch self {
    case .header: "header"
    case .map: "block map"
    case .root: "root"
    case .internal: "internal node"
    case .leaf: "leaf"
    case .node: "node"
    case .data: "data"
    case .free: "free"
    case .leaked: "leaked"
    case .cached: "cached"
    case .missing: "not cached"
    case .damaged: "damaged"
    case .wrong: "wrong"
    case .more: "left out"
    }
  }
}
