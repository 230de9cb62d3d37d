internal import Glibc
internal import VCIFormat

extension CacheImage {
  /// Makes the image one that is open for `purpose`, as by closing it and opening it again; where
  /// that fails it stays as it was, open for what it was open for.
  ///
  /// The file is opened anew only where it was opened to be read and is to be written, and the old one
  /// is kept until that has succeeded. A lock that gets weaker is exchanged in one step. One that gets
  /// stronger is not: the lock of a reader is given back before that of a writer is taken, and where
  /// that fails because another reads, it is taken again. Where in between all others have ended and
  /// one has begun to write, it cannot be had again, and the image is left open for information only,
  /// which needs none.
  ///
  /// - Throws: `ImageError.locked` where others have the image open; `.readOnly` where its source is
  ///   no `Storage`; `.storage` where the file may not be written, or is no longer at its path; as
  ///   `close` and `open` do.
  public func reopen(for purpose: Purpose) throws(ImageError) {
    guard let source, let before = self.purpose else { throw .closed }
    if case .writing(let writer) = state { try writer.finish(mending: true) }
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

  /// Takes a stronger lock and opens the image under it; where either fails, the old lock is taken again.
  private func strengthen(
    _ file: FileStorage, from before: Purpose, to purpose: Purpose
  ) throws(ImageError) {
    let other = try Self.file(file, for: purpose)
    // Two open files have locks of their own, and exclude each other.
    if other !== file { file.unlock() }
    do throws(ImageError) {
      try other.lock(purpose)
      (state, known) = try Self.opened(other, purpose, nil)
    } catch {
      withExtendedLifetime(other) {
        // Where it has the lock of a writer, nobody comes in between.
        _ = try? other.lock(before)
        regain(file, before)
      }
      throw error
    }
    if other !== file { try? file.close() }
  }

  /// The file itself where it serves `purpose`, or else the same opened to be written.
  private static func file(
    _ file: FileStorage, for purpose: Purpose
  ) throws(ImageError) -> FileStorage {
    guard purpose == .writing, !file.isWritable else { return file }
    let other = try asked { () throws(StorageError) in try FileStorage(writing: file.path) }
    other.isLocking = file.isLocking
    guard other.isSame(as: file) else {
      throw .storage(
        StorageError(.open, code: ENOENT, reason: "it is no longer at \(file.path)"))
    }
    return other
  }

  /// Takes the lock again that a change has given back.
  private func regain(_ file: FileStorage, _ before: Purpose) {
    do throws(ImageError) {
      try file.lock(before)
    } catch {
      if case .reading(let tree) = state { state = .information(tree) }
    }
  }
}

extension CacheImage.Purpose {
  /// Whether it asks for a stronger lock than `other` has.
  fileprivate func needsMore(than other: Self) -> Bool {
    switch (self, other) {
    case (.writing, .reading), (.writing, .information), (.reading, .information): true
    default: false
    }
  }
}
