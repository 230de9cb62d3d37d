internal import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIGenerators

/// Whether a new file may replace a regular file of the same name.
public enum Overwriting: Sendable {
  case refused, allowed

  /// Returns a draft of a file at `path`.
  ///
  /// - Throws: `FileFailure`.
  func draft(at path: FilePath) throws(FileFailure) -> Draft {
    switch self {
    case .refused: try Draft(creating: path)
    case .allowed: try Draft(replacing: path)
    }
  }

  /// Writes `image` to a file at `path`, with the holes of the image.
  ///
  /// - Throws: `CorpusError`.
  func write(_ image: SparseImage, to path: FilePath) throws(CorpusError) {
    switch self {
    case .refused: try StoredFile.create(image, at: path)
    case .allowed: try StoredFile.replace(image, at: path)
    }
  }
}
