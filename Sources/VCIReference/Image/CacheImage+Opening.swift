public import SystemPackage
public import VCIFormat

extension CacheImage {
  /// Opens the image in `source`, which is written to only if `purpose` is to write.
  ///
  /// `modificationUUID` is that of the disk, if the caller knows it (VCI-WR-007).
  ///
  /// - Throws: `ImageError.violation` if the image breaks a rule of class corruption and of stage
  ///   probe or open, for writing of any stage (VCI-RD-003); `.notUpToDate`, `.storage`; for
  ///   writing `.noRoomToWrite`, and `.readOnly` if the source is no `Storage`.
  public static func open(
    _ source: any ByteSource, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil
  ) throws(ImageError) -> CacheImage {
    let (state, known) = try opened(source, purpose, modificationUUID)
    return CacheImage(state, known)
  }

  /// Opens the image in the file at `path`, as `open(_:purpose:expecting:)` does.
  ///
  /// The file is locked while the image is open: exclusively for writing, shared for reading. For
  /// information it is not locked, since the header's first sector is never torn. If the system
  /// cannot lock the file, it is not opened for writing; it is opened for reading, and
  /// `lockFailure` tells why it is not locked. If `locking` is false, the file is not locked, and
  /// the caller must keep others away.
  ///
  /// - Throws: the same, `ImageError.locked`, and `.storage` if the file cannot be read, or for
  ///   writing cannot be written or locked.
  public static func open(
    at path: FilePath, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil,
    locking: Bool = true
  ) throws(ImageError) -> CacheImage {
    let file = try lockedFile(at: path, for: purpose, locking)
    return try open(file, purpose: purpose, expecting: modificationUUID)
  }

  /// Closes the image: what was written is durable, and the image is clean (VCI-WR-001). Every
  /// later request is refused. `losing` is called as by a flush.
  ///
  /// If that fails, the image is closed nevertheless and stays dirty; it can be opened for writing
  /// again.
  ///
  /// - Throws: `ImageError.closed` if it is closed already, `.storage`.
  public func close(losing: (Loss) -> Void) throws(ImageError) {
    try close(mending: true, losing: losing)
  }

  /// Closes the image without telling of losses.
  ///
  /// - Throws: as `close(losing:)`.
  public func close() throws(ImageError) { try close { _ in } }

  /// Closes the image. If nothing was changed and `mending` is false, nothing is written: an image
  /// that was dirty when it was opened stays dirty.
  ///
  /// - Throws: as `close(losing:)`.
  public func close(
    mending: Bool, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) {
    guard let source else { throw .closed }
    var failure: ImageError?
    if case .writing(let writer) = state {
      do throws(ImageError) {
        try writer.finish(mending: mending, losing: losing)
      } catch {
        failure = error
      }
      known = writer.information
      refused = writer.room.lastRefusal
    }
    do throws(ImageError) {
      try forget(source)
    } catch {
      // The first failure is the one to report.
      failure = failure ?? error
    }
    if let failure { throw failure }
  }

  /// Removes the image's file and closes the image. If the file cannot be removed, the image stays
  /// open.
  ///
  /// - Throws: `ImageError.closed` if it is closed already, `.notInFile` if it is not in a file,
  ///   `.storage` if the file cannot be removed, or its name names another file by now.
  public func delete() throws(ImageError) {
    guard let source else { throw .closed }
    guard let file = source as? FileStorage else { throw .notInFile }
    try asImageError(try file.remove())
    try forget(source)
  }

  /// Opens the image in `source` for `purpose`.
  static func opened(
    _ source: any ByteSource, _ purpose: Purpose, _ modificationUUID: ImageUUID?
  ) throws(ImageError) -> (State, Information) {
    if purpose == .writing {
      guard let storage = source as? any Storage else { throw .readOnly }
      let writer = try ImageWriter(storage, expecting: modificationUUID)
      return (.writing(writer), writer.information)
    }
    let opened = try OpenedImage(source, expecting: modificationUUID)
    let information = Information(
      opened.header, opened.counters, opened.byteCount, opened.tree.root)
    return (purpose == .reading ? .reading(opened.tree) : .information(opened.tree), information)
  }

  private static func lockedFile(
    at path: FilePath, for purpose: Purpose, _ isLocking: Bool
  ) throws(ImageError) -> FileStorage {
    let file = try asImageError(
      purpose == .writing ? try FileStorage(writing: path) : try FileStorage(reading: path))
    file.isLocking = isLocking
    try file.lock(purpose)
    return file
  }

  private func forget(_ source: any ByteSource) throws(ImageError) {
    state = .closed
    Faults.imageClosed(self)
    guard let file = source as? FileStorage else { return }
    try asImageError(try file.close())
  }
}
