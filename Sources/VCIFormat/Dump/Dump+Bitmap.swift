extension Dump {
  /// Dumps the runs of set bits in the bitmap from byte `start` to byte `end`, or to the file's
  /// end. Holes are skipped.
  func writeRuns(from start: UInt64, to end: UInt64) throws(StorageError) {
    let end = min(end, try source.byteCount())
    var runs = BitRuns(start: start)
    var place = start
    while place < end, runs.found.count <= Self.mostRuns {
      guard let data = try source.nextData(from: place), data < end else { break }
      if data > place { runs.skip(to: data) }
      let piece = try bytes(at: data, count: Int(min(end - data, 1 << 16)))
      guard !piece.isEmpty else { break }
      runs.take(piece, limit: Self.mostRuns)
      place = data + UInt64(piece.count)
    }
    runs.skip(to: place)
    for run in runs.found.prefix(Self.mostRuns) { write(run) }
    if runs.found.isEmpty { note("bitmap: no bit is set") }
    if runs.found.count > Self.mostRuns {
      note(
        "bitmap: the runs from block \(runs.found[Self.mostRuns].first) on are not shown, "
          + "only the \(Self.mostRuns) before it")
    }
  }

  private func write(_ run: BitRuns.Run) {
    let last = run.first + (run.count - 1)
    line(
      .bytes(
        DumpedBytes(
          offset: run.offset, bytes: [run.byte], length: 1, path: "bitmap[\(run.first)]",
          value: run.count == 1 ? "\(run.first)" : "\(run.first) to \(last)",
          meaning: run.count == 1 ? "1 block is allocated" : "\(run.count) blocks are allocated")))
  }
}

/// Finds runs of set bits in a bitmap that is read in pieces.
private struct BitRuns {
  struct Run {
    /// The byte of the file that has the first bit, and its value.
    let offset: UInt64
    let byte: UInt8
    let first: UInt64
    var count: UInt64
  }

  /// The runs so far; the last one may be continued.
  private(set) var found: [Run] = []
  private var isInside = false
  private let start: UInt64
  private var place: UInt64

  init(start: UInt64) {
    self.start = start
    place = start
  }

  /// Skips zeros up to byte `place` of the file.
  mutating func skip(to place: UInt64) {
    if place > self.place { isInside = false }
    self.place = place
  }

  /// Takes the next bytes; stops after `limit` runs.
  mutating func take(_ bytes: [UInt8], limit: Int) {
    for byte in bytes {
      if byte == 0xff, isInside {
        found[found.count - 1].count += 8
      } else if byte == 0 {
        isInside = false
      } else {
        take(byte)
        if found.count > limit { return }
      }
      place += 1
    }
  }

  private mutating func take(_ byte: UInt8) {
    for bit in 0..<8 as Range<UInt64> {
      let isSet = byte >> UInt8(bit) & 1 == 1
      if isSet, isInside {
        found[found.count - 1].count += 1
      } else if isSet {
        let first = (place - start) * 8 + bit
        found.append(Run(offset: place, byte: byte, first: first, count: 1))
      }
      isInside = isSet
    }
  }
}
