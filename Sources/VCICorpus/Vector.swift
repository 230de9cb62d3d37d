public import VCIFormat

/// A finding in the manifest.
public struct ExpectedFinding: Codable, Hashable, Sendable {
  /// The rule's ID.
  public let rule: String
  /// The rule's class, in this image.
  public let `class`: String
  /// The first byte of the finding's place.
  public let offset: UInt64

  /// Makes an expected finding of these values.
  public init(_ rule: Rule, _ ruleClass: RuleClass, at offset: UInt64) {
    self.rule = rule.id
    self.class = ruleClass.rawValue
    self.offset = offset
  }
}

/// A read of an image and its answer, in the manifest. 64-bit numbers are decimal strings.
public struct ExpectedRead: Codable, Hashable, Sendable {
  /// The first block of the disk.
  public let block: String
  /// The number of blocks of the request.
  public let count: String
  /// `hit`, `miss` or `refused`.
  public let answer: String
  /// The number of blocks of a hit or a miss.
  public let blocks: String?
  /// The CRC-32 of a hit's bytes, in eight hexadecimal digits.
  public let crc32: String?
  /// The rule that a refusal names.
  public let rule: String?

  /// Makes a read of `count` blocks from `block` on that returns `blocks` blocks with this CRC-32.
  public static func hit(
    _ block: BlockOffset, _ count: BlockCount, blocks: BlockCount, crc32: UInt32
  ) -> ExpectedRead {
    ExpectedRead(
      block: "\(block)", count: "\(count)", answer: "hit", blocks: "\(blocks)",
      crc32: Vector.text(of: crc32), rule: nil)
  }

  /// Makes a read that finds the first `blocks` blocks not cached.
  public static func miss(
    _ block: BlockOffset, _ count: BlockCount, blocks: BlockCount
  ) -> ExpectedRead {
    ExpectedRead(
      block: "\(block)", count: "\(count)", answer: "miss", blocks: "\(blocks)", crc32: nil,
      rule: nil)
  }

  /// Makes a read that is refused because the image breaks `rule`.
  public static func refused(
    _ block: BlockOffset, _ count: BlockCount, for rule: Rule
  ) -> ExpectedRead {
    ExpectedRead(
      block: "\(block)", count: "\(count)", answer: "refused", blocks: nil, crc32: nil,
      rule: rule.id)
  }

  /// What is wrong with the read, if anything.
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

/// A line of the manifest: an image of the corpus, and the findings of a check.
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
  /// The findings of a check, by rule and byte.
  public let findings: [ExpectedFinding]
  /// The exit code of a check.
  public let exit: Int32
  /// The answers of reads; none if the image cannot be opened.
  public let reads: [ExpectedRead]
  /// Whether the image is stored; any other is made from its recipe.
  public let stored: Bool
  /// The bytes of the raw image.
  public let size: UInt64
  /// The CRC-32 of the raw image, in eight hexadecimal digits.
  public let crc32: String
  /// The edits of its recipe, for information.
  public let edits: [String]
  /// The origin; `nil` for an image that was made from a plan.
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

  /// Returns the CRC-32 of `bytes` in eight hexadecimal digits.
  public static func checksum(of bytes: [UInt8]) -> String {
    text(of: Zlib.crc32(bytes))
  }

  /// Returns a CRC-32 in eight hexadecimal digits.
  public static func text(of crc32: UInt32) -> String {
    let digits = String(crc32, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  fileprivate static func isChecksum(_ text: String) -> Bool {
    text.count == 8 && UInt32(text, radix: 16) != nil
  }

  /// The maximum size of a stored image; a larger one is made from its recipe.
  public static let sizeLimit = 4 << 20

  /// What is wrong with the line, if anything.
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
