internal import VCIFormat

extension SparseBytes {
  /// The bytes of those of the file's blocks that hold a byte other than zero.
  ///
  /// - Complexity: O(*n*) for *n* kept bytes.
  package var bytesOutsideHoles: UInt64 {
    let kept = BlockRuns(
      pieces.map { piece in
        let first = piece.offset / Format.blockSize
        let end = piece.end / Format.blockSize + (piece.end % Format.blockSize > 0 ? 1 : 0)
        return BlockRange(BlockAddress(first), BlockCount(end - first))
      }
    ).below(size / Format.blockSize + 1)
    // No block of the data pattern is all zeros.
    let pattern = BlockRuns(data).below(size / Format.blockSize + 1).subtracting(kept)
    return pattern.reduce(0) { $0 + bytes(of: $1) } + kept.runs.reduce(0) { $0 + usedBytes(of: $1) }
  }

  /// Returns the bytes of `run`, as far as they lie in the file.
  private func bytes(of run: BlockRuns.Run) -> UInt64 {
    let (start, end) = (BlockAddress(run.lowerBound), BlockAddress(run.upperBound))
    return min(end.bytes, size) - min(start.bytes, size)
  }

  /// Returns the bytes of those blocks of `run` that hold a byte other than zero.
  private func usedBytes(of run: BlockRuns.Run) -> UInt64 {
    var used: UInt64 = 0
    var block = run.lowerBound
    while block < run.upperBound {
      let next = min(run.upperBound, block + 128)
      let piece = bytes(
        at: BlockAddress(block).bytes, count: Int(BlockCount(next - block).bytes))
      for index in 0..<Int(next - block) {
        let range = index * 512..<(index + 1) * 512
        if unsafe piece.span.bytes.firstNonZero(in: range) != nil {
          used += bytes(of: block + UInt64(index)..<block + UInt64(index) + 1)
        }
      }
      block = next
    }
    return used
  }
}
