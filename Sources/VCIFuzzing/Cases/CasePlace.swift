public import SystemPackage
internal import VCICorpus
internal import VCIGenerators

/// The place where a campaign stores its cases: a folder, and a prefix of file names.
public struct CasePlace: Hashable, Sendable {
  /// The folder. It is made when the first case is stored.
  public let folder: FilePath
  /// The prefix of file names.
  public let prefix: String

  /// Makes a place in `folder` for files whose names begin with `prefix`.
  public init(_ folder: FilePath, prefix: String = "") {
    (self.folder, self.prefix) = (folder, prefix)
  }
}

/// The result of storing the files of a case.
struct CaseFiles: Codable, Hashable, Sendable {
  /// The number of the case among those of its name: 1, or more if files with other bytes have the
  /// name.
  let number: Int
  /// Whether no file of the case existed before.
  let isNew: Bool
}

extension CasePlace {
  /// The largest number that is tried for a name.
  private static let numberLimit = 1000

  /// Stores the case of an iteration and its image, under a name that no other files have. Files
  /// with the same bytes are not written again.
  ///
  /// - Throws: `CorpusError`; then no file is left.
  func store(_ stored: StoredCase, _ image: [UInt8]?) throws(CorpusError) -> CaseFiles {
    try store(stored, image, as: name(of: stored.fuzzCase.iteration, stored.seed))
  }

  /// Stores a case and its image as `name`, or as `name` and a number if other files have that
  /// name.
  ///
  /// - Throws: `CorpusError`; then no file is left.
  func store(
    _ stored: StoredCase, _ image: [UInt8]?, as name: String
  ) throws(CorpusError) -> CaseFiles {
    try StoredFile.makeFolder(folder)
    var contents = [(StoredCase.ending, Array(stored.description.utf8))]
    if let image { contents.insert((StoredCase.imageEnding, Zlib.deflated(image)), at: 0) }
    for number in 1...Self.numberLimit {
      let files = contents.map { (path(name, number, $0.0), $0.1) }
      let states = files.map { Self.state(of: $0.0, $0.1) }
      if states.contains(.other) { continue }
      var written: [FilePath] = []
      do throws(CorpusError) {
        for (index, file) in files.enumerated() where states[index] == .free {
          try StoredFile.write(file.1, to: file.0)
          written.append(file.0)
        }
      } catch {
        written.forEach { StoredFile.remove($0) }
        throw error
      }
      return CaseFiles(number: number, isNew: written.count == files.count)
    }
    throw .file(path(name, 1, StoredCase.ending), "too many files have this name")
  }

  /// Returns the path of the case of an iteration.
  func path(of iteration: UInt64, _ seed: UInt64, _ number: Int) -> FilePath {
    path(name(of: iteration, seed), number, StoredCase.ending)
  }

  /// Removes the case of an iteration and its image.
  func remove(_ iteration: UInt64, _ seed: UInt64, _ number: Int) {
    for ending in [StoredCase.ending, StoredCase.imageEnding] {
      StoredFile.remove(path(name(of: iteration, seed), number, ending))
    }
  }

  /// Returns the path of the file of a case with this ending.
  func path(_ name: String, _ number: Int, _ ending: String) -> FilePath {
    folder.appending(prefix + name + (number == 1 ? "" : "-\(number)") + ending)
  }

  private func name(of iteration: UInt64, _ seed: UInt64) -> String { "case-\(seed)-\(iteration)" }

  private enum State {
    /// No file has the name.
    case free
    /// A file with the same bytes has the name.
    case same
    /// A file with other bytes, or another object, has the name.
    case other
  }

  private static func state(of path: FilePath, _ bytes: [UInt8]) -> State {
    if (try? StoredFile.requireFree(path)) != nil { return .free }
    return (try? StoredFile.read(path, limit: bytes.count)) == bytes ? .same : .other
  }
}
