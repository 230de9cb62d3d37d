internal import VCIConformance

/// A requirement as a row of the table.
struct RequirementContents: Hashable, Sendable {
  struct Cell: Hashable, Sendable {
    let sign: Sign
    /// What is shown beside the sign, and what is read out.
    let text: String
    let spoken: String
    /// The number of the example; empty unless it is wrong.
    let examples: [Int]
    let isPlain: Bool
  }

  let number: Int
  let clause: Clause
  let sentence: ShownText
  let cells: [Cell]

  init(_ row: Matrix.Row, number: Int) {
    self.number = number
    clause = Clause(row.requirement)
    sentence = ShownText(row.clause, most: 600)
    cells = row.cells.map(Self.cell)
  }

  private static func cell(_ cell: Matrix.Cell) -> Cell {
    let asked = ShownCount.counted(cell.asked, "time", "times")
    let (text, spoken) =
      switch cell.verdict {
      case .right: (ShownCount.grouped(cell.asked), "right, asked \(asked)")
      case .wrong:
        (
          ShownCount.counted(cell.failed, "test", "tests"),
          "failed, asked \(asked)"
        )
      case .notApplicable: ("n/a", "not applicable")
      case .notAsked: ("not asked", "not asked")
      }
    return Cell(
      sign: .of(cell.verdict), text: text, spoken: spoken,
      examples: cell.example.map { [$0 + 1] } ?? [], isPlain: cell.example == nil)
  }
}
