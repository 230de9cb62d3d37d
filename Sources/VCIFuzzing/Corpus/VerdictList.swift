internal import SystemPackage
internal import VCICorpus
internal import VCIFiles

/// The list of the images in a folder, which is written beside them and takes its name at the end.
///
/// Room is taken for lines before they are known, so that a list can be told even of a file system
/// that the images fill.
final class VerdictList {
  private let path: FilePath
  private let draft: Draft
  /// How many bytes of lines there are, and how many there is room for.
  private var count: UInt64 = 0
  private var room: UInt64 = 0

  private static let step = 1 << 16
  /// The most bytes of words about a file that is left out.
  private static let reserve = 160

  /// Makes the list in a folder.
  ///
  /// - Throws: `CorpusError.unwritten`, also if there is one already, unless it may be replaced.
  init(in folder: FilePath, _ overwriting: Overwriting = .refused) throws(CorpusError) {
    let path = folder.appending(VerdictLine.fileName)
    self.path = path
    draft = try Self.asCorpusError(path) { () throws(FileFailure) in try overwriting.draft(at: path)
    }
  }

  /// Takes room for lines that come, of which each may say that its image is left out.
  ///
  /// - Throws: `CorpusError.unwritten` if there is none.
  func takeRoom(for lines: [VerdictLine]) throws {
    var bytes: UInt64 = 0
    for line in lines { bytes += UInt64(try line.encoded().count + Self.reserve) }
    try takeRoom(for: bytes)
  }

  /// Takes room for about so many lines, where there is as much.
  func takeRoom(forAbout lines: UInt64) {
    try? takeRoom(for: min(lines, Self.mostAhead) * Self.usualLength)
  }

  private static let usualLength: UInt64 = 1024
  private static let mostAhead: UInt64 = 1 << 10

  private func takeRoom(for bytes: UInt64) throws(CorpusError) {
    while count + bytes > room {
      do throws(CorpusError) {
        try takeMore(Self.step)
      } catch {
        // Less may do.
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

  /// Adds a line, for which room was taken.
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

/// Whether an image became a file.
enum ImageFile {
  case written
  /// The file system, a quota or a limit keeps it from being there.
  case leftOut(FileFailure)

  /// Makes a file by `put`; that there is no room for it is no error.
  ///
  /// - Throws: what `put` throws otherwise.
  init(_ put: () throws -> Void) throws {
    do {
      try put()
      self = .written
    } catch CorpusError.unwritten(_, let failure) where failure.isForWantOfRoom {
      self = .leftOut(failure)
    }
  }

  /// Why it did not; `nil` if it did.
  var reason: FileFailure? {
    switch self {
    case .written: nil
    case .leftOut(let failure): failure
    }
  }
}
