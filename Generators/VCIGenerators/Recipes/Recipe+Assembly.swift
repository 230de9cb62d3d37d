internal import VCIFormat

extension Recipe {
  /// Makes the image: encodes the plan, writes the contents, applies the edits.
  ///
  /// - Precondition: the plan's parts do not overlap, as in every recipe that was parsed.
  package func image() -> EditableImage {
    var image: EditableImage
    switch base {
    case .plan(let plan): image = EditableImage(plan)
    case .hole(let size): image = EditableImage(hole: size)
    }
    writeContents(to: &image.bytes)
    for edit in edits { image.apply(edit) }
    return image
  }

  /// Writes the contents.
  private func writeContents(to bytes: inout SparseBytes) {
    guard !contents.isEmpty else { return }
    bytes.setData(patternRanges)
    for content in contents {
      switch content {
      case .bytes(let offset, let new): bytes.write(new, at: offset)
      case .fill(let offset, let count, let byte):
        for piece in Self.writtenRanges(offset, count, byte) {
          bytes.write([UInt8](repeating: byte, count: piece.count), at: piece.lowerBound)
        }
      case .pattern: break
      }
    }
  }

  /// The ranges of a fill that are written: all of it, but of zeros only the parts of blocks, as
  /// whole blocks are a hole.
  private static func writtenRanges(
    _ offset: UInt64, _ count: UInt64, _ byte: UInt8
  ) -> [Range<UInt64>] {
    let all = offset..<offset + count
    guard byte == 0 else { return [all] }
    let blocks = wholeBlocks(of: all)
    guard !blocks.isEmpty else { return [all] }
    return [offset..<blocks.lowerBound * 512, blocks.upperBound * 512..<all.upperBound]
      .filter { !$0.isEmpty }
  }

  /// The whole blocks in a range of bytes.
  private static func wholeBlocks(of bytes: Range<UInt64>) -> Range<UInt64> {
    let first = (bytes.lowerBound + 511) / 512
    return first..<max(first, bytes.upperBound / 512)
  }

  /// The most bytes that the image has outside of holes: the data pattern within the file, and each
  /// block that the plan or the contents keep.
  package var writtenBytes: UInt64 {
    var size: UInt64
    switch base {
    case .plan(let plan): size = plan.size
    case .hole(let bytes): size = bytes
    }
    for case .resize(let bytes) in edits { size = bytes }
    var moved: UInt64 = 0
    for case .move(let path, _) in edits {
      // The file grows with what moves to its end.
      size = .max
      if case .extent = path { moved += Self.movedDataLimit * Format.blockSize }
    }
    let blocks = size / Format.blockSize + (size % Format.blockSize > 0 ? 1 : 0)
    let pattern = BlockRuns(patternRanges).count(below: blocks)
    var kept = moved + (plan?.keptBytes ?? 0)
    var next: UInt64 = 0
    for content in contents where content.keptBytes > 0 {
      let first = max(next, content.offset / Format.blockSize)
      next = max(next, (content.offset + content.count + Format.blockSize - 1) / Format.blockSize)
      kept += (next - min(first, next)) * Format.blockSize
    }
    return pattern * Format.blockSize + kept
  }

  /// The blocks that follow the data pattern.
  private var patternRanges: [BlockRange] {
    var ranges = plan?.patternBlocks ?? []
    var holes: [BlockRange] = []
    for content in contents {
      let range = BlockRange(
        Self.wholeBlocks(of: content.offset..<content.offset + content.count))
      switch content {
      case .fill(_, _, 0): holes.append(range)
      case .pattern: ranges.append(range)
      case .bytes, .fill: break
      }
    }
    return BlockRuns(ranges).subtracting(BlockRuns(holes)).map { BlockRange($0) }
  }
}
