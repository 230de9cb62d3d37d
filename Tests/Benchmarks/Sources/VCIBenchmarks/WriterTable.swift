import Glibc
import Tables
import WriterParts

/// Prints how long operations of a writer take, each at a growing number of extents or free runs,
/// beside the same by sorted arrays and by linked lists; behind each time, by how much it has
/// grown.
func measureWriter(extents: [Int]) throws {
  var growth = GrowthTable("operation", sizes: extents)
  for design in Design.allCases {
    for size in extents {
      growth.add(
        "allocate", design.rawValue, try times(of: design.allocations(amongRuns: size)).forth)
      growth.add("free", design.rawValue, try times(of: design.releases(amongRuns: size)).forth)
      growth.add(
        "look up", design.rawValue, try times(of: design.lookups(amongExtents: size)).forth)
      let (insert, remove) = try times(of: design.insertions(amongExtents: size))
      growth.add("insert", design.rawValue, insert)
      growth.add("remove", design.rawValue, remove)
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
    "image: look up", design.rawValue, try times(of: .lookups(in: image, extents: extents)).forth)
  let sequential = try times(of: .sequentialWrites(to: image, extents: extents))
  growth.add("image: write sequentially", design.rawValue, sequential.forth)
  let random = try times(of: .randomWrites(to: image, extents: extents))
  growth.add("image: write at random", design.rawValue, random.forth)
  growth.add("image: discard at random", design.rawValue, random.back)
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
  growth.add("image: open", design.rawValue, median(opening))
  growth.add("image: close", design.rawValue, median(closing))
}

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

/// The powers of ten from 1000 to `most`.
func decades(upTo most: Int) -> [Int] {
  Array(sequence(first: 1000) { $0 * 10 }.prefix { $0 <= most })
}
