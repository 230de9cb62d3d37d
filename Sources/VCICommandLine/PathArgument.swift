internal import ArgumentParser
public import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// Paths, as options and arguments are given them: the bytes are those of the command line.
public enum PathArgument {
  /// Reads the path of a file.
  ///
  /// - Throws: `ValidationError` where it is empty, and where it ends in a slash, as only a folder's does.
  public static func file(_ text: String) throws -> FilePath {
    let name = RawArguments.argument(of: text)
    guard name.bytes.last != UInt8(ascii: "/") else {
      throw ValidationError(
        "'\(name)' ends in a slash, as the name of a folder may; a file is needed here.")
    }
    return try folder(text)
  }

  /// Reads the path of a folder, or of anything.
  ///
  /// - Throws: `ValidationError` where it is empty.
  public static func folder(_ text: String) throws -> FilePath {
    let name = RawArguments.argument(of: text)
    guard !name.bytes.isEmpty else { throw ValidationError("A name is needed, not an empty one.") }
    return FilePath(name)
  }
}
