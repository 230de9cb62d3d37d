public import SystemPackage
internal import VCICorpus
internal import VCIGenerators

/// Where a campaign stores its cases: a folder, and what the names of their files begin with.
public struct CasePlace: Hashable, Sendable {
  /// The folder; it is made when the first case is stored.
  public let folder: FilePath
  /// What the names begin with.
  public let prefix: String

  /// Makes a place in `folder` for files whose names begin with `prefix`.
  public init(_ folder: FilePath, prefix: String = "") {
    (self.folder, self.prefix) = (folder, prefix)
  }
}

/// A case that was stored.
struct StoredCase: Codable, Hashable, Sendable {
  /// Which case of its name it is: 1, or more where files of other bytes have the name.
  let number: Int
  /// Whether its files were not there before.
  let isNew: Bool
}

extension CasePlace {
  /// The most files of one name that are looked at.
  private static let numberLimit = 1000

  /// Stores the case and its image, under a name that no other files have.
  ///
  /// - Throws: `CorpusError.file`, after which nothing of it is stored.
  func store(_ artifact: Artifact, image: SparseBytes) throws(CorpusError) -> StoredCase {
    try StoredFile.makeFolder(folder)
    let bytes = image.materialized(limit: Artifact.imageLimit).map { Zlib.deflated($0) }
    for number in 1...Self.numberLimit {
      let name = name(of: artifact.iteration, artifact.seed, number)
      var files = [(name + ".json", Artifact.encoded(artifact.named(name)))]
      if let bytes { files.insert((name + Self.imageEnding, bytes), at: 0) }
      let states = files.map { state(of: $0.0, $0.1) }
      if states.contains(.other) { continue }
      var written: [FilePath] = []
      do throws(CorpusError) {
        for (index, file) in files.enumerated() where states[index] == .free {
          let path = folder.appending(file.0)
          try StoredFile.write(file.1, to: path)
          written.append(path)
        }
      } catch {
        written.forEach { StoredFile.remove($0) }
        throw error
      }
      return StoredCase(number: number, isNew: written.count == files.count)
    }
    throw .file(path(of: artifact.iteration, artifact.seed, 1), "too many files have this name")
  }

  /// The path of a case.
  func path(of iteration: UInt64, _ seed: UInt64, _ number: Int) -> FilePath {
    folder.appending(name(of: iteration, seed, number) + ".json")
  }

  /// Removes a case and its image.
  func remove(_ iteration: UInt64, _ seed: UInt64, _ number: Int) {
    for ending in [".json", Self.imageEnding] {
      StoredFile.remove(folder.appending(name(of: iteration, seed, number) + ending))
    }
  }

  private static let imageEnding = ".vci.z"

  private func name(of iteration: UInt64, _ seed: UInt64, _ number: Int) -> String {
    prefix + Artifact.name(of: iteration, seed) + (number == 1 ? "" : "-\(number)")
  }

  private enum State {
    /// Nothing has the name.
    case free
    /// A file has it, of the same bytes.
    case same
    /// Something else has it.
    case other
  }

  private func state(of name: String, _ bytes: [UInt8]) -> State {
    let path = folder.appending(name)
    if (try? StoredFile.requireFree(path)) != nil { return .free }
    return (try? StoredFile.read(path, limit: bytes.count)) == bytes ? .same : .other
  }
}
