internal import FoundationEssentials
public import VCIFormat

/// A report as one JSON object on one line: `Specs/schemas/check.json`.
///
/// Keys are sorted and the same for every image, and the bytes are the same for the same image.
/// 64-bit numbers that JSON readers may round are strings.
public enum ReportJSON {
  /// The version of the object's form.
  public static let schema = 2

  /// Returns the object for the report on the file called `name`, with a line end.
  public static func line(_ report: Report, of name: FileName) -> String {
    let header = report.group > .probe ? report.header : nil
    let rules = report.brokenRules.map { ($0.id, report.count(of: $0)) }
    return encoded(
      Object(
        image: name.text, imageBytes: Null(name.hexadecimal),
        bytes: Null(JSONNumber(report.byteCount)), status: "\(report.verdict)",
        exit: report.verdict.rawValue, error: Null(nil), version: Null(header?.version),
        blocks: Null(header.map { "\($0.blocks)" }), dirty: Null(header?.isDirty),
        counts: counts(report), rules: Dictionary(uniqueKeysWithValues: rules),
        stored: Null(report.stored.map(totals)), recomputed: Null(report.recomputed.map(totals)),
        tree: Null(report.tree.map(Tree.init)), findings: report.findingsByClass.map(Finding.init),
        truncated: report.isTruncated))
  }

  /// Returns the object for the file called `name` that could not be checked because of `error`.
  public static func failure(
    _ error: some Error, kind: String, of name: FileName
  ) -> String {
    encoded(
      Object(
        image: name.text, imageBytes: Null(name.hexadecimal), bytes: Null(nil),
        status: "\(Verdict.incomplete)", exit: Verdict.incomplete.rawValue,
        error: Null(["kind": kind, "message": "\(error)"]), version: Null(nil),
        blocks: Null(nil), dirty: Null(nil), counts: counts(Report()), rules: [:],
        stored: Null(nil), recomputed: Null(nil), tree: Null(nil), findings: [],
        truncated: false))
  }

  private static func encoded(_ object: Object) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(object) else {
      preconditionFailure("a report that JSON can't hold: \(object)")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// The number of findings of each class.
  private static func counts(_ report: Report) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: RuleClass.allCases.map { ($0.rawValue, report.count(of: $0)) })
  }

  private static func totals(_ counters: Report.Counters) -> [String: String] {
    [
      "free": "\(counters.free)", "metadata": "\(counters.metadata)", "data": "\(counters.data)",
    ]
  }

  private struct Object: Encodable {
    let schema = ReportJSON.schema
    let image: String
    /// The bytes of a name that is not UTF-8.
    let imageBytes: Null<String>
    let bytes: Null<JSONNumber>
    let status: String
    let exit: Int32
    let error: Null<[String: String]>
    let version: Null<UInt32>
    let blocks: Null<String>
    let dirty: Null<Bool>
    let counts: [String: Int]
    /// The number of findings of each broken rule.
    let rules: [String: Int]
    let stored: Null<[String: String]>
    let recomputed: Null<[String: String]>
    let tree: Null<Tree>
    let findings: [Finding]
    let truncated: Bool
  }

  /// A value, or null: an absent value is never a missing key.
  private struct Null<Value: Encodable>: Encodable {
    let value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let value { try container.encode(value) } else { try container.encodeNil() }
    }
  }

  private struct Tree: Encodable {
    let depth, internalNodes, leaves, extents: Int
    let cachedBlocks: String

    init(_ tree: Report.Tree) {
      depth = tree.depth
      internalNodes = tree.internalNodes
      leaves = tree.leaves
      extents = tree.extents
      cachedBlocks = "\(tree.cachedBlocks)"
    }
  }

  private struct Finding: Encodable {
    let rule, `class`, path: String
    let offset, length: JSONNumber
    let expected, actual: String

    init(_ finding: Violation) {
      rule = finding.rule.id
      `class` = finding.ruleClass.rawValue
      path = "\(finding.path)"
      offset = JSONNumber(finding.offset)
      length = JSONNumber(finding.length)
      expected = "\(finding.expected)"
      actual = "\(finding.actual)"
    }
  }
}
