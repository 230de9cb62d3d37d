public import VCIFormat

/// A line of the manifest: an image of the corpus, and what is expected of programs that meet it.
///
/// What is expected has the form that it has in a verdict.
public struct Vector: Codable, Hashable, Sendable {
  /// The origin of an image that was not made from a plan.
  public struct Provenance: Codable, Hashable, Sendable {
    /// The program that wrote it.
    public let tool: String
    /// The program's version.
    public let version: String
    /// The way in which the program was used.
    public let how: String

    /// Makes the provenance of an image.
    public init(tool: String, version: String, how: String) {
      self.tool = tool
      self.version = version
      self.how = how
    }
  }

  /// The version of this form. Lines of version 1 had no number.
  static let schema: Int32 = 2

  private let schema: Int32
  /// The subject of the image, and its folder: lower case letters, digits, dashes.
  public let area: String
  /// The name, which never changes: the same letters.
  public let id: String
  /// A description, in one line.
  public let title: String
  /// The IDs of the rules that the image tests.
  public let rules: [String]
  /// The numbers of the faults that the image reveals.
  public let faults: [String]
  /// The findings of a check; of a rule that is broken at more than 16 places the first 16.
  public let findings: [ListedFinding]
  /// The exit code of a check.
  public let exit: Int32
  /// The answers of a probe.
  public let probe: AllowedProbe
  /// The answers of an open for reading.
  public let openForReading: AllowedOpen
  /// The answers of an open for writing.
  public let openForWriting: AllowedOpen
  /// The answers of the recipe's reads; none if an open for reading must be refused.
  public let reads: [AllowedRead]
  /// The IDs of the rules that a refused read may name.
  public let damage: [String]
  /// Whether the image is stored; any other is made from its recipe.
  public let stored: Bool
  private let bytes: Digits
  /// The bytes of the raw image's blocks that hold a byte other than zero.
  public let bytesOnDisk: Digits
  /// The CRC-32 of the raw image, in eight hexadecimal digits.
  public let crc32: String
  /// The edits of its recipe, for information.
  public let edits: [String]
  /// The origin; `nil` for an image that was made from a plan.
  public let provenance: Provenance?

  /// Makes a vector of these values.
  public init(
    area: String, id: String, title: String, rules: [Rule], faults: [String] = [],
    answers: ExpectedAnswers, reads: [AllowedRead] = [], size: UInt64, onDisk: UInt64,
    crc32: UInt32, edits: [String] = [], provenance: Provenance? = nil
  ) {
    schema = Self.schema
    self.area = area
    self.id = id
    self.title = title
    self.rules = rules.map(\.id)
    self.faults = faults
    findings = answers.findings
    exit = answers.exit
    probe = answers.probe
    openForReading = answers.openForReading
    openForWriting = answers.openForWriting
    self.reads = reads
    damage = answers.damage
    stored = size <= UInt64(Self.sizeLimit)
    bytes = Digits(size)
    bytesOnDisk = Digits(onDisk)
    self.crc32 = Self.text(of: crc32)
    self.edits = edits
    self.provenance = provenance
  }

  /// The bytes of the raw image.
  public var size: UInt64 { bytes.number }

  /// Returns the CRC-32 of `bytes` in eight hexadecimal digits.
  public static func checksum(of bytes: [UInt8]) -> String {
    text(of: Zlib.crc32(bytes))
  }

  /// Returns a CRC-32 in eight hexadecimal digits.
  public static func text(of crc32: UInt32) -> String {
    let digits = String(crc32, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  static func isChecksum(_ text: String) -> Bool {
    text.count == 8 && UInt32(text, radix: 16) != nil
  }

  /// The maximum size of a stored image; a larger one is made from its recipe.
  public static let sizeLimit = 4 << 20

  /// What is wrong with the line, if anything.
  var flaw: String? {
    if schema != Self.schema { return Self.flaw(ofSchema: schema) }
    for name in [area, id] where name.isEmpty || !name.allSatisfy(Self.isNameLetter) {
      return "the name \(name) has other letters than a to z, 0 to 9 and -"
    }
    if stored, size > UInt64(Self.sizeLimit) { return "a size of \(size) bytes" }
    if bytesOnDisk.number > size { return "\(bytesOnDisk) of \(size) bytes on disk" }
    if !Self.isChecksum(crc32) { return "the CRC-32 is \(crc32)" }
    if Verdict(rawValue: exit) == nil { return "the exit code \(exit)" }
    return Self.flaw(ofRules: rules + damage) ?? findings.lazy.compactMap(\.flaw).first
      ?? probe.flaw ?? openForReading.flaw ?? openForWriting.flaw
      ?? reads.lazy.compactMap(\.flaw).first
  }

  /// What is wrong with a line of another version; `nil` stands for a line without a number.
  static func flaw(ofSchema schema: Int32?) -> String {
    "a line of version \(schema ?? 1); this version reads \(Self.schema), and vcifuzz corpus build "
      + "makes the manifest anew"
  }

  /// What is wrong with a list of IDs of rules, if anything.
  static func flaw(ofRules ids: [String]) -> String? {
    ids.first { Rule(rawValue: $0) == nil }.map { "there is no rule \($0)" }
  }

  private static func isNameLetter(_ letter: Character) -> Bool {
    letter.isASCII && (letter.isLowercase || letter.isNumber || letter == "-")
  }

  /// The path of the stored image inside the corpus.
  public var file: String { "\(area)/\(id).vci.z" }

  /// The path of the recipe inside the corpus.
  public var recipe: String { "\(area)/\(id).vcir" }
}
