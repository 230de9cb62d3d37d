internal import FoundationEssentials
internal import Glibc
package import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// The folder in which the files of tests are, under names without meaning.
package final class WorkFolder {
  package let path: FilePath
  private var random = SystemRandomNumberGenerator()
  /// The file of `answerFile()`.
  private var answers: FilePath?

  /// Makes a new folder below `parent`, or below the folder for temporary files.
  ///
  /// - Throws: `NotStarted` if that fails.
  package init(in parent: FilePath? = nil) throws(NotStarted) {
    path = try Self.lasting(in: parent ?? Self.base)
  }

  /// Makes a new folder that stays until somebody removes it.
  ///
  /// - Throws: `NotStarted` if that fails.
  static func lasting(in base: FilePath? = nil) throws(NotStarted) -> FilePath {
    let base = base ?? Self.base
    var template = Array(base.appending("XXXXXXXX").string.utf8CString)
    guard let made = unsafe mkdtemp(&template) else {
      throw NotStarted("no folder can be made in \(base): \(Errno(rawValue: errno))")
    }
    return unsafe FilePath(platformString: made)
  }

  /// The folder for temporary files, if its name is one that the port allows.
  private static var base: FilePath {
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let isAllowed =
      named.hasPrefix("/") && named.utf8.count < 900
      && named.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "/-_.".unicodeScalars.contains($0))
      }
    return FilePath(isAllowed ? named : "/tmp")
  }

  deinit { remove() }

  /// Removes the folder, and all that is in it by now.
  private func remove() { try? FileManager.default.removeItem(atPath: path.string) }

  /// Returns the path of a file that does not exist.
  func name() -> FilePath {
    path.appending(String(random.next() as UInt64 | 1 << 63, radix: 36))
  }

  /// Makes an empty file.
  ///
  /// - Throws: `WorkError`.
  func emptyFile() throws(WorkError) -> FilePath {
    let path = name()
    try WorkFile(creating: path).close()
    return path
  }

  /// Returns an empty file for the bytes of an answer that is compared before the next one comes.
  /// It is the one before if nothing was written to that. A new file costs less than one that is
  /// truncated, which some file systems write to the disk when it is closed.
  ///
  /// - Throws: `WorkError`.
  func answerFile() throws(WorkError) -> FilePath {
    if let answers {
      if WorkFile.isEmpty(answers) { return answers }
      remove(answers)
    }
    let made = try emptyFile()
    answers = made
    return made
  }

  /// Makes an empty file at `path`, in place of one that may be there.
  ///
  /// - Throws: `WorkError`.
  func empty(_ path: FilePath) throws(WorkError) {
    remove(path)
    try WorkFile(creating: path).close()
  }

  /// Makes a folder.
  ///
  /// - Throws: `WorkError`.
  func folder() throws(WorkError) -> FilePath {
    let path = name()
    guard unsafe path.withPlatformString({ unsafe mkdir($0, 0o700) }) == 0 else {
      throw WorkError(description: "a folder of a test cannot be made: \(Errno(rawValue: errno))")
    }
    return path
  }

  /// Makes a file with the bytes of `image`; holes are holes.
  ///
  /// - Throws: `WorkError`.
  func file(_ image: SparseBytes) throws(WorkError) -> FilePath {
    let path = name()
    let file = try WorkFile(creating: path)
    defer { file.close() }
    try file.resize(to: image.size)
    do {
      try StoredFile.pieces(of: SparseImage(image)) { bytes, offset in
        try file.write(bytes, at: offset)
      }
    } catch let error as WorkError {
      throw error
    } catch {
      preconditionFailure("an image in memory fails: \(error)")
    }
    return path
  }

  /// Makes a file with these bytes.
  ///
  /// - Throws: `WorkError`.
  func file(_ bytes: [UInt8]) throws(WorkError) -> FilePath {
    let path = name()
    let file = try WorkFile(creating: path)
    defer { file.close() }
    try file.write(bytes[...], at: 0)
    return path
  }

  func remove(_ file: FilePath) { StoredFile.remove(file) }
}

/// A failure of a file of the runner's own: the test is not run.
struct WorkError: Error, Hashable, CustomStringConvertible {
  let description: String
}

/// An open file of a test.
struct WorkFile {
  private let file: FileDescriptor

  /// Makes a new file.
  ///
  /// - Throws: `WorkError`.
  init(creating path: FilePath) throws(WorkError) {
    do {
      file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite])
    } catch {
      throw WorkError(description: "a file of a test cannot be made: \(error)")
    }
  }

  /// Opens a file that exists for writing.
  ///
  /// - Throws: `WorkError`.
  init(writing path: FilePath) throws(WorkError) {
    do {
      file = try FileDescriptor.open(path, .readWrite, options: .closeOnExec)
    } catch {
      throw WorkError(description: "a file of a test cannot be opened: \(error)")
    }
  }

  /// Opens a file for reading.
  ///
  /// - Throws: `WorkError`.
  init(reading path: FilePath) throws(WorkError) {
    do {
      file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
      throw WorkError(description: "a file of a test cannot be opened: \(error)")
    }
  }

  func close() { try? file.close() }

  /// - Throws: `WorkError`.
  func resize(to size: UInt64) throws(WorkError) {
    guard size <= UInt64(Int64.max), ftruncate(file.rawValue, Int(size)) == 0 else {
      throw WorkError(
        description: "no file of \(size) bytes can be made here: \(Errno(rawValue: errno))")
    }
  }

  /// - Throws: `WorkError`.
  func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64) throws(WorkError) {
    var rest = bytes
    var position = offset
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe pwrite(file.rawValue, $0.baseAddress, $0.count, Int(position))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw WorkError(description: "a file of a test: \(Errno(rawValue: errno))")
      }
      rest = rest.dropFirst(count)
      position += UInt64(count)
    }
  }

  /// The size in bytes.
  var size: UInt64 {
    var status = stat()
    return unsafe fstat(file.rawValue, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
  }

  /// The bytes that the file system has allocated for the file, after all was written to it.
  var allocatedBytes: UInt64 {
    var status = stat()
    guard fsync(file.rawValue) == 0, unsafe fstat(file.rawValue, &status) == 0 else { return 0 }
    return UInt64(max(0, status.st_blocks)) * 512
  }

  /// Returns `count` bytes from `offset` on, fewer at the end of the file.
  func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    unsafe Array(unsafeUninitializedCapacity: count) { buffer, done in
      while done < count, offset + UInt64(done) <= UInt64(Int64.max) {
        let read = unsafe pread(
          file.rawValue, buffer.baseAddress?.advanced(by: done), count - done,
          Int(offset + UInt64(done)))
        if read < 0, errno == EINTR { continue }
        guard read > 0 else { break }
        done += read
      }
    }
  }

  /// Returns the first offset from `offset` on that is not in a hole; `nil` if there is none.
  func nextData(from offset: UInt64) -> UInt64? {
    let found = lseek(file.rawValue, Int(offset), Self.seekData)
    return found >= 0 ? UInt64(found) : nil
  }

  /// `SEEK_DATA`, which the C library declares only on request.
  private static let seekData: Int32 = 3

  /// Returns the first byte that is not as in `image`; `nil` if the file equals it.
  func firstDifference(from image: SparseBytes) -> UInt64? {
    guard size == image.size else { return min(size, image.size) }
    var offset: UInt64 = 0
    let piece = 1 << 16
    while true {
      let next = [nextData(from: offset), image.nextData(from: offset)].compactMap(\.self).min()
      guard let next, next < image.size else { return nil }
      let start = next / 4096 * 4096
      let count = Int(min(UInt64(piece), image.size - start))
      let (found, expected) = (
        bytes(at: start, count: count), image.bytes(at: start, count: count)
      )
      guard unsafe found.span.bytes.isEqual(to: expected.span.bytes) else {
        let index = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset
        return start + UInt64(index ?? min(found.count, expected.count))
      }
      offset = start + UInt64(count)
    }
  }
}

extension WorkFile {
  /// Copies a file; holes stay holes.
  ///
  /// - Throws: `WorkError`, also if there is something at `target`.
  static func copy(_ path: FilePath, to target: FilePath) throws(WorkError) {
    let (source, copy) = (try WorkFile(reading: path), try WorkFile(creating: target))
    defer {
      source.close()
      copy.close()
    }
    try copy.resize(to: source.size)
    var offset: UInt64 = 0
    while let next = source.nextData(from: offset) {
      let bytes = source.bytes(at: next, count: 1 << 16)
      guard !bytes.isEmpty else { return }
      try copy.write(bytes[...], at: next)
      offset = next + UInt64(bytes.count)
    }
  }

  /// Returns whether there is a regular file at `path`.
  static func exists(_ path: FilePath) -> Bool { regularSize(path) != nil }

  /// Returns whether there is a regular file without bytes at `path`.
  static func isEmpty(_ path: FilePath) -> Bool { regularSize(path) == 0 }

  /// Returns the size of the regular file at `path`; `nil` if there is none.
  private static func regularSize(_ path: FilePath) -> UInt64? {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe lstat($0, &status) }) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return UInt64(max(0, status.st_size))
  }
}
