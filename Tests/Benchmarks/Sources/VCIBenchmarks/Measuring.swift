import Glibc

/// The processor time of this process so far, in seconds.
func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The time since some moment, in seconds.
func wallTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The value in the middle.
func median(_ values: [Double]) -> Double {
  values.sorted()[values.count / 2]
}

/// How long one call of each action takes, in seconds: medians of 31 rounds, in each of which the
/// actions take turns of 2 ms or more.
func mediansInTurns(_ actions: [() throws -> Void]) throws -> [Double] {
  var counts: [Int] = []
  for action in actions {
    var count = 1
    while try seconds(action, count) < 0.002 { count *= 2 }
    counts.append(count)
  }
  var times = [[Double]](repeating: [], count: actions.count)
  for _ in 0..<31 {
    for (index, action) in actions.enumerated() {
      times[index].append(try seconds(action, counts[index]) / Double(counts[index]))
    }
  }
  return times.map(median)
}

private func seconds(_ action: () throws -> Void, _ count: Int) throws -> Double {
  let start = processorTime()
  for _ in 0..<count { try action() }
  return processorTime() - start
}

/// The number with so many digits behind the point.
func fixed(_ number: Double, _ digits: Int) -> String {
  guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = Int((abs(number) * scale).rounded())
  let text = String(whole)
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  let sign = number < 0 && whole != 0 ? "-" : ""
  return sign + padded.dropLast(digits) + (digits > 0 ? "." + padded.suffix(digits) : "")
}

/// Rows of values under headings, each with a name.
struct Table {
  private let title: String
  private let headings: [String]
  private var rows: [(name: String, values: [String])] = []

  init(_ title: String, _ headings: [String]) {
    self.title = title
    self.headings = headings
  }

  mutating func add(_ name: String, _ values: [String]) {
    rows.append((name, values))
  }

  func print() {
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
