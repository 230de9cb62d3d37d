public import VCIFormat

/// A finding, as the manifest names it.
public struct ExpectedFinding: Codable, Hashable, Sendable {
  /// The rule's ID.
  public let rule: String
  /// The rule's class, in this image.
  public let `class`: String
  /// The byte at which a checker points.
  public let offset: UInt64

  /// Makes an expected finding of these values.
  public init(_ rule: Rule, _ ruleClass: RuleClass, at offset: UInt64) {
    self.rule = rule.id
    self.class = ruleClass.rawValue
    self.offset = offset
  }
}

/// A line of the manifest: an image of the corpus, and what a check of it finds.
public struct Vector: Codable, Hashable, Sendable {
  /// Where an image that nobody planned comes from.
  public struct Provenance: Codable, Hashable, Sendable {
    /// The program that wrote it.
    public let tool: String
    /// The program's version.
    public let version: String
    /// How it came to write it.
    public let how: String

    /// Makes the provenance of an image.
    public init(tool: String, version: String, how: String) {
      self.tool = tool
      self.version = version
      self.how = how
    }
  }

  /// The rule or the thing that it is about, and its folder: lower case letters, digits, dashes.
  public let area: String
  /// Its name, for ever: of the same letters.
  public let id: String
  /// What it is, in a line.
  public let title: String
  /// The IDs of the rules that it is about.
  public let rules: [String]
  /// What a check finds, by rule and byte.
  public let findings: [ExpectedFinding]
  /// The exit code of a check.
  public let exit: Int32
  /// The bytes of the raw image.
  public let size: Int
  /// The CRC-32 of the raw image, in eight hexadecimal digits.
  public let crc32: String
  /// The edits by which it was made, for a reader.
  public let edits: [String]
  /// Where it comes from; `nil` where it was made from a plan.
  public let provenance: Provenance?

  /// Makes a vector of these values.
  public init(
    area: String, id: String, title: String, rules: [Rule], findings: [ExpectedFinding],
    verdict: Verdict, bytes: [UInt8], edits: [String] = [], provenance: Provenance? = nil
  ) {
    self.area = area
    self.id = id
    self.title = title
    self.rules = rules.map(\.id)
    self.findings = findings
    self.exit = verdict.rawValue
    self.size = bytes.count
    self.crc32 = Self.checksum(of: bytes)
    self.edits = edits
    self.provenance = provenance
  }

  /// The CRC-32 of `bytes`, in eight hexadecimal digits.
  public static func checksum(of bytes: [UInt8]) -> String {
    let digits = String(Zlib.crc32(bytes), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The most bytes that an image of the corpus may have.
  public static let sizeLimit = 64 << 20

  /// Why the line is wrong; `nil` where it is not.
  var flaw: String? {
    for name in [area, id] where name.isEmpty || !name.allSatisfy(Self.isNameLetter) {
      return "the name \(name) has other letters than a to z, 0 to 9 and -"
    }
    if size < 0 || size > Self.sizeLimit { return "a size of \(size) bytes" }
    if crc32.count != 8 || UInt32(crc32, radix: 16) == nil { return "the CRC-32 is \(crc32)" }
    if Verdict(rawValue: exit) == nil { return "the exit code \(exit)" }
    for id in rules + findings.map(\.rule) where Rule(id: id) == nil {
      return "there is no rule \(id)"
    }
    for finding in findings where RuleClass(rawValue: finding.class) == nil {
      return "there is no class \(finding.class)"
    }
    return nil
  }

  private static func isNameLetter(_ letter: Character) -> Bool {
    letter.isASCII && (letter.isLowercase || letter.isNumber || letter == "-")
  }

  /// The path of the stored image inside the corpus.
  public var file: String { "\(area)/\(id).vci.z" }
}

extension ExpectedFinding: CustomStringConvertible {
  public var description: String { "\(rule) \(`class`) at \(offset)" }
}
