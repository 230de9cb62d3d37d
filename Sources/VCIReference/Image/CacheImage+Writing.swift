public import VCIFormat

extension CacheImage {
  /// Caches `bytes` as the content of the disk blocks from `offset` on. Returns how many blocks it
  /// took, at least one: all of them, unless the request is larger than the cache.
  ///
  /// Cached blocks are replaced. If there is no room, the least recently used blocks are evicted;
  /// blocks that cannot be cached are dropped, those from 2^54 on always (VCI-WR-005). `losing` is
  /// called with each run of evicted or dropped blocks. If only a flush frees blocks, one is made.
  /// A full disk, a quota or a limit of the file's size is no failure: the cache then has the
  /// blocks that fit, and `refusal` tells the reason; the disk is asked again after each `flush`,
  /// and after some writes. (The system sends SIGXFSZ to a program with a limit of the file's size;
  /// it should ignore it.) If the file fails, all blocks of the request are forgotten: they are not
  /// served any more, and the next `flush`, `setModificationUUID` or `close` removes them.
  ///
  /// - Throws: `ImageError.emptyRequest`, `.partialBlock` if the bytes are no whole blocks,
  ///   `.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func write(
    _ bytes: RawSpan, at offset: BlockOffset, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) -> BlockCount {
    let writer = try writer()
    guard bytes.byteCount > 0 else { throw .emptyRequest }
    let count = try BlockCount(bytes: UInt64(bytes.byteCount))
    if Faults.skipsWrites { return count }
    return try writer.write(bytes, at: offset, losing: losing)
  }

  /// Forgets `count` disk blocks from `offset` on.
  ///
  /// If an extent must be split and there is no slot for the second part, one part is lost too. If
  /// the disk of the file is so full that no node can be copied, the whole cache is lost.
  /// `losing` is called with each loss.
  ///
  /// - Throws: `ImageError.emptyRequest`, `.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func discard(
    offset: BlockOffset, count: BlockCount, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) {
    let writer = try writer()
    guard count.rawValue > 0 else { throw .emptyRequest }
    try writer.discard(offset, count, losing: losing)
  }

  /// Returns once everything that was written would survive a crash (VCI-WR-004). `losing` is
  /// called with what is lost beside the blocks of a write that failed, as by a discard of these.
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func flush(losing: (Loss) -> Void) throws(ImageError) {
    let writer = try writer()
    try writer.flush(losing: losing)
    writer.releaseWithheld()
  }

  /// Flushes without telling of losses.
  ///
  /// - Throws: as `flush(losing:)`.
  public func flush() throws(ImageError) { try flush { _ in } }

  /// Calls `body` with each run, in order, of the `count` disk blocks from `offset` on that are
  /// cached but not flushed: what would be lost without a further flush.
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`.
  public func forEachUnflushed(
    offset: BlockOffset, count: BlockCount, _ body: (BlockOffset, BlockCount) -> Void
  ) throws(ImageError) {
    try writer().forEachUnflushed(offset, count, body)
  }

  /// Sets the UUID of the image; it is durable when the call returns.
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func setImageUUID(_ uuid: ImageUUID) throws(ImageError) {
    try writer().setImageUUID(uuid)
  }

  /// Sets the state of the disk with which the cache agrees (VCI-WR-007); it is durable when the
  /// call returns, and not before all that was written earlier is. `losing` is called as by
  /// a flush.
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func setModificationUUID(
    _ uuid: ImageUUID, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) {
    try writer().setModificationUUID(uuid, losing: losing)
  }

  /// What was done since the image was opened for writing; all zero if it is not.
  public var activity: Activity {
    if case .writing(let writer) = state { writer.activity } else { Activity() }
  }

  /// Checks that allocator, tree and list are consistent, in O(n log n) steps; does nothing if the
  /// image is not open for writing.
  ///
  /// - Precondition: they are; otherwise the message tells what is not, with its values.
  public func checkInvariants() {
    guard case .writing(let writer) = state else { return }
    writer.checkInvariants()
  }

  private func writer() throws(ImageError) -> ImageWriter {
    switch state {
    case .writing(let writer): return writer
    case .reading: throw .readOnly
    case .information: throw .informationOnly
    case .closed: throw .closed
    }
  }
}
