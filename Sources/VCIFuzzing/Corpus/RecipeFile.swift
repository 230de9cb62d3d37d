public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Recipes in files: assembled into images, and made from images.
public enum RecipeFile {
  /// The result of assembling a recipe.
  public struct Assembled: Hashable, Sendable {
    /// The size of the image, in bytes.
    public let size: UInt64
    /// The CRC-32 of the image, in eight hexadecimal digits.
    public let crc32: String
  }

  /// The largest size of a recipe's text, in bytes.
  static let textLimit = 256 << 20

  /// The default limit of the bytes outside of holes.
  public static var writtenLimit: UInt64 { Recipe.writtenLimit }

  /// Returns the recipe at `path`. Its image may have at most `limit` bytes outside of holes.
  ///
  /// A stored case is a recipe too: the lines that only cases have are ignored. If it has no ID, it
  /// gets the name of the file.
  ///
  /// - Throws: `CorpusError` if the file cannot be read, or is no recipe.
  static func read(
    _ path: FilePath, writing limit: UInt64 = writtenLimit
  ) throws(CorpusError) -> Recipe {
    let text = try text(path)
    do throws(RecipeError) {
      guard let lines = CaseLines(text) else { return try Recipe(parsing: text, writing: limit) }
      var recipe = try Recipe(parsing: lines.recipe, writing: limit)
      if recipe.front.id.isEmpty { recipe.front.id = path.stem ?? "" }
      return recipe
    } catch {
      throw .recipe(path, line: error.line, error.reason)
    }
  }

  /// Returns the text at `path`. `describe` words the error if the file has other content than
  /// text.
  ///
  /// - Throws: `CorpusError` if the file cannot be read, or is no text in UTF-8.
  static func text(
    _ path: FilePath, _ describe: ([UInt8], OtherContent) -> String = { $1.description }
  ) throws(CorpusError) -> String {
    let bytes = try StoredFile.read(path, limit: textLimit)
    if let other = OtherContent(bytes) { throw .recipe(path, line: 0, describe(bytes, other)) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = String(decoding: bytes, as: UTF8.self).utf8.commonPrefixCount(with: bytes)
      throw .recipe(path, line: 0, "it is no text in UTF-8, from byte \(valid) on")
    }
    return text
  }

  /// Writes the image of the recipe at `path` to a file at `output`. The image may have at most
  /// `limit` bytes outside of holes.
  ///
  /// - Throws: `CorpusError`, also if the file already exists, unless it may be replaced.
  public static func assemble(
    _ path: FilePath, to output: FilePath, _ overwriting: Overwriting = .refused,
    writing limit: UInt64 = writtenLimit
  ) throws -> Assembled {
    let image = SparseImage(try read(path, writing: limit).image().bytes)
    try overwriting.write(image, to: output)
    return Assembled(
      size: image.bytes.size, crc32: Vector.text(of: try StoredFile.crc32(of: image)))
  }

  /// Returns the text of a recipe that assembles to the bytes of the file at `path`.
  ///
  /// - Throws: `CorpusError` if the file cannot be read, or has more content than a recipe may.
  public static func disassemble(_ path: FilePath) throws -> String {
    do {
      return try Disassembly.recipe(of: try FileStorage(reading: path)).description
    } catch {
      throw CorpusError.file(path, "\(error)")
    }
  }

  /// Writes the text of a recipe to a file at `path`.
  ///
  /// - Throws: `CorpusError`, also if the file already exists, unless it may be replaced.
  public static func write(
    _ text: String, to path: FilePath, _ overwriting: Overwriting = .refused
  ) throws {
    try overwriting.write(SparseImage(SparseBytes(Array(text.utf8))), to: path)
  }
}

extension Sequence where Element == UInt8 {
  /// Returns the length of the longest common prefix of this sequence and `other`.
  fileprivate func commonPrefixCount(with other: some Sequence<UInt8>) -> Int {
    zip(self, other).prefix { $0 == $1 }.count
  }
}
