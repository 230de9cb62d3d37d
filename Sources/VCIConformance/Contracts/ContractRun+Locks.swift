internal import Glibc
internal import SystemPackage
internal import VCIFormat

extension ContractRun {
  /// VCI-WR-007: a cache whose modification UUID is not that of the disk is not up to date.
  func compareUUIDs() throws(WorkError) {
    guard test.has(.modUUID), test.has("set-moduuid"), test.has("open-rw"), test.has("open-ro"),
      let path = create()
    else { return }
    let requirement: Requirement = .modificationUUID
    let writable = PortRequest.open(image: path, handle: "m", .writing, modUUID: .nil)
    // R-23: a nil UUID is compared like any other.
    compareOther(path, than: .nil, [Self.uuid, Self.uuid.flipped(120)])
    guard succeed(writable, .openForWriting, requirement),
      succeed(.setModUUID(handle: "m", Self.uuid), .openForWriting, requirement),
      succeed(.close(handle: "m"), .openForWriting, requirement)
    else { return }
    let bits = (0..<16).map { 8 * $0 + $0 % 8 }
    compareOther(path, than: Self.uuid, [.nil] + bits.map(Self.uuid.flipped))
  }

  /// Opens an image with other modification UUIDs than it has, with its own, and with none.
  private func compareOther(
    _ path: FilePath, than stored: ImageUUID, _ others: [ImageUUID]
  ) {
    let requirement: Requirement = .modificationUUID
    for mode in [PortRequest.Mode.reading, .writing] {
      let area: Area = mode == .reading ? .open : .openForWriting
      for other in others {
        fail(
          .open(image: path, handle: "m", mode, modUUID: other), area, requirement,
          class: "not-up-to-date")
      }
      for same in [stored, nil] {
        guard succeed(.open(image: path, handle: "m", mode, modUUID: same), area, requirement)
        else { return }
        _ = succeed(.close(handle: "m"), area, requirement)
      }
    }
  }

  /// "Locks" in `Specs/VCI.md`: another program has the file open.
  func openLocked(exclusively: Bool) throws(WorkError) {
    guard test.has(.locks), test.has("open-ro"), let path = create() else { return }
    let lock = try FileLock(path, exclusively ? LOCK_EX : LOCK_SH)
    defer { lock.release() }
    if exclusively {
      fail(
        .open(image: path, handle: "k", .reading), .locks, .openForReading, class: "locked")
    } else if succeed(.open(image: path, handle: "k", .reading), .locks, .openForReading) {
      _ = succeed(.close(handle: "k"), .locks, .openForReading)
    }
    guard test.has("open-rw") else { return }
    fail(.open(image: path, handle: "k", .writing), .locks, .openForReading, class: "locked")
  }

  /// "Locks" in `Specs/VCI.md`: the program has the file open; no simple form can.
  func lockOthers() throws(WorkError) {
    guard test.keepsHandles, test.has(.locks), test.has("open-ro"), test.has("open-rw"),
      let path = create()
    else { return }
    for (mode, kind, isFree) in [
      (PortRequest.Mode.reading, LOCK_SH, true), (.reading, LOCK_EX, false),
      (.writing, LOCK_SH, false), (.writing, LOCK_EX, false),
    ] {
      // Of all requirements, VCI-RD-002 is the one that tells of locks.
      let requirement: Requirement = .openForReading
      let request = PortRequest.open(image: path, handle: "k", mode)
      guard succeed(request, .locks, requirement) else { return }
      let lock = try? FileLock(path, kind)
      lock?.release()
      if (lock != nil) != isFree {
        test.fail(
          .locks, requirement, .wrongAnswer, request,
          expected: "a \(kind == LOCK_SH ? "shared" : "exclusive") lock of another is "
            + (isFree ? "possible" : "impossible"),
          got: isFree ? "it is impossible" : "it is possible")
      }
      guard succeed(.close(handle: "k"), .locks, requirement) else { return }
    }
  }
}

extension ImageUUID {
  /// Returns the UUID with another bit `index`, counted from the first byte on.
  func flipped(_ index: Int) -> ImageUUID {
    let bit = UInt64(1) << (63 - UInt64(index % 64))
    return ImageUUID(high: index < 64 ? high ^ bit : high, low: index < 64 ? low : low ^ bit)
  }
}

/// A lock of a whole file (R-17).
struct FileLock {
  private let file: FileDescriptor

  /// Locks the file, and does not wait for others.
  ///
  /// - Throws: `WorkError` if others have a lock that excludes it.
  init(_ path: FilePath, _ kind: Int32) throws(WorkError) {
    do {
      file = try FileDescriptor.open(path, .readWrite, options: .closeOnExec)
    } catch {
      throw WorkError(description: "a file of a test cannot be opened: \(error)")
    }
    guard flock(file.rawValue, kind | LOCK_NB) == 0 else {
      let error = Errno(rawValue: errno)
      try? file.close()
      throw WorkError(description: "a file of a test cannot be locked: \(error)")
    }
  }

  func release() { try? file.close() }
}
