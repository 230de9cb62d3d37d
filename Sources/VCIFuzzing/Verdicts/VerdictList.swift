internal import SystemPackage
internal import VCICorpus
internal import VCIFiles

/// The list of the images in a folder. It is a draft beside the images, and gets its name at the
/// end.
///
/// Room is taken for lines before their content is known, so that the list can be completed even if
/// the images fill the file system.
final class VerdictList {
  private let path: FilePath
  private let draft: Draft
  /// The number of bytes of lines so far, and the number of bytes that have room.
  private var count: UInt64 = 0
  private var room: UInt64 = 0

  private static let step = 1 << 16
  /// The largest number of bytes that the reason for a left-out file adds to its line.
  private static let reserve = 160

  /// Makes the list in a folder.
  ///
  /// - Throws: `CorpusError.unwritten`, also if the list already exists, unless it may be replaced.
  init(in folder: FilePath, _ overwriting: Overwriting = .refused) throws(CorpusError) {
    let path = folder.appending(VerdictLine.fileName)
    self.path = path
    draft = try Self.asCorpusError(path) { () throws(FileFailure) in try overwriting.draft(at: path)
    }
  }

  /// Takes room for `lines` later lines that have `bytes` bytes together. Any of them may have a
  /// reason why its image is left out.
  ///
  /// - Throws: `CorpusError.unwritten` if there is no room.
  func takeRoom(forBytes bytes: Int, inLines lines: Int) throws(CorpusError) {
    try takeRoom(for: UInt64(bytes + lines * Self.reserve))
  }

  /// Takes room for about this number of lines, but at most `mostAhead`. A lack of room is no
  /// error.
  func takeRoom(forAbout lines: UInt64) {
    try? takeRoom(for: min(lines, Self.mostAhead) * Self.usualLength)
  }

  private static let usualLength: UInt64 = 1 << 13
  private static let mostAhead: UInt64 = 1 << 10

  private func takeRoom(for bytes: UInt64) throws(CorpusError) {
    while count + bytes > room {
      do throws(CorpusError) {
        try takeMore(Self.step)
      } catch {
        // The rest may still fit if it is smaller than a step.
        let rest = count + bytes - room
        guard rest < Self.step else { throw error }
        try takeMore(Int(rest))
      }
    }
  }

  private func takeMore(_ bytes: Int) throws(CorpusError) {
    let zeros = [UInt8](repeating: 0, count: bytes)
    try Self.asCorpusError(path) { () throws(FileFailure) in
      try unsafe draft.write(zeros.span.bytes, at: room)
    }
    room += UInt64(bytes)
  }

  /// Adds a line. Room must have been taken for it.
  ///
  /// - Throws: `CorpusError.unwritten`.
  func add(_ line: VerdictLine) throws {
    let bytes = try line.encoded()
    try Self.asCorpusError(path) { () throws(FileFailure) in
      try unsafe draft.write(bytes.span.bytes, at: count)
    }
    count += UInt64(bytes.count)
  }

  /// Gives the list its name.
  ///
  /// - Throws: `CorpusError.unwritten`.
  func finish() throws(CorpusError) {
    try Self.asCorpusError(path) { () throws(FileFailure) in
      try draft.resize(to: count)
      try draft.finish()
    }
  }

  private static func asCorpusError<Value>(
    _ path: FilePath, _ call: () throws(FileFailure) -> Value
  ) throws(CorpusError) -> Value {
    do throws(FileFailure) {
      return try call()
    } catch {
      throw .unwritten(path, error)
    }
  }
}

/// The result of writing an image to a file.
enum ImageFile {
  case written
  /// The file system, a quota or a limit has no room for the file.
  case leftOut(FileFailure)

  /// Writes a file with `put`. A lack of room is a result and no error.
  ///
  /// - Throws: Any other error of `put`.
  init(_ put: () throws -> Void) throws {
    do {
      try put()
      self = .written
    } catch CorpusError.unwritten(_, let failure) where failure.isForWantOfRoom {
      self = .leftOut(failure)
    }
  }

  /// The reason why there is no file; `nil` if the file was written.
  var reason: FileFailure? {
    switch self {
    case .written: nil
    case .leftOut(let failure): failure
    }
  }
}
