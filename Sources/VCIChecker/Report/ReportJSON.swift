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
    let isImage = report.group > .probe
    return encoded(
      Object(
        image: name.text, imageBytes: name.hexadecimal, bytes: JSONNumber(report.byteCount),
        verdict: report.verdict, error: nil,
        version: isImage ? report.header?.version : nil,
        blocks: isImage ? (report.header?.blocks).map { "\($0)" } : nil,
        dirty: isImage ? report.header?.isDirty : nil, counts: Counts(report),
        rules: report.brokenRules.map { ($0.id, report.count(of: $0)) },
        stored: report.stored.map(Totals.init), recomputed: report.recomputed.map(Totals.init),
        tree: report.tree.map(Tree.init), findings: report.findingsByClass.map(Finding.init),
        truncated: report.isTruncated))
  }

  /// Returns the object for the file called `name` that could not be checked because of `error`.
  public static func failure(
    _ error: some Error, kind: String, of name: FileName
  ) -> String {
    encoded(
      Object(
        image: name.text, imageBytes: name.hexadecimal, bytes: nil, verdict: .incomplete,
        error: Failure(kind: kind, message: "\(error)"),
        version: nil, blocks: nil, dirty: nil, counts: Counts(Report()), rules: [], stored: nil,
        recomputed: nil, tree: nil, findings: [], truncated: false))
  }

  private static func encoded(_ object: Object) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(object) else {
      preconditionFailure("a report that JSON can't hold: \(object)")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private struct Object: Encodable {
    let schema = ReportJSON.schema
    let image: String
    let imageBytes: String?
    let bytes: JSONNumber?
    let verdict: Verdict
    let error: Failure?
    let version: UInt32?
    let blocks: String?
    let dirty: Bool?
    let counts: Counts
    /// The number of findings of each broken rule.
    let rules: [(String, Int)]
    let stored: Totals?
    let recomputed: Totals?
    let tree: Tree?
    let findings: [Finding]
    let truncated: Bool

    private enum Key: String, CodingKey {
      case schema, image, imageBytes, bytes, status, exit, error, version, blocks, dirty, counts
      case rules, stored, recomputed, tree, findings, truncated
    }

    func encode(to encoder: any Encoder) throws {
      var object = encoder.container(keyedBy: Key.self)
      try object.encode(schema, forKey: .schema)
      try object.encode(image, forKey: .image)
      // The bytes of a name that is not UTF-8.
      try object.encode(imageBytes, forKey: .imageBytes)
      // `encode` and not `encodeIfPresent`: an absent value is null, never a missing key.
      try object.encode(bytes, forKey: .bytes)
      try object.encode("\(verdict)", forKey: .status)
      try object.encode(verdict.rawValue, forKey: .exit)
      try object.encode(error, forKey: .error)
      try object.encode(version, forKey: .version)
      try object.encode(blocks, forKey: .blocks)
      try object.encode(dirty, forKey: .dirty)
      try object.encode(counts, forKey: .counts)
      try object.encode(Dictionary(uniqueKeysWithValues: rules), forKey: .rules)
      try object.encode(stored, forKey: .stored)
      try object.encode(recomputed, forKey: .recomputed)
      try object.encode(tree, forKey: .tree)
      try object.encode(findings, forKey: .findings)
      try object.encode(truncated, forKey: .truncated)
    }
  }

  private struct Failure: Encodable {
    let kind, message: String
  }

  private struct Counts: Encodable {
    let corruption, summary, leak, dirty, advice: Int

    init(_ report: Report) {
      corruption = report.count(of: .corruption)
      summary = report.count(of: .summary)
      leak = report.count(of: .leak)
      dirty = report.count(of: .dirty)
      advice = report.count(of: .advice)
    }
  }

  private struct Totals: Encodable {
    let free, metadata, data: String

    init(_ counters: Report.Counters) {
      free = "\(counters.free)"
      metadata = "\(counters.metadata)"
      data = "\(counters.data)"
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
