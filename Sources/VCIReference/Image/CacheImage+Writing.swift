public import VCIFormat

extension CacheImage {
  /// Caches `bytes` as what disk block `offset` and those behind it hold now, and answers how many
  /// blocks it took: from 1 on, all but where the request is larger than the cache.
  ///
  /// What was cached of them is replaced. Where there is no room, what was used least recently is
  /// evicted; what cannot be cached is dropped, blocks from 2^54 on always (VCI-WR-005). `losing` is
  /// told of each run of blocks that was evicted or dropped. A flush is made where only that frees
  /// blocks. A disk that is full, or a quota or a limit of the file's size, is no failure: the cache is as
  /// large as what fits there, and `refusal` says so; it is asked again after each `flush`, and after
  /// some writes. The system sends SIGXFSZ to a program that has a limit of the file's size, which should
  /// ignore it. Where the file fails, what was cached of all the blocks is forgotten.
  ///
  /// - Throws: `ImageError.emptyRequest`, `.partialBlock` where the bytes are no whole blocks,
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

  /// Forgets what is cached of `count` disk blocks from `offset` on.
  ///
  /// Where an extent would have to be split and there is no slot for the second part, one part is
  /// forgotten too; `losing` is told of it. So it is where the disk that has the file is so full that no
  /// node can be copied: then all that is cached is forgotten.
  ///
  /// - Throws: `ImageError.emptyRequest`, `.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func discard(
    offset: BlockOffset, count: BlockCount, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) {
    let writer = try writer()
    guard count.rawValue > 0 else { throw .emptyRequest }
    try writer.discard(offset, count, losing: losing)
  }

  /// Returns once everything that was written survives a crash (VCI-WR-004).
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func flush() throws(ImageError) {
    let writer = try writer()
    try writer.flush()
    writer.releaseWithheld()
  }

  /// Tells `body` of the runs, in their order, of those of `count` disk blocks from `offset` on that are
  /// cached and wait for a flush: what is lost where none succeeds any more.
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`.
  public func forEachUnflushed(
    offset: BlockOffset, count: BlockCount, _ body: (BlockOffset, BlockCount) -> Void
  ) throws(ImageError) {
    try writer().forEachUnflushed(offset, count, body)
  }

  /// Gives the image another UUID, which is durable when the call returns.
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func setImageUUID(_ uuid: ImageUUID) throws(ImageError) {
    try writer().setImageUUID(uuid)
  }

  /// Says which state of the disk the cache agrees with from now on; it is durable when the call
  /// returns (VCI-WR-007).
  ///
  /// - Throws: `ImageError.readOnly`, `.informationOnly`, `.closed`, `.storage`.
  public func setModificationUUID(_ uuid: ImageUUID) throws(ImageError) {
    try writer().setModificationUUID(uuid)
  }

  /// What was done since the image was opened for writing; nothing where it was not.
  public var activity: Activity {
    if case .writing(let writer) = state { writer.activity } else { Activity() }
  }

  /// Checks that allocator, tree and list agree with themselves and with each other, in a time that
  /// grows with their size; nothing where the image is not open for writing.
  ///
  /// - Precondition: they do; else the message says what does not, with its values.
  public func checkInvariants() {
    guard case .writing(let writer) = state else { return }
    writer.checkInvariants()
  }

  /// What writes.
  private func writer() throws(ImageError) -> ImageWriter {
    switch state {
    case .writing(let writer): return writer
    case .reading: throw .readOnly
    case .information: throw .informationOnly
    case .closed: throw .closed
    }
  }
}
