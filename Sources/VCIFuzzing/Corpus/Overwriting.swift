internal import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIGenerators

/// Whether a new file may take the place of a regular file of its name.
public enum Overwriting: Sendable {
  case refused, allowed

  /// Makes a draft of a file at `path`.
  ///
  /// - Throws: `FileFailure`.
  func draft(at path: FilePath) throws(FileFailure) -> Draft {
    switch self {
    case .refused: try Draft(creating: path)
    case .allowed: try Draft(replacing: path)
    }
  }

  /// Makes a file of `image` at `path`, with holes where the image has nothing.
  ///
  /// - Throws: `CorpusError`.
  func write(_ image: SparseImage, to path: FilePath) throws(CorpusError) {
    switch self {
    case .refused: try StoredFile.create(image, at: path)
    case .allowed: try StoredFile.replace(image, at: path)
    }
  }
}
