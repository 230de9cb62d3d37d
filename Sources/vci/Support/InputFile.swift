internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// The bytes that a command takes in, once and in order: a file's, or those of standard input.
struct InputFile {
  /// What messages call it.
  let name: String
  private let file: FileDescriptor

  /// Opens the file at `path`; a pipe is waited for until somebody writes to it.
  ///
  /// - Throws: `StorageError` where there is none, where it may not be read, and for a directory.
  init(at path: FilePath) throws(StorageError) {
    do {
      file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
      throw Self.failure(opening: path, (error as? Errno) ?? .ioError)
    }
    name = "\(FileName(path))"
    try refuseDirectory()
  }

  /// The failure of an open; of a socket the system says that it isn't there.
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

  /// Standard input, from where it stands.
  ///
  /// - Throws: `StorageError` where it is a directory.
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

  /// Whether a person would have to type it.
  var isTerminal: Bool { isatty(file.rawValue) == 1 }

  /// How many bytes follow; `nil` where only their end will tell.
  var byteCount: UInt64? {
    guard let kind = status?.st_mode.kind, kind == S_IFREG || kind == S_IFBLK,
      let place = try? file.seek(offset: 0, from: .current),
      let end = try? file.seek(offset: 0, from: .end),
      (try? file.seek(offset: place, from: .start)) == place
    else { return nil }
    return UInt64(max(0, end - place))
  }

  /// Whether `path` is a name of the same file, or a link to it.
  func isFile(at path: FilePath) -> Bool {
    var named = stat()
    guard let status, unsafe path.withPlatformString({ unsafe stat($0, &named) }) == 0 else {
      return false
    }
    return status.st_ino == named.st_ino && status.st_dev == named.st_dev
  }

  /// Reads until `buffer` is full, and answers how many bytes it has; fewer than it holds only at
  /// the end, or once the user wants the program to end.
  ///
  /// - Throws: `StorageError` where the file fails.
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

  /// The failure of a read, with the place at which the file stands; a pipe has none.
  private func failure(reading number: Errno) -> StorageError {
    let place = try? file.seek(offset: 0, from: .current)
    return StorageError(.read, offset: place.map { UInt64(max(0, $0)) }, number)
  }

  /// Waits until there is something to read, or the end; answers no where the user wants the
  /// program to end before, which a read itself would not notice.
  private func isReady() -> Bool {
    while !Interruption.isRequested {
      var request = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
      if unsafe poll(&request, 1, 100) != 0, request.revents != 0 { return true }
    }
    return false
  }
}

extension mode_t {
  /// What kind of file it is of.
  fileprivate var kind: mode_t { self & S_IFMT }
}

extension StorageError {
  /// The error that the system's `number` is.
  fileprivate init(_ operation: Operation, offset: UInt64? = nil, _ number: Errno) {
    self.init(operation, offset: offset, code: number.rawValue, reason: number.description)
  }
}
