internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// A case in which something was found, as a file: the recipe of its image, its operations, and
/// what was found. The image lies beside it, if it is small enough.
///
/// The text is a recipe with some lines more (`Specs/Recipes.md`, "Cases"); it needs nothing else
/// to be run again. If it makes other bytes than the image beside it, the image counts.
struct StoredCase {
  /// The version of this form. Versions 2 to 4 were JSON.
  static let schema: UInt64 = 5
  /// The most bytes of an image that is stored, and of a base without a plan.
  static let imageLimit: UInt64 = 64 << 20
  /// The ending of the files of cases.
  static let ending = ".vcir"
  /// The ending of the images beside them.
  static let imageEnding = ".vci.z"

  /// The raw bytes of an image that lies beside a case.
  struct Image: Hashable {
    /// How many there are.
    let size: UInt64
    /// Their CRC-32.
    let crc32: UInt32
  }

  /// The file of the case that a campaign stored; `nil` if it is this one.
  var origin: String?
  let seed: UInt64
  let target: Target
  /// The digest of the corpus from which the campaign drew.
  let corpusDigest: String
  let discrepancies: [Discrepancy]
  let fuzzCase: FuzzCase
  /// The image beside it; `nil` if none is stored.
  let image: Image?
}

extension StoredCase {
  /// Makes the file form of `fuzzCase`, with the bytes of its image unless they are too many.
  static func make(
    _ fuzzCase: FuzzCase, seed: UInt64, target: Target, corpusDigest: String,
    _ discrepancies: [Discrepancy], origin: String? = nil
  ) -> (stored: StoredCase, bytes: [UInt8]?) {
    let bytes = fuzzCase.image.bytes.materialized(limit: imageLimit)
    let image = bytes.map { Image(size: UInt64($0.count), crc32: Zlib.crc32($0)) }
    return (
      StoredCase(
        origin: origin, seed: seed, target: target, corpusDigest: corpusDigest,
        discrepancies: discrepancies, fuzzCase: fuzzCase, image: image),
      bytes
    )
  }

  /// Whether the case ended the process that ran it, or did not return.
  var isDeadly: Bool { discrepancies.contains { [.trapped, .stuck].contains($0.kind) } }

  /// Reads the image beside the case at `path`; `nil` if none is stored.
  ///
  /// - Throws: `CorpusError` if the image is missing, too large or another one.
  func imageBytes(beside path: FilePath) throws(CorpusError) -> [UInt8]? {
    guard let image else { return nil }
    let file = path.removingLastComponent().appending((path.stem ?? "") + Self.imageEnding)
    guard image.size <= Self.imageLimit else {
      throw .tooLarge(file, limit: Int(Self.imageLimit))
    }
    let stream = try StoredFile.read(file, limit: 2 * Int(Self.imageLimit))
    let bytes: [UInt8]
    do throws(Zlib.Failure) {
      bytes = try Zlib.inflated(stream, count: Int(image.size))
    } catch {
      throw .stream(file, error)
    }
    let crc32 = Zlib.crc32(bytes)
    guard crc32 == image.crc32 else {
      throw .otherBytes(
        file, expected: Vector.text(of: image.crc32), found: Vector.text(of: crc32))
    }
    return bytes
  }
}
