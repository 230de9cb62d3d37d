internal import ArgumentParser
public import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// Parses paths from the command line and keeps their bytes, which need not be UTF-8.
public enum PathArgument {
  /// Parses the path of a file.
  ///
  /// - Throws: `ValidationError` if the path is empty, if it ends in a slash as only a folder's
  ///   does, or if it leads to the regular file that standard output or standard error goes to.
  public static func file(_ text: String) throws -> FilePath {
    let name = RawArguments.argument(of: text)
    guard name.bytes.last != UInt8(ascii: "/") else {
      throw ValidationError(
        "'\(name)' ends in a slash, as the name of a folder may; a file is needed here.")
    }
    let path = try folder(text)
    guard ByteStream.isStandardOutput(path) || !isWrittenAlready(path) else {
      throw ValidationError("'\(name)' is the file that this command's own output goes to.")
    }
    return path
  }

  /// Returns whether `path` leads to the regular file that is standard output or standard error,
  /// which a shell may have opened for appending.
  private static func isWrittenAlready(_ path: FilePath) -> Bool {
    guard let identity = FileIdentity(at: path) else { return false }
    return [FileDescriptor.standardOutput, .standardError].contains {
      FileIdentity(ofRegular: $0) == identity
    }
  }

  /// Parses the path of a folder, or of anything else.
  ///
  /// - Throws: `ValidationError` if the path is empty.
  public static func folder(_ text: String) throws -> FilePath {
    let name = RawArguments.argument(of: text)
    guard !name.bytes.isEmpty else { throw ValidationError("A name is needed, not an empty one.") }
    return FilePath(name)
  }
}
