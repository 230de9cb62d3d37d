public import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat

/// The report of a campaign. It has the same bytes with any number of jobs, in debug and release
/// builds.
public struct CampaignReport: Sendable {
  /// The version of the report.
  static let schema = 4

  /// A discrepancy that the report lists, with the command that replays it.
  public struct ListedDiscrepancy: Hashable, Sendable {
    /// The iteration of the discrepancy.
    public let iteration: UInt64
    /// The kind of discrepancy.
    public let kind: String
    /// The rule of the discrepancy, if it has one.
    public let rule: String?
    /// What tells discrepancies of programs of others from each other; else empty.
    let terms: [String]
    /// Kind, rule and terms.
    package let key: String
    /// The expected and the actual result.
    public let detail: String
    /// The path of the stored case; `nil` if it could not be stored.
    public let artifact: FilePath?
    /// The reason why the case could not be stored; `nil` if it is stored.
    public let notStored: String?
    /// The command that runs the iteration again.
    public let replay: String
    /// The kit of a failure of a program; `nil` if none was made.
    package var kit: CaseKit?
  }

  /// The seed.
  public let seed: UInt64
  /// The requested number of iterations; `nil` if it was not limited.
  public let iterations: UInt64?
  /// The functions that were run on each image.
  public let target: Target
  /// The number of images of the corpus, and its digest.
  public let corpusImages: Int
  public let corpusDigest: String
  /// The reason why the campaign ended.
  public let ending: CampaignEnding
  /// The iterations that were run, ascending.
  public let done: [ClosedRange<UInt64>]
  /// The iterations that were left out because their jobs were killed too often, ascending.
  public let leftOut: [UInt64]
  /// All counts.
  public let tally: Tally
  /// The programs that were asked in place of checker and reference; empty for those two.
  package let programs: [String]
  /// The discrepancies that were kept, by iteration.
  public package(set) var discrepancies: [ListedDiscrepancy]

  /// Returns the line that identifies the campaign, and one for each program of others. They are
  /// printed before the first iteration.
  static func heading(
    seed: UInt64, iterations: UInt64?, target: Target, corpusImages: Int, corpusDigest: String,
    programs: [String]
  ) -> String {
    "vcifuzz: schema \(Self.schema), seed \(seed), iterations "
      + "\(iterations.map { "\($0)" } ?? "unlimited"), "
      + "target \(target.rawValue), "
      + (corpusImages == 0
        ? "no corpus" : "corpus \(corpusDigest) of \(corpusImages) images")
      + programs.enumerated().map { "\nadapter \($0 + 1): \(PrintableText($1))" }.joined()
  }
}

extension CampaignReport {
  /// The report as text, without its heading.
  public var text: String {
    var lines = extent
    lines += counts
    if programs.isEmpty { lines += [""] + ruleLines }
    for discrepancy in discrepancies {
      lines.append("")
      lines.append("finding at iteration \(discrepancy.iteration): \(discrepancy.key)")
      lines.append("  \(PrintableText(discrepancy.detail))")
      if let artifact = discrepancy.artifact { lines.append("  case: \(FileName(artifact))") }
      if let reason = discrepancy.notStored {
        lines.append("  case: not stored: \(PrintableText(reason))")
      }
      lines.append("  replay: \(discrepancy.replay)")
      lines += discrepancy.kitLines
    }
    lines.append("")
    let total = tally[.findings]
    lines.append(
      total == 0
        ? "nothing found in \(tally[.iterations]) iterations"
        : "\(total) findings in \(tally[.iterations]) iterations; "
          + "\(discrepancies.count) are listed above")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The lines about iterations that were not run; empty if the campaign is complete.
  private var extent: [String] {
    let ranges = done.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
    let far = "after \(tally[.iterations]) iterations: \(ranges.isEmpty ? "none" : ranges)"
    let lines =
      switch ending {
      case .complete: [String]()
      case .time: ["time is up \(far)"]
      case .interrupted: ["interrupted \(far)"]
      case .givenUp(let reason):
        ["given up, as jobs ended too often (\(PrintableText(reason))), \(far)"]
      }
    return lines
      + leftOut.map { "left out: iteration \($0), in which jobs were killed time and again" }
  }

  private var ruleLines: [String] {
    [row("rule", RuleCounter.allCases.map { "\($0)" })]
      + Rule.allCases.map { rule in
        row(rule.id, RuleCounter.allCases.map { "\(tally[rule, $0])" })
      }
  }

  private var counts: [String] {
    let ofCases: [(String, [Counter])] = [
      ("iterations", [.iterations, .forecast, .corpus, .unchanged]),
      ("edits", [.untouched, .breakage, .aimless, .blind, .stale, .misdirected]),
    ]
    let ofOthers = Self.ofPrograms + (programs.count > 1 ? Self.ofSeveral : [])
    return (ofCases + (programs.isEmpty ? Self.ofReference : ofOthers)).map {
      name, counters in
      "\(name): " + counters.map { "\(label($0)) \(tally[$0])" }.joined(separator: ", ")
    }
  }

  private static let ofPrograms: [(String, [Counter])] = [
    ("operations", [.operated, .created]), ("tests", Counter.ofPrograms),
  ]

  private static let ofSeveral: [(String, [Counter])] = [("differences", Counter.ofDifferences)]

  private static let ofReference: [(String, [Counter])] =
    [
      ("probe", [.probeAccepted, .probeRefused]),
      ("open", [.openAccepted, .openRefused]),
      ("read", [.readHits, .readMisses, .readRefused]),
      (
        "check",
        [
          .clean, .dirty, .repairable, .corrupt, .notAnImage, .unsupportedVersion, .incomplete,
          .lastGroup,
        ]
      ),
      ("operations", [.operated, .created] + operations),
      ("writing", [.writingAccepted, .writingRefused, .noRoomToWrite] + activity),
      (
        "troubles",
        [.crashes, .failedEIO, .failedENOSPC, .failedEDQUOT, .failedEFBIG, .shortWrites]
      ),
    ]

  private static let operations: [Counter] = [
    .operations, .writes, .reads, .discards, .flushRequests, .closes, .reopensReading,
    .reopensWriting,
  ]
  private static let activity: [Counter] = [
    .operationHits, .operationMisses, .evictions, .evictedBlocks, .droppedBlocks, .splits,
    .merges, .flushes, .selfFlushes,
  ]

  private func label(_ counter: Counter) -> String {
    switch counter {
    case .iterations, .operated: "run"
    case .probeAccepted, .openAccepted, .writingAccepted: "accepted"
    case .probeRefused, .openRefused, .readRefused, .writingRefused: "refused"
    case .readHits, .operationHits: "hits"
    case .readMisses, .operationMisses: "misses"
    case .notAnImage: "not an image"
    case .unsupportedVersion: "unsupported version"
    case .lastGroup: "reached the last group"
    case .created: "on created images"
    case .noRoomToWrite: "without room"
    case .flushRequests: "flushes"
    case .failedEIO: "EIO"
    case .failedENOSPC: "ENOSPC"
    case .failedEDQUOT: "EDQUOT"
    case .failedEFBIG: "EFBIG"
    case .shortWrites: "short writes"
    case .reopensReading: "reopens for reading"
    case .reopensWriting: "reopens for writing"
    case .evictedBlocks: "evicted blocks"
    case .droppedBlocks: "dropped blocks"
    case .selfFlushes: "self-flushes"
    case .imageTests: "of images"
    case .workloadTests: "of workloads"
    case .testsNotApplicable: "not applicable"
    case .testsNotRun: "not run"
    case .differencesByRule: "by a rule"
    case .differencesByChoice: "of choice"
    case .holes: "holes of the specification"
    case .forecast, .corpus, .untouched, .breakage, .aimless, .blind, .stale, .misdirected,
      .unchanged, .clean, .incomplete, .corrupt, .repairable, .dirty, .operations, .writes, .reads,
      .discards, .closes, .evictions, .splits, .merges, .flushes, .crashes, .findings:
      "\(counter)"
    }
  }

  private func row(_ name: String, _ cells: [String]) -> String {
    name + String(repeating: " ", count: max(0, 13 - name.count))
      + cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
  }
}

extension CampaignReport: Encodable {
  private enum Key: String, CodingKey {
    case schema, seed, iterations, target, corpus, interrupted, ending, reason, done, leftOut
    case counts, rules, findings, adapters, tests, differences
  }

  private struct CorpusPart: Encodable {
    let images: Int
    let digest: String
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(Self.schema, forKey: .schema)
    try object.encode("\(seed)", forKey: .seed)
    try object.encode(iterations.map { "\($0)" }, forKey: .iterations)
    try object.encode(target, forKey: .target)
    try object.encode(
      CorpusPart(images: corpusImages, digest: corpusDigest), forKey: .corpus)
    try object.encode(ending == .interrupted, forKey: .interrupted)
    try object.encode(ending.name, forKey: .ending)
    try object.encode(ending.reason, forKey: .reason)
    let ranges = done.map { ["\($0.lowerBound)", "\($0.upperBound)"] }
    try object.encode(ranges, forKey: .done)
    try object.encode(leftOut.map { "\($0)" }, forKey: .leftOut)
    let counts = Counter.ofCampaigns.map { ("\($0)", tally[$0]) }
    try object.encode(Dictionary(uniqueKeysWithValues: counts), forKey: .counts)
    let rules = Rule.allCases.map { rule in
      (
        rule.id,
        Dictionary(
          uniqueKeysWithValues: RuleCounter.allCases.map { ("\($0)", tally[rule, $0]) })
      )
    }
    try object.encode(Dictionary(uniqueKeysWithValues: rules), forKey: .rules)
    try object.encode(discrepancies, forKey: .findings)
    guard !programs.isEmpty else { return }
    try object.encode(programs, forKey: .adapters)
    let tests = Counter.ofPrograms.map { ("\($0)", tally[$0]) }
    try object.encode(Dictionary(uniqueKeysWithValues: tests), forKey: .tests)
    guard programs.count > 1 else { return }
    try object.encode(
      [
        "rule": tally[.differencesByRule], "choice": tally[.differencesByChoice],
        "hole": tally[.holes],
      ], forKey: .differences)
  }

  /// The report as one JSON object with sorted keys.
  public var json: String {
    guard let lines = try? OrderedJSON.lines(of: self) else {
      preconditionFailure("a report that JSON can't hold")
    }
    return String(decoding: lines, as: UTF8.self)
  }
}

extension CampaignReport.ListedDiscrepancy: Encodable {
  private enum Key: String, CodingKey {
    case iteration, kind, rule, detail, artifact, artifactBytes, notStored, replay
    case adapter, failure, requirement, area, cause, decidedBy, answers, kit, kitBytes, noKit
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode("\(iteration)", forKey: .iteration)
    try object.encode(kind, forKey: .kind)
    try object.encode(rule, forKey: .rule)
    try object.encode(detail, forKey: .detail)
    let name = artifact.map { FileName($0) }
    try object.encode(name?.text, forKey: .artifact)
    try object.encode(name?.hexadecimal, forKey: .artifactBytes)
    try object.encode(notStored, forKey: .notStored)
    try object.encode(replay, forKey: .replay)
    guard let area = area else { return }
    try object.encode(area, forKey: .area)
    if isDisagreement {
      try object.encode(cause, forKey: .cause)
      try object.encode(decidedBy, forKey: .decidedBy)
      try object.encode(answers, forKey: .answers)
    } else {
      try object.encode(program, forKey: .adapter)
      try object.encode(failure, forKey: .failure)
      try object.encode(terms[2], forKey: .requirement)
    }
    guard let kit else { return }
    let kitName = kit.path.map { FileName($0) }
    try object.encode(kitName?.text, forKey: .kit)
    try object.encode(kitName?.hexadecimal, forKey: .kitBytes)
    try object.encode(kit.reason, forKey: .noKit)
  }
}

extension CampaignEnding {
  /// The name of the ending in JSON.
  fileprivate var name: String {
    switch self {
    case .complete: "complete"
    case .time: "time"
    case .interrupted: "interrupted"
    case .givenUp: "given-up"
    }
  }

  /// The reason why the campaign was given up; `nil` for any other ending.
  fileprivate var reason: String? {
    if case .givenUp(let reason) = self { reason } else { nil }
  }
}
