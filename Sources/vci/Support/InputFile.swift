internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// The input of a command, read once and in order: a file or standard input.
struct InputFile {
  /// The name of the input in messages.
  let name: String
  private let file: FileDescriptor

  /// Opens the file at `path`. Opening a pipe waits for a writer.
  ///
  /// - Throws: `StorageError` if there is no such file, if it may not be read, or if it is a
  ///   directory.
  init(at path: FilePath) throws(StorageError) {
    do {
      file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
      throw Self.failure(opening: path, (error as? Errno) ?? .ioError)
    }
    name = "\(FileName(path))"
    try refuseDirectory()
  }

  /// Returns the error for a failed open. If `path` is a socket, the system's error would be
  /// misleading: it says that there is no such device.
  private static func failure(opening path: FilePath, _ number: Errno) -> StorageError {
    var status = stat()
    let isSocket =
      unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0
      && status.st_mode.kind == S_IFSOCK
    return isSocket
      ? StorageError(.open, reason: "neither a file nor a pipe") : StorageError(.open, number)
  }

  private init(_ file: FileDescriptor, name: String) {
    self.file = file
    self.name = name
  }

  /// Returns standard input, from its current position on.
  ///
  /// - Throws: `StorageError` if it is a directory.
  static func standard() throws(StorageError) -> InputFile {
    let input = InputFile(.standardInput, name: "standard input")
    try input.refuseDirectory()
    return input
  }

  private func refuseDirectory() throws(StorageError) {
    guard status?.st_mode.kind == S_IFDIR else { return }
    throw StorageError(.open, .isDirectory)
  }

  private var status: stat? {
    var status = stat()
    return unsafe fstat(file.rawValue, &status) == 0 ? status : nil
  }

  /// Whether the input is a terminal.
  var isTerminal: Bool { isatty(file.rawValue) == 1 }

  /// The number of bytes that remain; `nil` if it is not known before the end, as for a pipe.
  var byteCount: UInt64? {
    guard let kind = status?.st_mode.kind, kind == S_IFREG || kind == S_IFBLK,
      let place = try? file.seek(offset: 0, from: .current),
      let end = try? file.seek(offset: 0, from: .end),
      (try? file.seek(offset: place, from: .start)) == place
    else { return nil }
    return UInt64(max(0, end - place))
  }

  /// Returns whether `path` leads to the same file.
  func isFile(at path: FilePath) -> Bool {
    var named = stat()
    guard let status, unsafe path.withPlatformString({ unsafe stat($0, &named) }) == 0 else {
      return false
    }
    return status.st_ino == named.st_ino && status.st_dev == named.st_dev
  }

  /// Reads until `buffer` is full, and returns the number of bytes read. It is less than the size
  /// of `buffer` only at the end of the input, or if the user interrupts.
  ///
  /// - Throws: `StorageError` if a read fails.
  func fill(_ buffer: inout [UInt8]) throws(StorageError) -> Int {
    var done = 0
    while done < buffer.count, isReady() {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(
          file.rawValue, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
      }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw failure(reading: Errno(rawValue: errno)) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Returns the error for a failed read, with the position in the file; a pipe has none.
  private func failure(reading number: Errno) -> StorageError {
    let place = try? file.seek(offset: 0, from: .current)
    return StorageError(.read, offset: place.map { UInt64(max(0, $0)) }, number)
  }

  /// Waits for data or for the end of the input. Returns `false` if the user interrupts before,
  /// which a blocking read would not notice.
  private func isReady() -> Bool {
    while !Interruption.isRequested {
      var request = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
      if unsafe poll(&request, 1, 100) != 0, request.revents != 0 { return true }
    }
    return false
  }
}

extension mode_t {
  /// The bits that give the type of a file.
  fileprivate var kind: mode_t { self & S_IFMT }
}

extension StorageError {
  /// Makes the error for the system's error `number`.
  fileprivate init(_ operation: Operation, offset: UInt64? = nil, _ number: Errno) {
    self.init(operation, offset: offset, code: number.rawValue, reason: number.description)
  }
}
