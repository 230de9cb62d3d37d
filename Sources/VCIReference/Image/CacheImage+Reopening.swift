internal import Glibc
internal import VCIFormat

extension CacheImage {
  /// Changes what the image is open for, as closing and opening it would. If that fails, the image
  /// stays open for its old purpose. `losing` is called as by a flush.
  ///
  /// The file is opened again only if it is open for reading alone and is to be written; the old
  /// file is kept until that has succeeded. A weaker lock replaces a stronger one in one step. A
  /// stronger one does not: a reader's lock is released before a writer's is taken, and taken again
  /// if that fails because another program reads. If another program has begun to write in between,
  /// the reader's lock is lost, and the image stays open for information only, which needs no lock.
  ///
  /// - Throws: `ImageError.locked` if others have the image open; `.readOnly` if its source is no
  ///   `Storage`; `.storage` if the file may not be written, or is no longer at its path; the
  ///   errors of `close` and `open`.
  public func reopen(for purpose: Purpose, losing: (Loss) -> Void) throws(ImageError) {
    guard let source, let before = self.purpose else { throw .closed }
    if case .writing(let writer) = state { try writer.finish(mending: true, losing: losing) }
    Faults.reopeningBegins(self)
    guard let file = source as? FileStorage else {
      (state, known) = try Self.opened(source, purpose, nil)
      return
    }
    if purpose.needsMore(than: before) {
      try strengthen(file, from: before, to: purpose)
    } else {
      (state, known) = try Self.opened(file, purpose, nil)
      try file.lock(purpose)
    }
  }

  /// Changes what the image is open for, without telling of losses.
  ///
  /// - Throws: as `reopen(for:losing:)`.
  public func reopen(for purpose: Purpose) throws(ImageError) {
    try reopen(for: purpose) { _ in }
  }

  /// Takes a stronger lock and opens the image under it. If either fails, the old lock is taken
  /// again.
  private func strengthen(
    _ file: FileStorage, from before: Purpose, to purpose: Purpose
  ) throws(ImageError) {
    let other = try Self.file(file, for: purpose)
    // Two open files have separate locks, which exclude each other.
    if other !== file { file.unlock() }
    do throws(ImageError) {
      try other.lock(purpose)
      (state, known) = try Self.opened(other, purpose, nil)
    } catch {
      withExtendedLifetime(other) {
        // If it has a writer's lock, no other program can come in between.
        _ = try? other.lock(before)
        regain(file, before)
      }
      throw error
    }
    if other !== file { try? file.close() }
  }

  /// The file itself if it serves `purpose`, or else the same file opened for writing.
  private static func file(
    _ file: FileStorage, for purpose: Purpose
  ) throws(ImageError) -> FileStorage {
    guard purpose == .writing, !file.isWritable else { return file }
    let other = try asImageError(try FileStorage(writing: file.path))
    other.isLocking = file.isLocking
    guard other.isSame(as: file) else {
      throw .storage(
        StorageError(.open, code: ENOENT, reason: "it is no longer at \(file.path)"))
    }
    return other
  }

  /// Takes again the lock that `strengthen` released.
  private func regain(_ file: FileStorage, _ before: Purpose) {
    do throws(ImageError) {
      try file.lock(before)
    } catch {
      if case .reading(let tree) = state { state = .information(tree) }
    }
  }
}

extension CacheImage.Purpose {
  /// Whether it needs a stronger lock than `other`.
  fileprivate func needsMore(than other: Self) -> Bool {
    switch (self, other) {
    case (.writing, .reading), (.writing, .information), (.reading, .information): true
    default: false
    }
  }
}
