internal import VCIConformance

/// Who reads whose images: a row for each writer, a column for the checker and for each reader.
struct ExchangeContents: Hashable, Sendable {
  struct Row: Hashable, Sendable {
    let number: Int
    let name: ShownText
    let cells: [Cell]
  }

  struct Cell: Hashable, Sendable {
    let sign: Sign
    let text: String
    let spoken: String
    let examples: [Int]
    let isPlain: Bool
    /// Why there is none.
    let why: ShownText
  }

  /// What each wrote and others read; none if there were no such exchanges.
  let rows: [Row]
  /// The same of turns.
  let turns: [Row]
  let hasRows, hasTurns, hasAny: Bool
  /// Why there are none, each reason once.
  let reasons: [ShownText]

  init(_ matrix: Matrix, _ names: [ProgramName]) {
    let written = matrix.exchanges.filter { !$0.isInTurns }
    let turned = matrix.exchanges.filter(\.isInTurns)
    let programs = Array(matrix.implementations.indices)
    rows = Self.rows(written, names, columns: [nil] + programs)
    turns = Self.rows(turned, names, columns: programs)
    (hasRows, hasTurns) = (!written.isEmpty, !turned.isEmpty)
    hasAny = !matrix.exchanges.isEmpty
    var seen: Set<String> = []
    reasons = matrix.exchanges.compactMap(\.why).filter { seen.insert($0).inserted }
      .map { ShownText($0, most: 300) }
  }

  private static func rows(
    _ exchanges: [Matrix.Exchange], _ names: [ProgramName], columns: [Int?]
  ) -> [Row] {
    struct Pair: Hashable {
      let writer: Int
      let reader: Int?
    }
    let found = Dictionary(
      exchanges.map { (Pair(writer: $0.writer, reader: $0.reader), $0) },
      uniquingKeysWith: { first, _ in first })
    return names.indices.map { writer in
      Row(
        number: names[writer].number, name: names[writer].name,
        cells: columns.map { cell(found[Pair(writer: writer, reader: $0)]) })
    }
  }

  private static func cell(_ exchange: Matrix.Exchange?) -> Cell {
    guard let exchange else { return absent("", "none") }
    guard exchange.workloads > 0 else { return absent("n/a", exchange.why ?? "none") }
    let known = exchange.known.map { ", \(ShownCount.grouped($0)) known" } ?? ""
    let count = ShownCount.grouped(exchange.workloads)
    guard exchange.failed > 0 else {
      return Cell(
        sign: .right, text: count + known,
        spoken: known.isEmpty
          ? "right in all workloads" : "right in all workloads but for known failures",
        examples: [], isPlain: true, why: ShownText(""))
    }
    return Cell(
      sign: .wrong, text: "\(ShownCount.grouped(exchange.failed)) of \(count)\(known)",
      spoken: "workloads went wrong", examples: exchange.example.map { [$0 + 1] } ?? [],
      isPlain: exchange.example == nil, why: ShownText(""))
  }

  private static func absent(_ text: String, _ why: String) -> Cell {
    Cell(
      sign: .absent, text: text, spoken: "", examples: [], isPlain: true,
      why: ShownText(why, most: 200))
  }
}
