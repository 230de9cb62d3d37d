public import SystemPackage
public import VCIFormat

extension CacheImage {
  /// Opens the image in `source`, which is written to only where `purpose` is to write.
  ///
  /// `modificationUUID` is that of the disk, where the caller knows it (VCI-WR-007).
  ///
  /// - Throws: `ImageError.violation` for whatever breaks a rule of class corruption and of stage
  ///   probe or open, and for writing, of any stage (VCI-RD-003); `.notUpToDate`, `.storage`; for
  ///   writing `.noRoomToWrite`, and `.readOnly` where the source is no `Storage`.
  public static func open(
    _ source: any ByteSource, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil
  ) throws(ImageError) -> CacheImage {
    let (state, known) = try opened(source, purpose, modificationUUID)
    return CacheImage(state, known)
  }

  /// Opens the image in the file at `path`, as `open(_:purpose:expecting:)` does.
  ///
  /// The file is locked for as long as the image is open: for writing against all others, for reading
  /// against those who write. For information it is not: the header's first sector is never torn. Where
  /// the system cannot lock the file it is not opened for writing; opened for reading it is, and
  /// `lockFailure` says why it is not locked. With `locking` false no lock is asked for, and it is for the
  /// caller to keep others away.
  ///
  /// - Throws: the same, `ImageError.locked`, and `.storage` where there is no file that can be read,
  ///   or written, or locked to be written.
  public static func open(
    at path: FilePath, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil,
    locking: Bool = true
  ) throws(ImageError) -> CacheImage {
    let file = try lockedFile(at: path, for: purpose, locking)
    return try open(file, purpose: purpose, expecting: modificationUUID)
  }

  /// Closes the image; from then on every request is refused. What was written is durable, the image
  /// clean (VCI-WR-001).
  ///
  /// Where it cannot be made so, the image is closed nevertheless, and stays dirty: it is to be opened
  /// for writing again.
  ///
  /// - Throws: `ImageError.closed` where it is closed already, `.storage`.
  public func close() throws(ImageError) { try close(mending: true) }

  /// Closes the image; where nothing was changed, and `mending` is false, nothing is written: an image that
  /// was found dirty stays so.
  ///
  /// - Throws: as `close()`.
  public func close(mending: Bool) throws(ImageError) {
    guard let source else { throw .closed }
    var failure: ImageError?
    if case .writing(let writer) = state {
      do throws(ImageError) {
        try writer.finish(mending: mending)
      } catch {
        failure = error
      }
      known = writer.information
      refused = writer.room.lastRefusal
    }
    do throws(ImageError) {
      try forget(source)
    } catch {
      // The first failure is the one to tell of.
      failure = failure ?? error
    }
    if let failure { throw failure }
  }

  /// Removes the image's file, and closes the image; where the file cannot be removed the image
  /// stays open.
  ///
  /// - Throws: `ImageError.closed` where it is closed already, `.notInFile` where it is not in a
  ///   file, `.storage` where the file cannot be removed, or its name is another file's by now.
  public func delete() throws(ImageError) {
    guard let source else { throw .closed }
    guard let file = source as? FileStorage else { throw .notInFile }
    try asked { () throws(StorageError) in try file.remove() }
    try forget(source)
  }

  /// The state in which an image from `source` is open for `purpose`, and what it says of itself.
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
    let file = try asked { () throws(StorageError) in
      purpose == .writing ? try FileStorage(writing: path) : try FileStorage(reading: path)
    }
    file.isLocking = isLocking
    try file.lock(purpose)
    return file
  }

  /// Gives up what holds the image.
  private func forget(_ source: any ByteSource) throws(ImageError) {
    state = .closed
    Faults.imageClosed(self)
    guard let file = source as? FileStorage else { return }
    try asked { () throws(StorageError) in try file.close() }
  }
}
