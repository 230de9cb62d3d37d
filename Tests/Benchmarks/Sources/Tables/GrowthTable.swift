/// Times of operations by size, each done in several ways, and by how much each grows from one size
/// to the next.
package struct GrowthTable {
  private struct Row {
    let operation: String
    let way: String
    var times: [Double]
  }

  private let title: String
  private let sizes: [Int]
  private var rows: [Row] = []

  package init(_ title: String, sizes: [Int]) {
    self.title = title
    self.sizes = sizes
  }

  /// Adds the time that an operation takes in one way at the next of the sizes, in seconds.
  package mutating func add(_ operation: String, _ way: String, _ time: Double) {
    if let index = rows.firstIndex(where: { $0.operation == operation && $0.way == way }) {
      rows[index].times.append(time)
    } else {
      let last = rows.lastIndex { $0.operation == operation }
      rows.insert(
        Row(operation: operation, way: way, times: [time]), at: last.map { $0 + 1 } ?? rows.count)
    }
  }

  /// The headings, then the rows: operations in the order in which they came first, and so the ways
  /// of each.
  package var lines: [(name: String, values: [String])] {
    [(title, Self.cells(sizes.map(Self.power)) { _ in "growth" })]
      + rows.map { row in
        let values = Self.cells(row.times.map(duration)) {
          "x " + fixed(row.times[$0] / row.times[$0 - 1], 1)
        }
        return ("\(row.operation), \(row.way)", values)
      }
  }

  package func print() {
    let lines = lines
    var table = Table(lines[0].name, lines[0].values)
    for line in lines.dropFirst() { table.add(line.name, line.values) }
    table.print()
  }

  /// The values, and behind each but the first what `growth` says of it.
  private static func cells(_ values: [String], _ growth: (Int) -> String) -> [String] {
    values.indices.flatMap { $0 == 0 ? [values[$0]] : [values[$0], growth($0)] }
  }

  /// The number, as a power of ten where it is one.
  private static func power(_ number: Int) -> String {
    let text = String(number)
    guard text.first == "1", text.dropFirst().allSatisfy({ $0 == "0" }) else { return text }
    return "10^\(text.count - 1)"
  }
}
