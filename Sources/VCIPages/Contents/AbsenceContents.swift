internal import VCIConformance

/// Why requirements were not asked about: a reason, with the requirements and the programs.
struct AbsenceContents: Hashable, Sendable {
  let why: ShownText
  let sign: Sign
  let requirements: [ShownText]
  let programs: [ShownText]

  /// A reason in one row.
  private struct Reason: Hashable {
    let why: String
    let verdict: Matrix.Cell.Verdict
    var programs: [Int]
  }

  /// Returns the reasons of a matrix, each once for the same programs, in the order of the rows.
  static func all(of matrix: Matrix, _ names: [ProgramName]) -> [AbsenceContents] {
    var order: [Reason] = []
    var requirements: [Reason: [String]] = [:]
    for row in matrix.requirements {
      for reason in reasons(in: row) {
        if requirements[reason] == nil { order.append(reason) }
        requirements[reason, default: []].append(row.requirement)
      }
    }
    return order.map { reason in
      AbsenceContents(
        why: ShownText(reason.why, most: 300), sign: .of(reason.verdict),
        requirements: (requirements[reason] ?? []).map { ShownText($0, most: 60) },
        programs: reason.programs.map { names[$0].name })
    }
  }

  /// Returns the reasons in a row, with the programs that have each.
  private static func reasons(in row: Matrix.Row) -> [Reason] {
    var reasons: [Reason] = []
    for (index, cell) in row.cells.enumerated() {
      guard [.notApplicable, .notAsked].contains(cell.verdict) else { continue }
      let why = cell.why ?? "no reason is given"
      let same = reasons.firstIndex { $0.why == why && $0.verdict == cell.verdict }
      if let same {
        reasons[same].programs.append(index)
      } else {
        reasons.append(Reason(why: why, verdict: cell.verdict, programs: [index]))
      }
    }
    return reasons
  }
}
