internal import VCIFormat
internal import VCIGenerators

extension WorkloadScript {
  private static let end = Format.diskEnd.rawValue
  /// The fewest blocks that an entry cannot span.
  private static let window: UInt64 = 1 << 32

  /// Draws the steps of a kind.
  mutating func draw(_ kind: WorkloadKind) {
    switch kind {
    case .mixed, .dirty: addMixed()
    case .gapped: fill(150)
    case .thinned: thinned()
    case .deep: runs.isEmpty ? thinned() : thin()
    case .bitmap: bitmap()
    case .large: large()
    case .spans: spans()
    case .tight: tight()
    case .diskEnd: diskEnd()
    case .windows: windows()
    case .loose: loose()
    case .limited: limited()
    }
    if chance(1, in: 8) { setState() }
    if chance(1, in: 4) { addMixed() }
    if chance(1, in: 6) {
      add(.close)
      discard(0, Self.end)
    }
  }

  /// Writes single blocks with gaps between them. Every 64th of them is written once more, and then
  /// all are read.
  mutating func fill(_ count: UInt64) {
    for index in 0..<count {
      write(index * 2, 1)
      if index % 64 == 63 { write(index, 1) }
    }
    add(.close)
    read(0, min(2 * count, Workload.longestRequest))
  }

  /// Writes more extents than two leaves hold, close together or far apart, and removes most.
  private mutating func thinned() {
    let count = element(of: [110, 150, 230])
    let step: UInt64 = element(of: [2, 3, 2, 1 << 25, 1 << 28, 1 << 31, Self.window - 1, 1 << 33])
    let first: UInt64 = element(of: [0, 1 << 20, Self.window - 50])
    let longest: UInt64 = step > 2 ? element(of: [1, 2]) : 1
    var order = Array(0..<UInt64(count))
    if chance(1, in: 3) { order.reverse() }
    if chance(1, in: 4) { order = order.filter { $0 % 2 == 0 } + order.filter { $0 % 2 == 1 } }
    for index in order { write(first + index * step, longest) }
    pause()
    if chance(2, in: 3) { thin() } else { reach() }
  }

  /// Removes most of what is cached, and lets the rest grow again.
  private mutating func thin() {
    pause()
    guard let first = runs.first?.lowerBound, let last = runs.last?.upperBound else { return }
    // A tree of few runs is empty after a single request.
    switch runs.count <= 12 && chance(1, in: 2) ? 0 : index(below: 7) {
    case 0..<2: element(of: [true, false]) ? discard(0, Self.end) : discard(first, last - first)
    case 2:
      // All but one run.
      let kept = element(of: [runs[0], runs[runs.count - 1], element(of: runs)])
      if kept.lowerBound > 0 { discard(0, kept.lowerBound) }
      if kept.upperBound < Self.end { discard(kept.upperBound, Self.end - kept.upperBound) }
    case 3:
      let middle = element(of: runs)
      element(of: [true, false])
        ? discard(0, middle.lowerBound + 1) : discard(middle.upperBound - 1, Self.end)
    case 4:
      let (one, other) = (element(of: runs), element(of: runs))
      let start = min(one.lowerBound, other.lowerBound)
      discard(start, max(one.upperBound, other.upperBound) - start)
    default:
      // All but each n-th run, one by one.
      let kept = element(of: [3, 7, 20, 60])
      let from = index(below: kept)
      for (index, run) in runs.prefix(400).enumerated() where index % kept != from {
        discard(run.lowerBound, run.upperBound - run.lowerBound)
      }
    }
    if runs.count <= 12 { add(.close) }
    readEdges(3)
    pause()
    grow()
  }

  /// Writes near what was there, and far away from it.
  private mutating func grow() {
    if chance(1, in: 4) {
      let start = runs.first?.lowerBound ?? 0
      for index in 0..<112 { write(min(start, Self.end / 2) + UInt64(index) * 2, 1) }
    }
    for run in sample(3, of: runs) { write(run.lowerBound, 1) }
    let distances: [UInt64] = [1 << 33, 1 << 32, 1 << 40]
    let far = sample(4, of: runs).map { $0.lowerBound + element(of: distances) }
    for block in far where block < Self.end { write(block, 1) }
    pause()
    for run in sample(2, of: runs) { write(run.upperBound - 1, 2) }
    readEdges()
  }

  private mutating func bitmap() {
    if runs.isEmpty || chance(1, in: 2) {
      let piece: UInt64 = element(of: [2100, 1000, 1500])
      for step in 0...blocks / piece { write(step * piece, piece) }
    }
    add(.close)
    switch index(below: 4) {
    case 0: discard(0, Self.end)
    case 1: discard(blocks / 8, Self.end - blocks / 8)
    case 2: discard(0, blocks - blocks / 8)
    default: discard(blocks / 8, blocks / 2)
    }
    if chance(1, in: 2) { write(UInt64(index(below: 1 << 20)), 3) }
    add(.close)
    write(7, 20)
    readEdges(2)
  }

  /// Writes more than the cache has, over what it has.
  private mutating func large() {
    for _ in 0..<6 { write(UInt64(index(below: 6000)), UInt64(1 + index(below: 8))) }
    pause()
    for _ in 0..<3 {
      let count: UInt64 = element(of: [blocks, 2 * blocks, blocks + 1, 2100, 5000])
      write(UInt64(index(below: 64)), min(count, 6000))
      readEdges(6)
      for _ in 0..<3 { write(UInt64(index(below: 6000)), UInt64(1 + index(below: 3))) }
    }
    pause()
    read(0, 2000)
  }

  /// Writes at the distances from an extent or a node that fit the range of an entry, and that
  /// don't.
  private mutating func spans() {
    if runs.isEmpty {
      let first: UInt64 = element(of: [0, 1 << 33])
      for index in 0..<UInt64(112) { write(first + index * 2, 1) }
      pause()
    }
    reach()
  }

  private mutating func reach() {
    let near = sample(runs.count > 150 ? 24 : 112, of: runs)
    let far = sample(24, of: borders)
    let isUp = chance(2, in: 3)
    for start in near.map(\.lowerBound) + far where isUp {
      let block = start + Self.window - nearlyOne()
      if block < Self.end { write(block, 1) }
    }
    for end in near.map(\.upperBound) + far where !isUp && end > Self.window {
      write(end - Self.window + nearlyOne() - 1, 1)
    }
    readEdges()
    pause()
    for run in sample(3, of: runs) { discard(run.lowerBound, 1) }
  }

  /// 1 most of the time: the range from the other end on is one block too wide then.
  private mutating func nearlyOne() -> UInt64 { UInt64(chance(3, in: 4) ? 1 : index(below: 3)) }

  /// Makes holes in extents of full leaves.
  private mutating func tight() {
    let long = runs.filter { $0.count >= 3 }
    if long.isEmpty { addMixed() }
    for run in sample(6, of: long) {
      let start = run.lowerBound + 1 + UInt64(index(below: run.count - 2))
      let count = UInt64(1 + index(below: Int(run.upperBound - start)))
      let kept = min(count, max(1, run.upperBound - 1 - start))
      if chance(2, in: 3) { discard(start, kept) } else { write(start, kept) }
    }
    readEdges()
    pause()
    for run in sample(3, of: runs) { write(run.lowerBound, 1) }
    for run in sample(2, of: runs) where run.upperBound < Self.end { write(run.upperBound, 1) }
    readEdges()
  }

  private mutating func diskEnd() {
    let (end, most) = (Self.end, UInt64.max)
    write(end - 5, 3)
    write(end - 40, 8)
    write(100, 4)
    pause()
    for _ in 0..<6 {
      let before = UInt64(1 + index(below: 12))
      switch index(below: 5) {
      case 0: write(end - before, before + UInt64(index(below: 8)))
      case 1: write(element(of: [end, end + 100, 1 << 63]), 1 + before)
      case 2: write(most - before, before + 1)
      case 3: read(end - before, UInt64(16 + index(below: 100)))
      default: read(most - before, before + 1)
      }
    }
    pause()
    // The last block is 2^64 - 1: the sum of offset and count needs 65 bits.
    let first: UInt64 = element(of: [end - 4, end - 38, 102, 1, end, most - 5])
    discard(first, most - first + 1)
    read(element(of: [end - 50, 90]), 30)
    readEdges(3)
    pause()
    discard(element(of: [0, 101]), element(of: [end, end + 1, 1 << 63]))
    write(end - 3, element(of: [3, 4, 6]))
    read(end - 8, 20)
  }

  /// Requests over the ends of ranges that can't be wider.
  private mutating func windows() {
    let gaps = zip(borders, borders.dropFirst()).filter { 1...10_000 ~= $1 &- $0 }
    for (border, next) in sample(8, of: Array(gaps)) where border > 10_000 {
      let before: UInt64 = element(of: [1, 10, 2_048, 2_060])
      let behind: UInt64 = element(of: [100, 1, 2_100])
      let count = element(of: [before + next - border + behind, before + 1, before + 2_500])
      write(border - before, count)
      read(border - before, min(count, 2_000))
      if chance(1, in: 3) { discard(border - 1, 2) }
      if chance(1, in: 4) { add(.close) }
    }
    if borders.isEmpty { addMixed() }
    readEdges()
    for run in sample(3, of: runs) { write(run.lowerBound, 1) }
  }

  /// The most blocks between two runs that a request is to reach over.
  private static let mostBetween: UInt64 = 4_000

  /// Requests over what lies between two runs, and over the ends of ranges.
  private mutating func loose() {
    if runs.isEmpty {
      // All leaves are empty. More is written than one of them holds.
      let first = borders.first ?? 0
      for index in 0..<UInt64(element(of: [107, 112, 230])) { write(first + index * 2, 1) }
      pause()
      return reach()
    }
    // The further two runs are apart, the more ranges end between them.
    let gaps = zip(runs, runs.dropFirst()).filter { $0.upperBound < $1.lowerBound }
      .map { $0.upperBound..<$1.lowerBound }
      .filter { $0.count <= Self.mostBetween }
      .sorted { $0.count > $1.count }
    for gap in gaps.prefix(6) + sample(6, of: Array(gaps.dropFirst(6))) {
      let start = gap.lowerBound + UInt64(chance(1, in: 2) ? 0 : index(below: gap.count))
      switch index(below: 4) {
      case 0: discard(start, gap.upperBound - start + 1)
      case 1: write(start, gap.upperBound - start + 1)
      case 2: write(gap.lowerBound, max(1, UInt64(gap.count) - 1))
      default: write(gap.lowerBound, start - gap.lowerBound + 1)
      }
      if chance(1, in: 4) { add(.close) }
    }
    for border in sample(8, of: borders) where border > 3 { write(border - 3, 6) }
    readEdges()
    pause()
    for run in sample(3, of: runs) { write(run.lowerBound, 1) }
  }

  /// Fills a cache whose file cannot have all of its blocks, again and again.
  private mutating func limited() {
    let length: UInt64 = element(of: [4, 8, 30, 64])
    for step in 0..<1400 / length {
      write(step * (length + 1), length)
      if chance(1, in: 16) { write(step * UInt64(index(below: 8)), length) }
    }
    add(.flush)
    for _ in 0..<6 { read(UInt64(index(below: 1400)), 16) }
    discard(UInt64(index(below: 700)), 300)
    add(.close)
    for _ in 0..<12 { write(UInt64(index(below: 3000)), length) }
  }
}
