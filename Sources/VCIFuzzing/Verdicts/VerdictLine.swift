internal import FoundationEssentials
internal import VCIFormat
internal import VCIGenerators

/// The verdict of an image: all that is expected of programs that check, probe, open and read it,
/// as sets of allowed answers (`Specs/Verdicts.md`).
///
/// It is a line of `verdicts.jsonl`, for programs that know neither recipes nor this suite.
public struct VerdictLine: Encodable {
  /// The name of the list of verdicts.
  public static let fileName = "verdicts.jsonl"

  let schema = 2
  /// The path of the image's file, relative to the folder of the list.
  let image: String
  /// A description of the image; `nil` if it has none.
  let title: String?
  /// The size of the file.
  let bytes: String
  /// The bytes of the file's blocks that hold a byte other than zero.
  let bytesOnDisk: String
  /// The exit code of a check.
  let exit: Int32
  /// What a check finds.
  let findings: [Finding]
  /// The edits that made the image of a valid one.
  let edits: [String]
  let probe: Probe
  let openForReading: Open
  let openForWriting: Open
  /// Some reads; empty if an open for reading must be refused.
  let reads: [Read]
  /// The rules that a refused read may name.
  let damage: [String]
  /// The extents; `nil` if an open for reading must be refused.
  let extents: ExtentList?
  /// The reason why the file does not exist, in the words of the system; `nil` if it exists.
  var leftOut: String?

  /// Makes the verdict of an image of which this is expected.
  init(_ expected: Expectations, image: String, title: String?, edits: [String]) {
    self.image = image
    self.title = title
    self.edits = edits
    let answers = expected.answers
    bytes = "\(expected.bytes.size)"
    bytesOnDisk = "\(expected.bytes.bytesOutsideHoles)"
    exit = expected.verdict.rawValue
    findings = Self.listed(expected.findings).map { Finding($0, expected.place(of: $0.finding)) }
    probe = Probe(answers.refusedByProbe)
    openForReading = Open(answers.openForReading)
    openForWriting = Open(answers.openForWriting)
    damage = answers.corruptions.rules.map(\.id)
    let chosen = expected.reads.map { AimedReads($0).chosen() }
    let bytes = expected.bytes
    reads = chosen?.map { Read($0, bytes, answers.allowsRefusals) } ?? []
    let isWhole = answers.corruptions.isEmpty
    extents = expected.reads.map { ExtentList($0, isWhole: isWhole) }
  }

  /// The largest number of findings of a rule that are listed.
  private static let findingsOfRule = 16

  private static func listed(_ findings: [StagedFinding]) -> [StagedFinding] {
    var listed: [StagedFinding] = []
    var count = 0
    for finding in findings {
      count = finding.finding.rule == listed.last?.finding.rule ? count + 1 : 1
      if count <= findingsOfRule { listed.append(finding) }
    }
    return listed
  }

  /// Returns the bytes of the line, with a line end.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}
