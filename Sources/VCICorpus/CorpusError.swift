public import SystemPackage
public import VCIFiles
internal import VCIFormat

/// The reason why a corpus, or a file of one, cannot be used.
public enum CorpusError: Error, Hashable, Sendable {
  /// A file could not be read, or is not a regular file.
  case file(FilePath, String)
  /// A file could not be written; it keeps its old content.
  case unwritten(FilePath, FileFailure)
  /// A file is larger than any of its kind.
  case tooLarge(FilePath, limit: Int)
  /// A stored image could not be inflated.
  case stream(FilePath, Zlib.Failure)
  /// A stored image inflates to other bytes than the manifest's.
  case otherBytes(FilePath, expected: String, found: String)
  /// A line of the manifest is wrong.
  case manifest(FilePath, line: Int, String)
  /// A recipe is wrong at a line, or as a whole if the line is 0.
  case recipe(FilePath, line: Int, String)
}

extension CorpusError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let path, let reason): "\(FileName(path)): \(reason)"
    case .unwritten(let path, let failure): "\(FileName(path)): \(failure)"
    case .tooLarge(let path, let limit): "\(FileName(path)): larger than \(limit) bytes"
    case .stream(let path, let failure): "\(FileName(path)): \(failure.rawValue)"
    case .otherBytes(let path, let expected, let found):
      "\(FileName(path)): CRC-32 \(expected) expected, \(found) found"
    case .manifest(let path, let line, let reason): "\(FileName(path)):\(line): \(reason)"
    case .recipe(let path, 0, let reason): "\(FileName(path)): \(reason)"
    case .recipe(let path, let line, let reason): "\(FileName(path)):\(line): \(reason)"
    }
  }
}
