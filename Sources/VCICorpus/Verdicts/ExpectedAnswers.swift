public import VCIFormat

/// What is expected of programs that check, probe and open an image, as verdicts and manifest have
/// it (`Specs/Verdicts.md`).
public struct ExpectedAnswers: Hashable, Sendable {
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
  /// The IDs of the rules that a refused read may name.
  public let damage: [String]

  /// Makes the answers of these values.
  public init(
    findings: [ListedFinding], _ verdict: Verdict, probe: AllowedProbe,
    openForReading: AllowedOpen, openForWriting: AllowedOpen, damage: [Rule]
  ) {
    self.findings = findings
    exit = verdict.rawValue
    self.probe = probe
    self.openForReading = openForReading
    self.openForWriting = openForWriting
    self.damage = damage.map(\.id)
  }
}
