internal import VCIFormat
package import VCIFuzzing
internal import VCIReference

/// What the last writer of an image asked of the disk before it was ended, and the machine went on:
/// all read it, and it is not durable until somebody flushes the file.
package struct InheritedWork: Sendable {
  /// The bytes that are durable, and what was asked for behind them.
  package let trace: DiskTrace
  /// What the durable bytes have cached: versions by block.
  let cached: [UInt64: UInt32]

  /// Makes the work of a writer that was ended before the last flush of `events`, whose blocks have
  /// these versions at most; `nil` if there is no flush, or the durable bytes are no image.
  init?(
    endedBeforeLastFlushOf events: ArraySlice<DiskTrace.Event>, on initial: [UInt8],
    versions: Set<UInt32>
  ) {
    guard let last = events.lastIndex(of: .flush) else { return nil }
    let before = events[..<last]
    let unflushed = before.lastIndex(of: .flush).map { $0 + 1 } ?? before.startIndex
    var work = DiskTrace(of: before[..<unflushed].reduce(into: initial) { $1.apply(to: &$0) })
    for event in before[unflushed...] where event.isRequest { work.append(event) }
    guard let cached = Self.cached(in: work.initial, versions.sorted()) else { return nil }
    self.trace = work
    self.cached = cached
  }

  /// Returns the version of each block that an image has cached; `nil` if it is none.
  private static func cached(in bytes: [UInt8], _ versions: [UInt32]) -> [UInt64: UInt32]? {
    guard let image = try? CacheImage.open(MemoryStorage(bytes), purpose: .reading),
      let pieces = try? ObservedCache.pieces(of: image)
    else { return nil }
    var cached: [UInt64: UInt32] = [:]
    for piece in pieces {
      for index in 0..<piece.count {
        let (block, start) = (piece.offset + index, Int((piece.address + index) * Format.blockSize))
        cached[block] = versions.first {
          unsafe VersionedBlock(block, version: $0).stands(in: bytes.span.bytes, at: start)
        }
      }
    }
    return cached
  }
}

extension DiskTrace.Event {
  /// Whether it asks something of the disk.
  fileprivate var isRequest: Bool {
    switch self {
    case .write, .setLength, .flush: true
    case .begin, .end: false
    }
  }
}
