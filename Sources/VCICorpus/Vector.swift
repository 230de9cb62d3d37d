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

/// A read of an image, and what it is to answer, as the manifest names it: numbers of 64 bits are
/// decimal strings.
public struct ExpectedRead: Codable, Hashable, Sendable {
  /// The first block of the disk that is asked for.
  public let block: String
  /// How many blocks are asked for.
  public let count: String
  /// `hit`, `miss` or `refused`.
  public let answer: String
  /// How many blocks a hit or a miss is of.
  public let blocks: String?
  /// The CRC-32 of a hit's bytes, in eight hexadecimal digits.
  public let crc32: String?
  /// The rule that a refusal names.
  public let rule: String?

  /// The read of `count` blocks from `block` on that delivers bytes of this CRC-32.
  public static func hit(
    _ block: BlockOffset, _ count: BlockCount, blocks: BlockCount, crc32: UInt32
  ) -> ExpectedRead {
    ExpectedRead(
      block: "\(block)", count: "\(count)", answer: "hit", blocks: "\(blocks)",
      crc32: Vector.text(of: crc32), rule: nil)
  }

  /// The read that finds this many blocks not cached.
  public static func miss(
    _ block: BlockOffset, _ count: BlockCount, blocks: BlockCount
  ) -> ExpectedRead {
    ExpectedRead(
      block: "\(block)", count: "\(count)", answer: "miss", blocks: "\(blocks)", crc32: nil,
      rule: nil)
  }

  /// The read that is refused for a rule.
  public static func refused(
    _ block: BlockOffset, _ count: BlockCount, for rule: Rule
  ) -> ExpectedRead {
    ExpectedRead(
      block: "\(block)", count: "\(count)", answer: "refused", blocks: nil, crc32: nil,
      rule: rule.id)
  }

  /// Why it is wrong; `nil` where it is not.
  fileprivate var flaw: String? {
    guard UInt64(block) != nil, let count = UInt64(count), count > 0 else {
      return "a read of \(count) blocks from \(block)"
    }
    let isAnswer =
      switch answer {
      case "hit": blocks.flatMap { UInt64($0) } != nil && crc32.map(Vector.isChecksum) == true
      case "miss": blocks.flatMap { UInt64($0) } != nil
      case "refused": rule.flatMap { Rule(rawValue: $0) } != nil
      default: false
      }
    return isAnswer ? nil : "the answer \(answer) to a read from \(block)"
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
  /// The numbers of the faults that it convicts.
  public let faults: [String]
  /// What a check finds, by rule and byte.
  public let findings: [ExpectedFinding]
  /// The exit code of a check.
  public let exit: Int32
  /// What reads answer; none where the image does not open.
  public let reads: [ExpectedRead]
  /// Whether the image is stored; where it is not it is made from its recipe alone.
  public let stored: Bool
  /// The bytes of the raw image.
  public let size: UInt64
  /// The CRC-32 of the raw image, in eight hexadecimal digits.
  public let crc32: String
  /// The edits by which it was made, for a reader.
  public let edits: [String]
  /// Where it comes from; `nil` where it was made from a plan.
  public let provenance: Provenance?

  /// Makes a vector of these values.
  public init(
    area: String, id: String, title: String, rules: [Rule], faults: [String] = [],
    findings: [ExpectedFinding], verdict: Verdict, reads: [ExpectedRead] = [], size: UInt64,
    crc32: UInt32, edits: [String] = [], provenance: Provenance? = nil
  ) {
    self.area = area
    self.id = id
    self.title = title
    self.rules = rules.map(\.id)
    self.faults = faults
    self.findings = findings
    self.exit = verdict.rawValue
    self.reads = reads
    self.stored = size <= UInt64(Self.sizeLimit)
    self.size = size
    self.crc32 = Self.text(of: crc32)
    self.edits = edits
    self.provenance = provenance
  }

  /// The CRC-32 of `bytes`, in eight hexadecimal digits.
  public static func checksum(of bytes: [UInt8]) -> String {
    text(of: Zlib.crc32(bytes))
  }

  /// A CRC-32 in eight hexadecimal digits.
  public static func text(of crc32: UInt32) -> String {
    let digits = String(crc32, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  fileprivate static func isChecksum(_ text: String) -> Bool {
    text.count == 8 && UInt32(text, radix: 16) != nil
  }

  /// The most bytes that a stored image may have; a larger one is made from its recipe.
  public static let sizeLimit = 4 << 20

  /// Why the line is wrong; `nil` where it is not.
  var flaw: String? {
    for name in [area, id] where name.isEmpty || !name.allSatisfy(Self.isNameLetter) {
      return "the name \(name) has other letters than a to z, 0 to 9 and -"
    }
    if stored, size > UInt64(Self.sizeLimit) { return "a size of \(size) bytes" }
    if !Self.isChecksum(crc32) { return "the CRC-32 is \(crc32)" }
    if Verdict(rawValue: exit) == nil { return "the exit code \(exit)" }
    for id in rules + findings.map(\.rule) where Rule(rawValue: id) == nil {
      return "there is no rule \(id)"
    }
    for finding in findings where RuleClass(rawValue: finding.class) == nil {
      return "there is no class \(finding.class)"
    }
    return reads.lazy.compactMap(\.flaw).first
  }

  private static func isNameLetter(_ letter: Character) -> Bool {
    letter.isASCII && (letter.isLowercase || letter.isNumber || letter == "-")
  }

  /// The path of the stored image inside the corpus.
  public var file: String { "\(area)/\(id).vci.z" }

  /// The path of the recipe inside the corpus.
  public var recipe: String { "\(area)/\(id).vcir" }
}

extension ExpectedFinding: CustomStringConvertible {
  public var description: String { "\(rule) \(`class`) at \(offset)" }
}
