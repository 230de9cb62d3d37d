package import PropertyEngine

extension Epoch {
  /// The bytes after the first `count` steps.
  package func bytes(after count: Int) -> [UInt8] {
    var bytes = durable
    for step in steps[..<count] {
      if bytes.count > step.length { bytes.removeLast(bytes.count - step.length) }
      bytes.append(contentsOf: repeatElement(0, count: step.length - bytes.count))
      guard let sector = step.sector else { continue }
      sectors[sector].contents[step.content].put(into: &bytes, at: sectors[sector].block * 512)
    }
    return bytes
  }

  /// The lengths that the file may have after the first `count` steps, in bytes: each that it had
  /// since the last flush, the latest first; if it grew by a block, one in the middle of that too.
  package func lengths(after count: Int) -> [Int] {
    let now = count == 0 ? durable.count : steps[count - 1].length
    var lengths = [now]
    for length in [durable.count] + steps[..<count].map(\.length) where !lengths.contains(length) {
      lengths.append(length)
    }
    if now - 200 > durable.count { lengths.append(now - 200) }
    return lengths
  }

  /// Draws a state after `count` steps: of each touched sector whether it is missing, and what it
  /// holds then.
  package mutating func drawnState(
    at count: Int, from random: inout RandomSource
  ) -> [UInt8] {
    var versions = sectors.map { _ in 0 }
    var held = versions
    for step in steps[..<count] {
      guard let sector = step.sector, held[sector] != step.content else { continue }
      held[sector] = step.content
      versions[sector] += 1
    }
    let oneIn = 1 + random.next() % 8
    for sector in held.indices where random.next() % oneIn == 0 {
      let others = alternatives(of: sector, to: versions[sector])
      guard !others.isEmpty else { continue }
      held[sector] = others[Int(random.next() % UInt64(others.count))]
    }
    var bytes = self.bytes(after: count)
    for (index, sector) in sectors.enumerated() {
      sector.contents[held[index]].put(into: &bytes, at: sector.block * 512)
    }
    return bytes
  }
}
