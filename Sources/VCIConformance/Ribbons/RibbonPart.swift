internal import VCIFormat
internal import VCIGenerators

/// Blocks of a ribbon that are alike.
struct RibbonPart: Hashable {
  /// At least one.
  var blocks: Range<UInt64>
  var role: Matrix.Run.Role
  /// Where the first block lies in the other ribbon; `nil` if it does not.
  var other: UInt64?
  /// What blocks that are wrong are beside.
  var of: Matrix.Run.Role?

  init(_ blocks: Range<UInt64>, _ role: Matrix.Run.Role, at other: UInt64? = nil) {
    (self.blocks, self.role, self.other) = (blocks, role, other)
  }

  /// Returns the part of these blocks, which are some of its own.
  func part(_ blocks: Range<UInt64>) -> RibbonPart {
    var part = self
    part.blocks = blocks
    // An address from a file may be any.
    part.other = other.map { $0 &+ (blocks.lowerBound - self.blocks.lowerBound) }
    return part
  }

  /// The part as a matrix has it.
  var run: Matrix.Run {
    Matrix.Run(
      block: "\(blocks.lowerBound)", count: "\(blocks.upperBound - blocks.lowerBound)",
      role: role, other: other.map { "\($0)" }, of: of)
  }

  /// Returns one run in place of others that follow each other.
  ///
  /// - Precondition: there is one.
  static func more(_ parts: ArraySlice<RibbonPart>) -> Matrix.Run {
    guard let first = parts.first, let last = parts.last else {
      preconditionFailure("no parts are left out")
    }
    return Matrix.Run(
      block: "\(first.blocks.lowerBound)",
      count: "\(last.blocks.upperBound - first.blocks.lowerBound)", role: .more,
      runs: parts.count)
  }
}

extension RibbonPart {
  /// Returns what the disk has, as reads must find it, and the gaps, up to the last extent, and to
  /// block `end` at least. None if an open must be refused.
  static func disk(_ reads: ReadForecast?, reaching end: UInt64) -> [RibbonPart] {
    guard let reads else { return end > 0 ? [RibbonPart(0..<end, .missing)] : [] }
    var addresses = reads.extents.lazy.map(\.address.rawValue).makeIterator()
    var parts: [RibbonPart] = []
    var next: UInt64 = 0
    for index in 0..<reads.count {
      let run = reads.run(index)
      let address = run.isDamaged ? nil : addresses.next()
      // Ranges of damaged nodes may overlap others.
      let start = max(next, run.offset.rawValue)
      guard start < run.end.rawValue else { continue }
      if start > next { parts.append(RibbonPart(next..<start, .missing)) }
      let whole = RibbonPart(
        run.offset.rawValue..<run.end.rawValue, run.isDamaged ? .damaged : .cached, at: address)
      parts.append(whole.part(start..<run.end.rawValue))
      next = run.end.rawValue
    }
    if next < end { parts.append(RibbonPart(next..<end, .missing)) }
    return parts
  }

  /// Returns the parts with those blocks apart that are in one of the ranges: they are wrong.
  ///
  /// - Complexity: O(*n* + *m* log *m*) for *n* parts and *m* ranges.
  static func marked(_ parts: [RibbonPart], wrong ranges: [Range<UInt64>]) -> [RibbonPart] {
    let ranges = ranges.union()
    guard !ranges.isEmpty else { return parts }
    var marked: [RibbonPart] = []
    var first = 0
    for part in parts {
      while first < ranges.count, ranges[first].upperBound <= part.blocks.lowerBound { first += 1 }
      var (index, next) = (first, part.blocks.lowerBound)
      while index < ranges.count, ranges[index].lowerBound < part.blocks.upperBound {
        let wrong = ranges[index].clamped(to: part.blocks)
        if next < wrong.lowerBound { marked.append(part.part(next..<wrong.lowerBound)) }
        var piece = part.part(wrong)
        (piece.role, piece.of) = (.wrong, part.role)
        marked.append(piece)
        next = wrong.upperBound
        index += 1
      }
      if next < part.blocks.upperBound {
        marked.append(part.part(next..<part.blocks.upperBound))
      }
    }
    return marked
  }
}
