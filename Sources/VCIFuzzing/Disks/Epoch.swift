internal import PropertyEngine
internal import VCIFormat

/// What was written between two flushes, sector by sector, and what each sector may hold after a
/// crash. A sector is a block of the file.
package struct Epoch {
  /// A part of a request that a crash can part from the rest: one sector, or the length alone.
  package struct Step {
    /// The index of the sector among those that are touched; `nil` if only the length changes.
    package let sector: Int?
    /// The index of what the sector holds after the step, among its contents.
    package let content: Int
    /// The length of the file after the step, in bytes.
    package let length: Int
  }

  /// A sector that was written.
  package struct Sector {
    /// The block of the file.
    package let block: Int
    package let role: DurableTree.Role
    /// What it may hold, each once: the durable bytes come first.
    package fileprivate(set) var contents: [[UInt8]]
    /// The indices of what it held after each write to it, the durable bytes first.
    package fileprivate(set) var versions = [0]
    /// What it may hold beside the last version, by how many versions there are.
    fileprivate var alternatives: [[Int]?] = []
    /// The mixes in which one byte alone is old, or new, by the version.
    fileprivate var singleBytes: [Int: [Int]] = [:]

    fileprivate mutating func number(of content: [UInt8]) -> Int {
      if let known = contents.firstIndex(of: content) { return known }
      contents.append(content)
      return contents.count - 1
    }
  }

  /// The bytes of the last flush.
  package let durable: [UInt8]
  /// What was written and set, in order.
  package private(set) var steps: [Step] = []
  package private(set) var sectors: [Sector] = []
  /// The length of the file after all steps.
  package private(set) var length: Int
  private let tree: DurableTree
  private var indices: [Int: Int] = [:]

  private static let size = Int(Format.blockSize)
  /// The most sectors of a gap that a growth of the file makes, which are touched by it.
  private static let longestGap = 4096

  /// Makes the epoch that begins with these durable bytes.
  package init(after durable: [UInt8]) {
    self.durable = durable
    length = durable.count
    tree = DurableTree(of: durable)
  }

  /// The bytes after all steps.
  package var whole: [UInt8] {
    var bytes = durable
    if bytes.count > length { bytes.removeLast(bytes.count - length) }
    bytes.append(contentsOf: repeatElement(0, count: length - bytes.count))
    for sector in sectors { sector.latest.put(into: &bytes, at: sector.block * Self.size) }
    return bytes
  }

  /// Adds a write.
  package mutating func write(_ bytes: [UInt8], at offset: Int) {
    if offset > length { setLength(offset) }
    var done = 0
    while done < bytes.count {
      let place = offset + done
      let block = place / Self.size
      let start = place % Self.size
      let count = min(Self.size - start, bytes.count - done)
      let index = touch(block)
      var content = sectors[index].latest
      content.replaceSubrange(start..<start + count, with: bytes[done..<done + count])
      done += count
      length = max(length, offset + done)
      note(content, in: index)
    }
  }

  /// Adds a change of the length.
  package mutating func setLength(_ new: Int) {
    let old = length
    length = new
    let first = min(old, new) / Self.size
    let last = (max(old, new) + Self.size - 1) / Self.size
    if new > old {
      // What lies between the old and the new end may be anything, although it was not written.
      for block in first..<min(last, first + Self.longestGap) where block * Self.size >= old {
        _ = touch(block)
      }
      steps.append(Step(sector: nil, content: 0, length: new))
      return
    }
    steps.append(Step(sector: nil, content: 0, length: new))
    for block in first..<last {
      let index = touch(block)
      let kept = max(0, min(Self.size, new - block * Self.size))
      var content = sectors[index].latest
      for byte in kept..<Self.size { content[byte] = 0 }
      note(content, in: index)
    }
  }

  private mutating func note(_ content: [UInt8], in index: Int) {
    let number = sectors[index].number(of: content)
    if number != sectors[index].versions.last { sectors[index].versions.append(number) }
    steps.append(Step(sector: index, content: number, length: length))
  }

  private mutating func touch(_ block: Int) -> Int {
    if let known = indices[block] { return known }
    let start = block * Self.size
    var content = [UInt8](repeating: 0, count: Self.size)
    if start < durable.count {
      let held = durable[start..<min(durable.count, start + Self.size)]
      content.replaceSubrange(0..<held.count, with: held)
    }
    // Past the old end of the file there is nothing durable.
    let role = start < durable.count ? tree.role(of: block) : .free
    indices[block] = sectors.count
    sectors.append(Sector(block: block, role: role, contents: [content]))
    return sectors.count - 1
  }
}

extension Epoch.Sector {
  /// What it holds if everything reaches the disk.
  package var latest: [UInt8] { contents[versions[versions.count - 1]] }
}

/// What a missing sector holds.
extension Epoch {
  /// Returns what the sector with this index may hold in place of its version `version`, by the
  /// disk model.
  package mutating func alternatives(of index: Int, to version: Int) -> [Int] {
    if version < sectors[index].alternatives.count,
      let known = sectors[index].alternatives[version]
    {
      return known
    }
    let made = sectors[index].makeAlternatives(to: version)
    while sectors[index].alternatives.count <= version { sectors[index].alternatives.append(nil) }
    sectors[index].alternatives[version] = made
    return made
  }

  /// Returns more of what it may hold, beside the alternatives: mixes of old and new bytes in which
  /// one byte that differs is old and all others are new, and the other way round. At most four
  /// bytes are single so, in equal steps where more differ.
  package mutating func singleBytes(of index: Int, to version: Int) -> [Int] {
    guard sectors[index].role == .named else { return [] }
    if let known = sectors[index].singleBytes[version] { return known }
    let known = alternatives(of: index, to: version)
    let made = sectors[index].makeSingleBytes(to: version, beside: known)
    sectors[index].singleBytes[version] = made
    return made
  }
}

extension Epoch.Sector {
  /// The stream from which mixes and foreign bytes are drawn.
  private static let stream = RandomStream(rawValue: 0x6372_6173_6865_73)
  /// Of so many bytes that differ every mix is made.
  private static let fewBytes = 2
  /// Of more, so many at most are old alone, and new alone.
  private static let mostSingleBytes = 4

  fileprivate mutating func makeAlternatives(to version: Int) -> [Int] {
    let (old, new) = (contents[0], contents[versions[version]])
    var made = versions[..<version].map { $0 }
    switch role {
    case .atomic: break
    case .named: made += mixes(of: old, new).map { number(of: $0) }
    case .free: made += anything(old, new).map { number(of: $0) }
    }
    return others(made, than: [versions[version]])
  }

  fileprivate mutating func makeSingleBytes(to version: Int, beside known: [Int]) -> [Int] {
    let (old, new) = (contents[0], contents[versions[version]])
    let differing = old.indices.filter { old[$0] != new[$0] }
    guard differing.count > Self.fewBytes else { return [] }
    let single = min(differing.count, Self.mostSingleBytes)
    let made = (0..<single).map { $0 * differing.count / single }.flatMap { position in
      [
        mix(old, new, differing) { $0 == position }, mix(old, new, differing) { $0 != position },
      ]
    }
    return others(made.map { number(of: $0) }, than: known + [versions[version]])
  }

  /// Returns the numbers, each once, but for those that are known.
  private func others(_ numbers: [Int], than known: [Int]) -> [Int] {
    var kept: [Int] = []
    for number in numbers where !known.contains(number) && !kept.contains(number) {
      kept.append(number)
    }
    return kept
  }

  /// Returns mixes of old and new bytes: of few bytes that differ all, of many the two halves of
  /// those, each with the other half of the old ones, and one by chance.
  private func mixes(of old: [UInt8], _ new: [UInt8]) -> [[UInt8]] {
    let differing = old.indices.filter { old[$0] != new[$0] }
    if differing.count <= Self.fewBytes {
      return (0..<1 << differing.count).map { choice in
        mix(old, new, differing) { choice >> $0 & 1 == 1 }
      }
    }
    let half = differing.count / 2
    var random = RandomSource(seed: 1, index: UInt64(block), stream: Self.stream)
    let chance = differing.map { _ in random.next() % 2 == 0 }
    return [
      mix(old, new, differing) { $0 < half }, mix(old, new, differing) { $0 >= half },
      mix(old, new, differing) { chance[$0] },
    ]
  }

  private func mix(
    _ old: [UInt8], _ new: [UInt8], _ differing: [Int], isNew: (Int) -> Bool
  ) -> [UInt8] {
    var mixed = old
    for (position, byte) in differing.enumerated() where isNew(position) {
      mixed[byte] = new[byte]
    }
    return mixed
  }

  /// Returns what a sector that nothing protects may hold: torn in either way, zeros, foreign
  /// bytes.
  private func anything(_ old: [UInt8], _ new: [UInt8]) -> [[UInt8]] {
    let half = old.count / 2
    var random = RandomSource(seed: 2, index: UInt64(block), stream: Self.stream)
    return [
      old, Array(new[..<half] + old[half...]), Array(old[..<half] + new[half...]),
      [UInt8](repeating: 0, count: old.count),
      old.map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) },
    ]
  }
}

extension [UInt8] {
  /// Copies these bytes into `target` from `start` on, as far as it reaches.
  package func put(into target: inout [UInt8], at start: Int) {
    guard start < target.count else { return }
    let fitting = Swift.min(count, target.count - start)
    target.withMutableBytes { span in
      unsafe span.copy(self.span.bytes.extracting(0..<fitting), to: start)
    }
  }
}
