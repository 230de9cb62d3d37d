internal import VCIFormat

extension Recipe {
  /// The image: the plan laid out, the contents put into it, the edits applied.
  ///
  /// A recipe that was parsed never fails.
  ///
  /// - Precondition: the plan's parts do not overlap.
  public func image() -> EditableImage {
    var image: EditableImage
    switch base {
    case .plan(let plan): image = EditableImage(plan)
    case .hole(let size): image = EditableImage(hole: size)
    }
    image.changeData { put(into: &$0) }
    for edit in edits { image.apply(edit) }
    return image
  }

  /// Puts the contents into the image.
  private func put(into bytes: inout SparseBytes) {
    guard !contents.isEmpty else { return }
    bytes.setData(patternRanges)
    for content in contents {
      switch content {
      case .bytes(let offset, let new): bytes.write(new, at: offset)
      case .fill(let offset, let count, let byte):
        for piece in Self.written(offset, count, byte) {
          bytes.write([UInt8](repeating: byte, count: piece.count), at: piece.lowerBound)
        }
      case .pattern: break
      }
    }
  }

  /// The bytes of a fill that are written: all of them, but for the whole blocks of a hole.
  private static func written(
    _ offset: UInt64, _ count: UInt64, _ byte: UInt8
  ) -> [Range<UInt64>] {
    let all = offset..<offset + count
    guard byte == 0 else { return [all] }
    let blocks = wholeBlocks(of: all)
    guard !blocks.isEmpty else { return [all] }
    return [offset..<blocks.lowerBound * 512, blocks.upperBound * 512..<all.upperBound]
      .filter { !$0.isEmpty }
  }

  /// The whole blocks that lie in a range of bytes.
  private static func wholeBlocks(of bytes: Range<UInt64>) -> Range<UInt64> {
    let first = (bytes.lowerBound + 511) / 512
    return first..<max(first, bytes.upperBound / 512)
  }

  /// How many bytes the image has outside of holes, at most: those of the data pattern that its file
  /// holds, and a block for each that its plan or its contents keep.
  public var writtenBytes: UInt64 {
    var size: UInt64
    switch base {
    case .plan(let plan): size = plan.size
    case .hole(let bytes): size = bytes
    }
    for case .resize(let bytes) in edits { size = bytes }
    let blocks = size / Format.blockSize + (size % Format.blockSize > 0 ? 1 : 0)
    let pattern = BlockRuns(patternRanges).count(below: blocks)
    var kept = plan?.keptBytes ?? 0
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
    var ranges = plan?.extents.map(\.data) ?? []
    var holes: [BlockRange] = []
    for content in contents {
      let blocks = Self.wholeBlocks(of: content.offset..<content.offset + content.count)
      let range = BlockRange(
        BlockAddress(blocks.lowerBound), BlockCount(blocks.upperBound - blocks.lowerBound))
      switch content {
      case .fill(_, _, 0): holes.append(range)
      case .pattern: ranges.append(range)
      case .bytes, .fill: break
      }
    }
    return BlockRuns(ranges).subtracting(BlockRuns(holes)).map {
      BlockRange(BlockAddress($0.lowerBound), BlockCount($0.upperBound - $0.lowerBound))
    }
  }
}
