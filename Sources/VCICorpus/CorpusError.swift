public import SystemPackage
public import VCIFiles
internal import VCIFormat

/// Why a corpus, or a file of one, cannot be used.
public enum CorpusError: Error, Hashable, Sendable {
  /// A file could not be read, or is none of ours.
  case file(FilePath, String)
  /// A file could not be written; what stood there before still does.
  case unwritten(FilePath, FileFailure)
  /// A file is larger than any of its kind.
  case tooLarge(FilePath, limit: Int)
  /// A stored image does not inflate to its image.
  case stream(FilePath, Zlib.Failure)
  /// A stored image inflates to other bytes than the manifest's.
  case otherBytes(FilePath, expected: String, found: String)
  /// A line of the manifest is wrong.
  case manifest(FilePath, line: Int, String)
  /// A recipe is wrong: at a line, or as a whole where that is 0.
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
