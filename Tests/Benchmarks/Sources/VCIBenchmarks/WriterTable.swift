import Glibc
import WriterParts

/// Prints how long operations of a writer take, each at a growing number of extents or free runs, beside
/// the same by sorted arrays and by linked lists; behind each time, by how much it has grown.
func measureWriter(extents: [Int]) throws {
  var growth = GrowthTable("operation", sizes: extents)
  for design in Design.allCases {
    for size in extents {
      try autoreleased {
        let (take, release) = try times(of: design.allocations(amongRuns: size))
        growth.add("allocate", design, take)
        growth.add("free", design, release)
      }
      try autoreleased {
        growth.add("look up", design, try times(of: design.lookups(amongExtents: size)).forth)
      }
      try autoreleased {
        let (insert, remove) = try times(of: design.insertions(amongExtents: size))
        growth.add("insert", design, insert)
        growth.add("remove", design, remove)
      }
    }
  }
  try withTemporaryFolder { folder in
    for size in extents {
      let path = "\(folder)/image.vci"
      defer { unlink(path) }
      try TreeImage(.scattered, extents: size).write(toFileAt: path)
      for design in Design.allCases { try measureImage(path, size, design, &growth) }
    }
  }
  growth.print()
}

/// Measures what is done to a whole image in a file, of which each run has its own copy in memory.
private func measureImage(
  _ path: String, _ extents: Int, _ design: Design, _ growth: inout GrowthTable
) throws {
  let image = try design.open(fileAt: path)
  growth.add(
    "image: look up", design, try times(of: .lookups(in: image, extents: extents)).forth)
  let sequential = try times(of: .sequentialWrites(to: image, extents: extents))
  growth.add("image: write sequentially", design, sequential.forth)
  let random = try times(of: .randomWrites(to: image, extents: extents))
  growth.add("image: write at random", design, random.forth)
  growth.add("image: discard at random", design, random.back)
  var opening: [Double] = []
  var closing: [Double] = []
  repeat {
    let start = processorTime()
    let image = try design.open(fileAt: path)
    opening.append(processorTime() - start)
    try Trial.randomWrites(to: image, extents: extents).forth(1)
    let last = processorTime()
    try image.close()
    closing.append(processorTime() - last)
  } while opening.count < 15 && opening.reduce(0, +) + closing.reduce(0, +) < 2
  growth.add("image: open", design, median(opening))
  growth.add("image: close", design, median(closing))
}

/// Lets go of what `body` made before it returns.
private func autoreleased(_ body: () throws -> Void) rethrows { try body() }

/// How long one operation takes, and undoing it, in seconds: medians of up to 15 rounds of at least
/// 10 ms or of as many operations as may be done.
private func times(of trial: Trial) throws -> (forth: Double, back: Double) {
  var count = 1
  var forth: [Double] = []
  var back: [Double] = []
  func round() throws -> Double {
    let start = processorTime()
    try trial.forth(count)
    let middle = processorTime()
    try trial.back?(count)
    let end = processorTime()
    forth.append((middle - start) / Double(count))
    back.append((end - middle) / Double(count))
    return middle - start
  }
  while try round() < 0.01, count < trial.limit { count = min(trial.limit, count * 2) }
  // The rounds up to here were of fewer operations.
  (forth, back) = (Array(forth.suffix(1)), Array(back.suffix(1)))
  let start = processorTime()
  while forth.count < 15, processorTime() - start < 1 { _ = try round() }
  return (median(forth), median(back))
}

/// Times of operations by design and by size.
struct GrowthTable {
  private let title: String
  private let sizes: [Int]
  private var operations: [String] = []
  private var times: [String: [Design: [Double]]] = [:]

  init(_ title: String, sizes: [Int]) {
    self.title = title
    self.sizes = sizes
  }

  /// Adds the time of an operation at the next of the sizes, in seconds.
  mutating func add(_ operation: String, _ design: Design, _ time: Double) {
    if times[operation] == nil { operations.append(operation) }
    times[operation, default: [:]][design, default: []].append(time)
  }

  /// The headings, and the rows in the order in which the operations came.
  var lines: [(name: String, values: [String])] {
    var lines = [(name: title, values: Self.cells(sizes.map(Self.power)) { _ in "growth" })]
    for operation in operations {
      for design in Design.allCases {
        guard let times = times[operation]?[design] else { continue }
        let values = Self.cells(times.map(duration)) { fixed(times[$0] / times[$0 - 1], 1) }
        lines.append(("\(operation), \(design.rawValue)", values))
      }
    }
    return lines
  }

  func print() {
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

/// A time in seconds, with three digits and in a unit that suits.
func duration(_ seconds: Double) -> String {
  for (unit, scale) in [("ns", 1e9), ("us", 1e6), ("ms", 1e3)] where seconds * scale < 999.5 {
    let number = seconds * scale
    return fixed(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0) + " " + unit
  }
  return fixed(seconds, 2) + " s"
}

/// The powers of ten from 1000 to `most`.
func decades(upTo most: Int) -> [Int] {
  Array(sequence(first: 1000) { $0 * 10 }.prefix { $0 <= most })
}
