internal import VCICorpus
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
  let bytes: Digits
  /// The bytes of the file's blocks that hold a byte other than zero.
  let bytesOnDisk: Digits
  /// The exit code of a check.
  let exit: Int32
  /// What a check finds.
  let findings: [ListedFinding]
  /// The edits that made the image of a valid one.
  let edits: [String]
  let probe: AllowedProbe
  let openForReading: AllowedOpen
  let openForWriting: AllowedOpen
  /// Some reads; empty if an open for reading must be refused.
  let reads: [AllowedRead]
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
    bytes = Digits(expected.bytes.size)
    bytesOnDisk = Digits(expected.bytes.bytesOutsideHoles)
    let listed = expected.listed
    exit = listed.exit
    findings = listed.findings
    probe = listed.probe
    openForReading = listed.openForReading
    openForWriting = listed.openForWriting
    damage = listed.damage
    reads = expected.reads.map { AimedReads($0).chosen().map { expected.listed($0) } } ?? []
    let isWhole = damage.isEmpty
    extents = expected.reads.map { ExtentList($0, isWhole: isWhole) }
  }

  /// Returns the bytes of the line, with a line end.
  func encoded() throws -> [UInt8] {
    try OrderedJSON.line(of: self)
  }
}
