internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// A case with discrepancies, as a file: the recipe of its image, its operations and its
/// discrepancies. If the image is small enough, it is a file beside it.
///
/// The text is a recipe with additional lines (`Specs/Recipes.md`, "Cases"). It is all that is
/// needed to run the case again. If the recipe makes other bytes than the image beside it, the
/// image is used.
struct StoredCase {
  /// The version of this format. Versions 2 to 4 were JSON.
  static let schema: UInt64 = 5
  /// The largest image that is stored, and the largest base without a plan, in bytes.
  static let imageLimit: UInt64 = 64 << 20
  /// The ending of case files.
  static let ending = ".vcir"
  /// The ending of the images beside case files.
  static let imageEnding = ".vci.z"

  /// Size and checksum of the raw image beside a case.
  struct Image: Hashable {
    /// The number of bytes.
    let size: UInt64
    /// The CRC-32 of the bytes.
    let crc32: UInt32
  }

  /// For a minimized case, the name of the file that a campaign stored; else `nil`.
  var origin: String?
  let seed: UInt64
  let target: Target
  /// The digest of the corpus from which the campaign drew.
  let corpusDigest: String
  let discrepancies: [Discrepancy]
  let fuzzCase: FuzzCase
  /// The image beside the case; `nil` if none is stored.
  let image: Image?
}

extension StoredCase {
  /// Returns `fuzzCase` as a stored case, and the bytes of its image unless there are too many.
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

  /// Whether the case trapped or was stuck. It must be run in a process of its own.
  var isDeadly: Bool { discrepancies.contains { [.trapped, .stuck].contains($0.kind) } }

  /// Returns the image beside the case at `path`; `nil` if none is stored.
  ///
  /// - Throws: `CorpusError` if the image is missing or too large, or has another CRC-32.
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
