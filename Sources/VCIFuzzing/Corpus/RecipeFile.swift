public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Recipes in files: assembled into images, and made from images.
public enum RecipeFile {
  /// What was assembled.
  public struct Assembled: Hashable, Sendable {
    /// The image's bytes.
    public let size: UInt64
    /// Their CRC-32, in eight hexadecimal digits.
    public let crc32: String
  }

  /// The most bytes that a recipe's text may have.
  static let textLimit = 256 << 20

  /// The most bytes outside of holes that an image is made of, where nobody allows more.
  public static var writtenLimit: UInt64 { Recipe.writtenLimit }

  /// Reads the recipe at `path`, of an image that has at most `limit` bytes outside of holes.
  ///
  /// - Throws: `CorpusError` where it cannot be read, or is none.
  static func read(
    _ path: FilePath, writing limit: UInt64 = writtenLimit
  ) throws(CorpusError) -> Recipe {
    let bytes = try StoredFile.read(path, limit: textLimit)
    if let other = OtherContent(bytes) { throw .recipe(path, line: 0, other.description) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = String(decoding: bytes, as: UTF8.self).utf8.commonPrefixCount(with: bytes)
      throw .recipe(path, line: 0, "it is no text in UTF-8, from byte \(valid) on")
    }
    do throws(RecipeError) {
      return try Recipe(parsing: text, writing: limit)
    } catch {
      throw .recipe(path, line: error.line, error.reason)
    }
  }

  /// Makes a new file at `output`, the image of the recipe at `path`, with holes where it has
  /// nothing and at most `limit` bytes elsewhere.
  ///
  /// - Throws: `CorpusError`, also where something is at `output` already.
  public static func assemble(
    _ path: FilePath, into output: FilePath, writing limit: UInt64 = writtenLimit
  ) throws -> Assembled {
    let image = SparseImage(try read(path, writing: limit).image().bytes)
    try StoredFile.create(image, at: output)
    return try assembled(image)
  }

  /// Makes the image of the recipe at `path` the content of the file at `output`, whatever stood
  /// there.
  ///
  /// - Throws: `CorpusError`.
  public static func assemble(
    _ path: FilePath, replacing output: FilePath, writing limit: UInt64 = writtenLimit
  ) throws -> Assembled {
    let image = SparseImage(try read(path, writing: limit).image().bytes)
    try StoredFile.replace(image, at: output)
    return try assembled(image)
  }

  private static func assembled(_ image: SparseImage) throws(StorageError) -> Assembled {
    Assembled(
      size: image.bytes.size, crc32: Vector.text(of: try StoredFile.crc32(of: image)))
  }

  /// The recipe, as text, that assembles to the bytes of the file at `path`.
  ///
  /// - Throws: `CorpusError` where it cannot be read, or holds more than a recipe may.
  public static func disassemble(_ path: FilePath) throws -> String {
    do {
      return try Disassembly.recipe(of: try FileStorage(reading: path)).description
    } catch {
      throw CorpusError.file(path, "\(error)")
    }
  }

  /// Makes a new file at `path` of a recipe's text.
  ///
  /// - Throws: `CorpusError`, also where something is there already.
  public static func create(_ text: String, at path: FilePath) throws {
    try StoredFile.create(SparseImage(SparseBytes(Array(text.utf8))), at: path)
  }

  /// Makes a recipe's text the content of the file at `path`, whatever stood there.
  ///
  /// - Throws: `CorpusError`.
  public static func replace(_ text: String, at path: FilePath) throws {
    try StoredFile.replace(SparseImage(SparseBytes(Array(text.utf8))), at: path)
  }
}

extension Sequence where Element == UInt8 {
  /// How many elements at the start are those of `other`.
  fileprivate func commonPrefixCount(with other: some Sequence<UInt8>) -> Int {
    zip(self, other).prefix { $0 == $1 }.count
  }
}
