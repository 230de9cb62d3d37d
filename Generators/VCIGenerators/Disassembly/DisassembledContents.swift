internal import VCIFormat

/// Collects the contents of an image: bytes outside its metadata that are not those of its plan.
struct DisassembledContents {
  private let image: ImageReader
  /// The blocks of the plan's data pattern.
  private let data: BlockRuns
  /// Ascending.
  private(set) var contents: [RecipeContent] = []
  /// The number of bytes that may still be kept.
  private(set) var budget: UInt64

  init(_ image: ImageReader, data: [BlockRange], budget: UInt64) {
    self.image = image
    self.data = BlockRuns(data)
    self.budget = budget
  }

  private static let chunkBytes: UInt64 = 1 << 16

  /// Adds the contents of a range that begins with a block.
  mutating func collect(_ range: Range<UInt64>) throws(DisassemblyError) {
    var next = range.lowerBound
    while next < range.upperBound {
      let found = try image.nextData(from: next) ?? range.upperBound
      let start = min(max(next, found / 512 * 512), range.upperBound)
      try addHole(next..<start)
      let count = min(Self.chunkBytes, range.upperBound - start)
      let bytes = try image.bytes(at: start, Int(count))
      for offset in stride(from: 0, to: bytes.count, by: 512) {
        let block = offset..<min(offset + 512, bytes.count)
        try addBlock(bytes, block, at: start + UInt64(offset))
      }
      next = start + count
    }
  }

  /// Adds a hole for each part of the range in which the plan has data.
  private mutating func addHole(_ range: Range<UInt64>) throws(DisassemblyError) {
    let blocks = range.lowerBound / 512..<(range.upperBound + 511) / 512
    var block = blocks.lowerBound
    while let first = data.first(from: block), first < blocks.upperBound {
      let end = data.firstMissing(in: first..<blocks.upperBound) ?? blocks.upperBound
      let bytes = first * 512..<min(end * 512, image.size)
      try add(.fill(offset: bytes.lowerBound, count: UInt64(bytes.count), byte: 0))
      block = end
    }
  }

  /// Adds the block that is `range` of `chunk`.
  private mutating func addBlock(
    _ chunk: [UInt8], _ range: Range<Int>, at offset: UInt64
  ) throws(DisassemblyError) {
    let isData = data.contains(offset / 512)
    if unsafe chunk.span.bytes.firstNonZero(in: range) == nil {
      if isData { try add(.fill(offset: offset, count: UInt64(range.count), byte: 0)) }
      return
    }
    let bytes = chunk[range]
    if Self.isPattern(bytes, at: offset) {
      if isData { return }
      if bytes.count == 512 { return try add(.pattern(offset: offset, count: 512)) }
    }
    if let first = bytes.first, bytes.allSatisfy({ $0 == first }) {
      return try add(.fill(offset: offset, count: UInt64(bytes.count), byte: first))
    }
    for row in stride(from: bytes.startIndex, to: bytes.endIndex, by: Disassembly.rowBytes) {
      let part = bytes[row..<min(row + Disassembly.rowBytes, bytes.endIndex)]
      guard isData || part.contains(where: { $0 != 0 }) else { continue }
      try add(.bytes(offset: offset + UInt64(row - bytes.startIndex), Array(part)))
    }
  }

  private static func isPattern(_ bytes: ArraySlice<UInt8>, at offset: UInt64) -> Bool {
    let pattern = [UInt8](zeros: bytes.count) {
      DataPattern.fill(&$0, 0..<bytes.count, from: offset)
    }
    return pattern[...] == bytes
  }

  /// Adds a content. It becomes a part of the previous one if both touch and are of the same kind.
  private mutating func add(_ content: RecipeContent) throws(DisassemblyError) {
    var joined = content
    if let last = contents.last, last.offset + last.count == content.offset {
      switch (last, content) {
      case (.fill(let offset, let count, let byte), .fill(_, let more, let other))
      where byte == other:
        joined = .fill(offset: offset, count: count + more, byte: byte)
        contents.removeLast()
      case (.pattern(let offset, let count), .pattern(_, let more)):
        joined = .pattern(offset: offset, count: count + more)
        contents.removeLast()
      default: break
      }
    }
    // A line has a cost too, so that the number of lines is bounded.
    let cost = content.keptBytes + 16
    guard cost < budget else { throw .tooLarge }
    budget -= cost
    contents.append(joined)
  }
}
