public import VCIFormat

/// The outcome of a read.
public enum ReadAnswer: Hashable, Sendable {
  /// So many blocks, at least one, are cached and are in the buffer.
  case hit(BlockCount)
  /// So many blocks from the requested one on, at least one, are not cached.
  case miss(BlockCount)
}

extension CacheImage {
  /// Reads up to `count` blocks from disk block `offset` on into `buffer` (VCI-RD-006).
  ///
  /// A hit fills the first blocks of the buffer, all from one extent. A miss tells how many blocks
  /// from `offset` on are not cached; blocks from 2^54 on never are. The first search that reaches
  /// a node reads it and requires its rules: the nodes on the way to `offset`, and for a miss the
  /// nodes after them, as far as `count` reaches. In nodes that were read before, a hit takes O(log
  /// n) steps for n extents. In an image that is open for writing, the extent of a hit becomes the
  /// most recently used one.
  ///
  /// - Throws: `ImageError.violation` if a node on the way to `offset`, or the extent that holds
  ///   it, is damaged (VCI-RD-004); `.closed`, `.emptyRequest`, `.shortBuffer`, `.informationOnly`,
  ///   `.fileShrank`, `.storage`.
  public func read(
    offset: BlockOffset, count: BlockCount, into buffer: inout MutableRawSpan
  ) throws(ImageError) -> ReadAnswer {
    try validateReadable(count)
    guard UInt64(buffer.byteCount) >= count.bytes else {
      throw .shortBuffer(needed: count.bytes, given: buffer.byteCount)
    }
    let (answer, source) = try answer(from: offset, count)
    switch answer {
    case .miss(let missing): return .miss(missing)
    case .hit(let stored):
      do throws(ImageError) {
        try Self.deliver(stored, of: source, into: &buffer)
      } catch {
        try Faults.dataNotRead(error)
      }
      return .hit(stored.count)
    }
  }

  /// Returns what a read of `count` blocks from `offset` on would return, without reading them, so
  /// that they need not fit into memory.
  ///
  /// - Throws: as `read`, but for `.shortBuffer`.
  public func locate(
    offset: BlockOffset, count: BlockCount
  ) throws(ImageError) -> ReadAnswer {
    try validateReadable(count)
    switch try answer(from: offset, count).answer {
    case .miss(let missing): return .miss(missing)
    case .hit(let stored): return .hit(stored.count)
    }
  }

  /// Returns the extent that holds disk block `block`, or else the first one after it; `nil` if
  /// there is none.
  ///
  /// - Throws: `ImageError.violation` if a node on the way, or the extent, is damaged, `.closed`,
  ///   `.informationOnly`, `.fileShrank`, `.storage`.
  public func nextExtent(from block: BlockOffset) throws(ImageError) -> Extent? {
    guard block < Format.diskEnd else { return nil }
    let tree: StoredTree
    switch state {
    case .reading(let open): tree = open
    case .writing(let writer): return writer.nextExtent(from: block)
    case .information: throw .informationOnly
    case .closed: throw .closed
    }
    switch try tree.first(from: block, before: Format.diskEnd) {
    case nil: return nil
    case .damage(let violation, from: _): throw .violation(violation)
    case .extent(let found):
      try tree.requireServable(found)
      return found.extent
    }
  }

  /// The answer to a request for `count` blocks, and the source that has the blocks.
  private func answer(
    from offset: BlockOffset, _ count: BlockCount
  ) throws(ImageError) -> (answer: StoredTree.Answer, source: any ByteSource) {
    switch state {
    case .closed: throw .closed
    case .information: throw .informationOnly
    case .reading(let tree): return (try tree.answer(from: offset, count), tree.source)
    case .writing(let writer): return (writer.answer(from: offset, count), writer.storage)
    }
  }

  private func validateReadable(_ count: BlockCount) throws(ImageError) {
    switch state {
    case .closed: throw .closed
    case .information: throw .informationOnly
    case .reading, .writing: break
    }
    guard count.rawValue > 0 else { throw .emptyRequest }
  }

  /// Reads the blocks `stored` into the first blocks of the buffer.
  private static func deliver(
    _ stored: BlockRange, of source: any ByteSource, into buffer: inout MutableRawSpan
  ) throws(ImageError) {
    let start = Faults.position(of: stored.first)
    var part = buffer._mutatingExtracting(0..<Int(stored.count.bytes))
    let read = try asImageError(try source.read(at: start, into: &part))
    guard read == part.byteCount else { throw .fileShrank(atByte: start &+ UInt64(read)) }
  }
}
