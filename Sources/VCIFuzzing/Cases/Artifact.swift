internal import FoundationEssentials
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// A case in which something was found, as a file: the choices that make it again, its edits and
/// forecast for a reader, and beside it the image.
///
/// A case whose choices make another image in a later version is replayed from the stored image.
struct Artifact: Codable, Hashable, Sendable {
  /// The version of this form.
  static let schema = 3
  /// The versions that are read: in 2, seed and iteration are numbers.
  static let schemas = 2...schema

  /// The stored image, where it is small enough to be kept.
  struct Image: Codable, Hashable {
    /// Its file, beside the case.
    fileprivate(set) var file: String
    /// The raw bytes.
    let size: Int
    /// The CRC-32 of the raw bytes.
    let crc32: String
  }

  /// What was found, in the order in which it was.
  struct Finding: Codable, Hashable {
    let kind: DiscrepancyKind
    let rule: String?
    let detail: String
  }

  var schema = Self.schema
  @ExactNumber var seed: UInt64
  @ExactNumber var iteration: UInt64
  let target: Target
  /// The corpus that was drawn from.
  let corpusDigest: String
  /// `plan`, `created` with size and type, or the name of the image of the corpus.
  let base: String
  let kind: String
  let edits: [String]
  let forecast: [String]?
  /// The choices in hexadecimal, a space between two: JSON numbers end at 2^53.
  let baseChoices: String
  let editChoices: String
  /// What is done to the image, as `CacheOperation` describes it; `nil` where it is only looked at.
  let operations: [String]?
  let findings: [Finding]
  private(set) var image: Image?

  /// The most bytes of an image that is stored.
  static let imageLimit: UInt64 = 64 << 20
}

extension Artifact {
  init(
    _ fuzzCase: FuzzCase, seed: UInt64, target: Target, corpusDigest: String,
    discrepancies: [Discrepancy]
  ) {
    self.seed = seed
    self.target = target
    self.corpusDigest = corpusDigest
    iteration = fuzzCase.iteration
    base = "\(fuzzCase.base)"
    operations = fuzzCase.workload?.lines
    kind = "\(fuzzCase.kind)"
    edits = fuzzCase.edits.map(\.description)
    forecast = fuzzCase.forecast?.findings.map(\.description)
    baseChoices = Self.text(of: fuzzCase.baseChoices)
    editChoices = Self.text(of: fuzzCase.editChoices)
    findings = discrepancies.map {
      Finding(kind: $0.kind, rule: $0.rule?.id, detail: $0.detail)
    }
    image = fuzzCase.image.bytes.materialized(limit: Self.imageLimit).map { bytes in
      Image(
        file: Self.name(of: fuzzCase.iteration, seed) + ".vci.z", size: bytes.count,
        crc32: Vector.checksum(of: bytes))
    }
  }

  /// The choices in hexadecimal, a space between two.
  static func text(of choices: [UInt64]) -> String {
    choices.map { String($0, radix: 16) }.joined(separator: " ")
  }

  /// The choices that `text` holds; `nil` where it holds something else.
  static func choices(in text: String) -> [UInt64]? {
    let words = text.split(separator: " ")
    let choices = words.compactMap { UInt64($0, radix: 16) }
    return choices.count == words.count ? choices : nil
  }

  /// The name of a case's files, without their endings.
  static func name(of iteration: UInt64, _ seed: UInt64) -> String {
    "case-\(seed)-\(iteration)"
  }

  /// The same case for files of this name.
  func named(_ name: String) -> Artifact {
    var artifact = self
    artifact.image?.file = name + ".vci.z"
    return artifact
  }

  static func encoded(_ artifact: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(artifact) else {
      preconditionFailure("a case that JSON can't hold: \(artifact)")
    }
    return Array(data) + [UInt8(ascii: "\n")]
  }

  /// Reads the case at `path`.
  ///
  /// - Throws: `CorpusError` where there is none, or one of another schema.
  init(reading path: FilePath) throws(CorpusError) {
    let bytes = try StoredFile.read(path, limit: 16 << 20)
    let artifact: Artifact
    do {
      artifact = try JSONDecoder().decode(Artifact.self, from: Data(bytes))
    } catch {
      throw .file(path, "it is not a case of vcifuzz: \(WrongJSON.reason(of: error))")
    }
    guard Self.schemas.contains(artifact.schema) else {
      throw .file(
        path, "a case of schema \(artifact.schema); this version reads 2 and \(Self.schema)")
    }
    self = artifact
  }
}
