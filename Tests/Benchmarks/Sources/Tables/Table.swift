/// Rows of values under headings, each with a name.
package struct Table {
  private let title: String
  private let headings: [String]
  private var rows: [(name: String, values: [String])] = []

  package init(_ title: String, _ headings: [String]) {
    self.title = title
    self.headings = headings
  }

  package mutating func add(_ name: String, _ values: [String]) {
    rows.append((name, values))
  }

  package func print() {
    let lines = [(name: title, values: headings)] + rows
    let first = lines.map(\.name.count).max() ?? 0
    let widths = headings.indices.map { column in
      lines.map { $0.values[column].count }.max() ?? 0
    }
    for line in lines {
      var text = line.name + String(repeating: " ", count: first - line.name.count)
      for (value, width) in zip(line.values, widths) {
        text += "  " + String(repeating: " ", count: width - value.count) + value
      }
      Swift.print(text)
    }
    Swift.print()
  }
}
