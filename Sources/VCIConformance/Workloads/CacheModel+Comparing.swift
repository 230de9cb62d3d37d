internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension CacheModel {
  /// What is wrong with a block that is served.
  struct Flaw {
    let kind: TestFailure.Kind
    /// The block that is wrong.
    let block: UInt64
    let expected: String
    let got: String
    /// The bytes that the block must have; `nil` if it must be a miss.
    let right: [UInt8]?
    /// The bytes that came.
    var found: [UInt8] = []

    /// The block, and the first bytes of it that differ.
    var place: FailurePlace {
      let bytes = right.flatMap {
        Matrix.Bytes(of: "block \(block) of the disk", right: $0, found: found)
      }
      return FailurePlace(disk: block..<block + 1, bytes: bytes)
    }
  }

  /// Compares blocks that are served with their newest bytes. `bytes` returns a number of blocks
  /// from a block on. Returns what is wrong, if anything.
  ///
  /// - Complexity: O(*n*) for *n* blocks.
  func flaw(
    of blocks: Range<UInt64>, _ original: SparseBytes?,
    bytes: (_ block: UInt64, _ count: UInt64) -> [UInt8]
  ) -> Flaw? {
    if let missing = firstMissing(in: blocks) {
      return Flaw(
        kind: .foreignData, block: missing,
        expected: "block \(missing) was never written, or was discarded",
        got: "block \(missing) is a hit", right: nil)
    }
    var index = index(after: blocks.lowerBound)
    while index < runs.count, runs[index].offset < blocks.upperBound {
      let run = runs[index].clamped(to: blocks)
      if let flaw = Self.flaw(of: run, original, bytes: bytes) { return flaw }
      index += 1
    }
    return nil
  }

  /// Returns the first block after `block` at which a run or a gap ends.
  func border(after block: UInt64) -> UInt64 {
    let index = index(after: block)
    guard index < runs.count else { return .max }
    return runs[index].offset > block ? runs[index].offset : runs[index].end
  }

  private static let pieceBlocks: UInt64 = 2048

  private static func flaw(
    of run: Run, _ original: SparseBytes?, bytes: (UInt64, UInt64) -> [UInt8]
  ) -> Flaw? {
    var block = run.offset
    while block < run.end {
      let count = min(pieceBlocks, run.end - block)
      let found = bytes(block, count)
      for step in 0..<count {
        let start = Int(step * Format.blockSize)
        guard found.count >= start + Int(Format.blockSize) else {
          return Flaw(
            kind: .wrongBytes, block: block + step, expected: "block \(block + step)",
            got: "the file ends before it", right: self.bytes(of: block + step, run, original),
            found: Array(found.dropFirst(start)))
        }
        switch run.content {
        case .written(let version):
          let right = VersionedBlock(block + step, version: version)
          guard unsafe !right.stands(in: found.span.bytes, at: start) else { continue }
          return Flaw(
            kind: .wrongBytes, block: block + step,
            expected: "block \(block + step) has the bytes written last",
            got: "block \(block + step) has other bytes",
            right: self.bytes(of: block + step, run, original),
            found: Array(found[start..<start + Int(Format.blockSize)]))
        case .original:
          let right = self.bytes(of: block + step, run, original)
          let own = Array(found[start..<start + Int(Format.blockSize)])
          guard own != right else { continue }
          return Flaw(
            kind: .wrongBytes, block: block + step,
            expected: "block \(block + step) as it was at first",
            got: "block \(block + step) has other bytes", right: right, found: own)
        }
      }
      block += count
    }
    return nil
  }

  /// Returns the newest bytes of a block of a run.
  private static func bytes(
    of block: UInt64, _ run: Run, _ original: SparseBytes?
  ) -> [UInt8] {
    switch run.content {
    case .written(let version): VersionedBlock.bytes(of: block, count: 1, version: version)
    case .original(let address):
      original?.bytes(
        at: (address + BlockCount(block - run.offset)).bytes, count: Int(Format.blockSize)) ?? []
    }
  }
}
