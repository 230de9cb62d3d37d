internal import Glibc
public import SystemPackage
public import VCIFormat

/// Storage that is a file.
public final class FileStorage: Storage {
  public let path: FilePath
  /// Whether it is open for writing too.
  public let isWritable: Bool
  private let file: FileDescriptor
  private var isOpen = true
  /// Whether the file is to be locked at all.
  var isLocking = true
  /// Why the file is not locked although it should be; `nil` if it is.
  public internal(set) var lockFailure: StorageError?

  private init(path: FilePath, file: FileDescriptor, isWritable: Bool) {
    self.path = path
    self.file = file
    self.isWritable = isWritable
  }

  var descriptor: Int32 { file.rawValue }

  deinit { if isOpen { try? close() } }

  /// Opens the regular file or the block device at `path` for reading.
  ///
  /// - Throws: `StorageError` if there is none, if it may not be read, or if it is something else:
  ///   a directory, a pipe, a terminal.
  public convenience init(reading path: FilePath) throws(StorageError) {
    let file = try Self.opened(path, .readOnly)
    self.init(path: path, file: file, isWritable: false)
    try requireFileOrDisk()
  }

  /// Opens the regular file or the block device at `path` for reading and writing.
  ///
  /// - Throws: `StorageError` if there is none, if it may not be written, or if it is something
  ///   else.
  public convenience init(writing path: FilePath) throws(StorageError) {
    let file = try Self.opened(path, .readWrite)
    self.init(path: path, file: file, isWritable: true)
    try requireFileOrDisk()
  }

  private static func opened(
    _ path: FilePath, _ mode: FileDescriptor.AccessMode
  ) throws(StorageError) -> FileDescriptor {
    do throws(StorageError) {
      // Without `nonBlocking` opening a pipe waits for a writer.
      return try asStorageError(.open) {
        try FileDescriptor.open(path, mode, options: [.closeOnExec, .nonBlocking])
      }
    } catch {
      // For a socket, and for a device without a driver, the system says that there is none.
      var status = stat()
      guard error.code == ENXIO || error.code == ENODEV,
        unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0
      else { throw error }
      try requireFileOrDisk(status)
      throw error
    }
  }

  private func requireFileOrDisk() throws(StorageError) {
    try Self.requireFileOrDisk(status(for: .open))
  }

  private static func requireFileOrDisk(_ status: stat) throws(StorageError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFBLK: return
    case S_IFDIR: throw StorageError(.open, .isDirectory)
    default:
      throw StorageError(.open, reason: "neither a regular file nor a disk")
    }
  }

  /// Makes a new file at `path`, which its owner may write and everybody may read.
  ///
  /// - Throws: `StorageError` if the name is in use, or if the folder takes no file.
  public convenience init(creating path: FilePath) throws(StorageError) {
    let file = try Self.asStorageError(.create) {
      try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    self.init(path: path, file: file, isWritable: true)
  }

  public func byteCount() throws(StorageError) -> UInt64 {
    let end = try Self.asStorageError(.size) { try file.seek(offset: 0, from: .end) }
    return UInt64(end)
  }

  public func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    guard offset <= UInt64(Int64.max) - UInt64(buffer.byteCount) else { return 0 }
    let file = file
    return try unsafe buffer.withUnsafeMutableBytes { target throws(StorageError) in
      var done = 0
      while done < target.count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[done...])
        let place = offset + UInt64(done)
        let count = try Self.asStorageError(.read, at: place) {
          try unsafe file.read(fromAbsoluteOffset: Int64(place), into: rest)
        }
        if count == 0 { break }
        done += count
      }
      return done
    }
  }

  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    guard offset < (try byteCount()) else { return nil }
    let data = lseek(file.rawValue, off_t(offset), Self.seekData)
    if data >= 0 { return UInt64(data) }
    // ENXIO: only a hole follows. Any other error: the file system does not support holes.
    return errno == ENXIO ? nil : offset
  }

  /// `SEEK_DATA`, which the C library declares only on request.
  private static let seekData: Int32 = 3

  public func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    guard offset <= UInt64(Int64.max) - UInt64(bytes.byteCount) else {
      throw StorageError(.write, offset: offset, .fileTooLarge)
    }
    let file = file
    try unsafe bytes.withUnsafeBytes { source throws(StorageError) in
      var done = 0
      var isStuck = false
      while done < source.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: source[done...])
        let place = offset + UInt64(done)
        let count = try Self.asStorageError(.write, at: place) {
          try unsafe file.write(toAbsoluteOffset: Int64(place), rest)
        }
        // A write of no byte is no error to the system, and could come again for ever.
        if count == 0, isStuck { throw StorageError(.write, offset: place, .ioError) }
        isStuck = count == 0
        done += count
      }
    }
  }

  public func resize(to byteCount: UInt64) throws(StorageError) {
    guard byteCount <= UInt64(Int64.max) else {
      throw StorageError(.resize, offset: byteCount, .fileTooLarge)
    }
    try Self.asStorageError(.resize, at: byteCount) { try file.resize(to: Int64(byteCount)) }
  }

  public func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow, end <= UInt64(Int64.max) else {
      throw StorageError(.resize, offset: offset, .fileTooLarge)
    }
    // It returns the error number, and writes zeros if the file system cannot reserve space.
    var code = posix_fallocate(file.rawValue, off_t(offset), off_t(count))
    while code == EINTR { code = posix_fallocate(file.rawValue, off_t(offset), off_t(count)) }
    // A disk always has all of its blocks.
    if code == ENODEV { code = try byteCount() >= end ? 0 : ENOSPC }
    guard code == 0 else { throw StorageError(.resize, offset: offset, Errno(rawValue: code)) }
  }

  public func synchronize() throws(StorageError) {
    // An interrupted call has not told of any write that failed, so it is made again.
    while fsync(file.rawValue) != 0 {
      guard errno == EINTR else { throw StorageError(.flush, Errno(rawValue: errno)) }
    }
  }

  /// Makes the file's name durable, if its folder may be read and the file system can flush
  /// a folder.
  ///
  /// - Throws: `StorageError` if the flush fails.
  func synchronizeName() throws(StorageError) {
    let folder = path.removingLastComponent()
    guard
      let names = try? FileDescriptor.open(
        folder.isEmpty ? "." : folder, .readOnly, options: [.directory, .closeOnExec])
    else { return }
    defer { try? names.close() }
    while fsync(names.rawValue) != 0 {
      guard errno != EINVAL, errno != EBADF else { return }
      guard errno == EINTR else { throw StorageError(.flush, Errno(rawValue: errno)) }
    }
  }

  /// Closes the file; it cannot be used after that.
  ///
  /// - Throws: `StorageError` if something that was written could not be kept.
  public func close() throws(StorageError) {
    isOpen = false
    // A forked child that does not run its program yet has the file open too.
    unlock()
    do throws(StorageError) {
      try Self.asStorageError(.close) { try file.close() }
    } catch {
      // The file is closed all the same, and what was written was flushed before.
      guard error.code == EINTR else { throw error }
    }
  }

  /// Removes the file's name if it still names this file; the name of a disk is never removed.
  ///
  /// - Throws: `StorageError` if it cannot be removed, or names another file by now.
  public func remove() throws(StorageError) {
    let mine = try status(for: .remove)
    var named = stat()
    let isMine = unsafe path.withPlatformString { name in
      unsafe lstat(name, &named) == 0 && mine.st_mode & S_IFMT == S_IFREG
        && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
    }
    guard isMine || Faults.removesOthers else {
      throw StorageError(.remove, code: ENOENT, reason: "it is no longer at \(path)")
    }
    guard unsafe path.withPlatformString({ unsafe unlink($0) }) == 0 else {
      throw StorageError(.remove, Errno(rawValue: errno))
    }
  }

  /// Runs a system call; its error becomes one of `operation` at `offset`.
  private static func asStorageError<Value>(
    _ operation: StorageError.Operation, at offset: UInt64? = nil, _ call: () throws -> Value
  ) throws(StorageError) -> Value {
    do {
      return try call()
    } catch {
      throw StorageError(operation, offset: offset, (error as? Errno) ?? .ioError)
    }
  }
}

extension StorageError {
  /// Whether the file could not grow because the disk or its owner's quota is full, or because of a
  /// limit of the file's size.
  var isForWantOfSpace: Bool {
    let codes: [Errno] = [.noSpace, .diskQuotaExceeded, .fileTooLarge]
    return codes.contains { $0.rawValue == code }
  }

  /// The error of the system's error number.
  init(_ operation: Operation, offset: UInt64? = nil, _ number: Errno) {
    self.init(operation, offset: offset, code: number.rawValue, reason: number.description)
  }
}
