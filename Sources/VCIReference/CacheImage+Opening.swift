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
  /// against those who write. For information it is not: the header's first sector is never torn.
  ///
  /// - Throws: the same, `ImageError.locked`, and `.storage` where there is no file that can be read,
  ///   or written.
  public static func open(
    at path: FilePath, purpose: Purpose, expecting modificationUUID: ImageUUID? = nil
  ) throws(ImageError) -> CacheImage {
    let file = try lockedFile(at: path, for: purpose)
    return try open(file, purpose: purpose, expecting: modificationUUID)
  }

  /// Closes the image; from then on every request is refused. What was written is durable, the image
  /// clean (VCI-WR-001).
  ///
  /// Where it cannot be made so, the image is closed nevertheless, and stays dirty: it is to be opened
  /// for writing again.
  ///
  /// - Throws: `ImageError.closed` where it is closed already, `.storage`.
  public func close() throws(ImageError) {
    guard let source else { throw .closed }
    var failure: ImageError?
    if case .writing(let writer) = state {
      do throws(ImageError) {
        try writer.finish()
      } catch {
        failure = error
      }
      known = writer.information
    }
    try forget(source)
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

  /// Makes the image one that is open for `purpose`, as by closing it and opening it again; where
  /// that fails it stays as it was.
  ///
  /// A lock cannot be exchanged in one step: where another handle gets it in between, and changes what
  /// this one knows, the call fails with `.locked`, and the image is closed.
  ///
  /// - Throws: as `close` and `open` do.
  public func reopen(for purpose: Purpose) throws(ImageError) {
    guard let source else { throw .closed }
    if case .writing(let writer) = state { try writer.finish() }
    if Fault.referenceF48.isPlanted { state = .closed }
    guard let file = source as? FileStorage else {
      (state, known) = try Self.opened(source, purpose, nil)
      return
    }
    file.unlock()
    do throws(ImageError) {
      let other = try Self.lockedFile(at: file.path, for: purpose)
      guard other.isSame(as: file) else { throw .notInFile }
      (state, known) = try Self.opened(other, purpose, nil)
    } catch {
      // Whoever has the lock by now may write: what is known of the image is of no use.
      if let held = self.purpose, (try? file.lock(held)) == nil { try? forget(file) }
      throw error
    }
    try asked { () throws(StorageError) in try file.close() }
  }

  private static func opened(
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
    at path: FilePath, for purpose: Purpose
  ) throws(ImageError) -> FileStorage {
    let file = try asked { () throws(StorageError) in
      purpose == .writing ? try FileStorage(writing: path) : try FileStorage(reading: path)
    }
    try file.lock(purpose)
    return file
  }

  /// Gives up what holds the image.
  private func forget(_ source: any ByteSource) throws(ImageError) {
    state = .closed
    if Fault.referenceF41.isPlanted { rest = self }
    guard let file = source as? FileStorage else { return }
    try asked { () throws(StorageError) in try file.close() }
  }
}
