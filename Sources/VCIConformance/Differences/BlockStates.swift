internal import VCICorpus
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// What the blocks of a read are, block by block, neighbours that are alike joined.
struct BlockStates {
  private(set) var runs: [ImageAnswer.BlockRun] = []
  private let image: SparseBytes

  private static let pieceBlocks: UInt64 = 128

  init(_ image: SparseBytes) { self.image = image }

  /// Adds blocks that follow those before.
  mutating func add(_ blocks: Range<UInt64>, _ state: ImageAnswer.BlockState) {
    guard !blocks.isEmpty else { return }
    guard let last = runs.last, last.blocks.upperBound == blocks.lowerBound else {
      return runs.append(.init(blocks: blocks, state: state))
    }
    let joined = last.blocks.lowerBound..<blocks.upperBound
    switch (last.state, state) {
    case (.servedOthers(let one), .servedOthers(let other)):
      let sum = Zlib.crc32(Array("\(other)".utf8), from: one)
      runs[runs.count - 1] = .init(blocks: joined, state: .servedOthers(sum))
    case let (one, other) where one == other: runs[runs.count - 1].blocks = joined
    default: runs.append(.init(blocks: blocks, state: state))
    }
  }

  /// Takes the last state for the blocks up to `end`.
  mutating func extend(to end: UInt64) {
    guard let last = runs.last, last.blocks.upperBound < end else { return }
    add(last.blocks.upperBound..<end, last.state)
  }

  /// Adds an answer to a read of `blocks`, the bytes of which are in `file`. Returns the block
  /// behind the last one; `nil` if the answer is not one to this read.
  mutating func add(
    _ answer: [PortAnswer.Run], of blocks: Range<UInt64>, _ file: WorkFile,
    _ segments: [AllowedSegment]
  ) -> UInt64? {
    var next = blocks.lowerBound
    for run in answer {
      guard run.block == next, run.count > 0, run.count <= blocks.upperBound - next else {
        return nil
      }
      let end = next + run.count
      if run.isHit {
        addServed(next..<end, file, from: blocks.lowerBound, segments)
      } else {
        add(next..<end, .missed)
      }
      next = end
    }
    return next > blocks.lowerBound ? next : nil
  }

  /// Adds blocks that were served, each by what its bytes are.
  private mutating func addServed(
    _ blocks: Range<UInt64>, _ file: WorkFile, from first: UInt64, _ segments: [AllowedSegment]
  ) {
    var next = blocks.lowerBound
    for segment in segments {
      let end = segment.block.rawValue + segment.count.rawValue
      guard end > next, next < blocks.upperBound else { continue }
      let part = next..<min(end, blocks.upperBound)
      addServed(part, file, from: first, segment)
      next = part.upperBound
    }
    if next < blocks.upperBound { add(next..<blocks.upperBound, .servedOthers(0)) }
  }

  private mutating func addServed(
    _ blocks: Range<UInt64>, _ file: WorkFile, from first: UInt64, _ segment: AllowedSegment
  ) {
    var next = blocks.lowerBound
    while next < blocks.upperBound {
      // Of blocks that must not be served there are as many as a program says.
      if segment.address == nil, next - blocks.lowerBound >= Self.pieceBlocks {
        return add(next..<blocks.upperBound, .servedOthers(0))
      }
      let count = min(Self.pieceBlocks, blocks.upperBound - next)
      let bytes = Int(count * Format.blockSize)
      let found = file.bytes(at: (next - first) * Format.blockSize, count: bytes)
      let right = segment.address.map {
        image.bytes(
          at: ($0 + BlockCount(next - segment.block.rawValue)).bytes, count: bytes)
      }
      if found == right {
        add(next..<next + count, .served)
      } else {
        addOneByOne(next, count, found, right)
      }
      next += count
    }
  }

  private mutating func addOneByOne(
    _ first: UInt64, _ count: UInt64, _ found: [UInt8], _ right: [UInt8]?
  ) {
    let size = Int(Format.blockSize)
    for step in 0..<Int(count) {
      let part = found.dropFirst(step * size).prefix(size)
      let own = right?.dropFirst(step * size).prefix(size)
      let block = first + UInt64(step)
      let isOwn = part.count == size && own.map { $0.elementsEqual(part) } ?? false
      add(block..<block + 1, isOwn ? .served : .servedOthers(Zlib.crc32(Array(part))))
    }
  }
}
