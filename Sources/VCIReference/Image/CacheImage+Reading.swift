public import VCIFormat

/// What a read delivers.
public enum ReadAnswer: Hashable, Sendable {
  /// This many blocks, at least one, are cached and stand in the buffer.
  case hit(BlockCount)
  /// This many blocks from here on, at least one, are not cached.
  case miss(BlockCount)
}

extension CacheImage {
  /// Reads up to `count` blocks from disk block `offset` on into `buffer` (VCI-RD-006).
  ///
  /// A hit fills the buffer's first blocks, all of one extent. A miss says how many blocks from
  /// here on are not cached; blocks from 2^54 on never are. Nodes that a search comes to for the
  /// first time are read and judged: those on the way to `offset`, and for a miss those behind, as
  /// far as `count` reaches. In nodes that are known a hit takes a number of steps that grows with
  /// the logarithm of the extents. Where the image is open for writing, the extent of a hit is noted as
  /// used.
  ///
  /// - Throws: `ImageError.violation` where a node on the way to `offset`, or the extent that holds
  ///   it, is damaged (VCI-RD-004), `.closed`, `.emptyRequest`, `.shortBuffer`, `.informationOnly`,
  ///   `.fileShrank`, `.storage`.
  public func read(
    offset: BlockOffset, count: BlockCount, into buffer: inout MutableRawSpan
  ) throws(ImageError) -> ReadAnswer {
    try judgeReadable(count)
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

  /// Says what a read of `count` blocks from `offset` on would answer, and delivers nothing; so
  /// many blocks need not fit into memory.
  ///
  /// - Throws: as `read`, but for `.shortBuffer`.
  public func locate(
    offset: BlockOffset, count: BlockCount
  ) throws(ImageError) -> ReadAnswer {
    try judgeReadable(count)
    return switch try answer(from: offset, count).answer {
    case .miss(let missing): .miss(missing)
    case .hit(let stored): .hit(stored.count)
    }
  }

  /// The extent that holds disk block `block`, or else the first one behind it; `nil` where none
  /// follows.
  ///
  /// Nodes are read and judged as by a read, and the extent too.
  ///
  /// - Throws: `ImageError.violation` where a node on the way, or the extent, is damaged, `.closed`,
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
      try tree.judge(found)
      return found.extent
    }
  }

  /// What a request for `count` blocks is answered, and what holds the blocks.
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

  /// Judges that `count` blocks can be asked for.
  private func judgeReadable(_ count: BlockCount) throws(ImageError) {
    switch state {
    case .closed: throw .closed
    case .information: throw .informationOnly
    case .reading, .writing: break
    }
    guard count.rawValue > 0 else { throw .emptyRequest }
  }

  /// Fills the buffer's first blocks with those of `stored`.
  private static func deliver(
    _ stored: BlockRange, of source: any ByteSource, into buffer: inout MutableRawSpan
  ) throws(ImageError) {
    let start = Faults.position(of: stored.first)
    var part = buffer._mutatingExtracting(0..<Int(stored.count.bytes))
    let read: Int
    do throws(StorageError) {
      read = try source.read(at: start, into: &part)
    } catch {
      throw .storage(error)
    }
    guard read == part.byteCount else { throw .fileShrank(atByte: start &+ UInt64(read)) }
  }
}
