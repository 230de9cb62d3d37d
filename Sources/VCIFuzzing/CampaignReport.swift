internal import FoundationEssentials
internal import VCIFormat

/// What a campaign says at its end: equal byte for byte at any number of jobs, in debug and release.
public struct CampaignReport: Sendable {
  /// A finding, with what replays it.
  public struct Finding: Hashable, Sendable, Encodable {
    /// Its iteration.
    public let iteration: UInt64
    /// What is wrong.
    public let kind: String
    /// The rule that it is about.
    public let rule: String?
    /// What was expected and what came.
    public let detail: String
    /// The stored case; `nil` where there are enough like it.
    public let artifact: String?
    /// The command that runs it again.
    public let replay: String
  }

  /// The seed.
  public let seed: UInt64
  /// The iterations that were asked for.
  public let iterations: UInt64
  /// What was run on each image.
  public let target: Target
  /// How many images the corpus has, and which corpus it is.
  public let corpusImages: Int
  public let corpusDigest: String
  /// Whether it was stopped before its end.
  public let isInterrupted: Bool
  /// All counts.
  public let tally: Tally
  /// The findings that were kept, by iteration.
  public let findings: [Finding]

  /// The line that says which campaign it is; printed before anything is run.
  public static func heading(
    seed: UInt64, iterations: UInt64, target: Target, corpusImages: Int, corpusDigest: String
  ) -> String {
    "vcifuzz: schema \(Artifact.schema), seed \(seed), iterations \(iterations), "
      + "target \(target.rawValue), corpus \(corpusDigest) of \(corpusImages) images"
  }
}

extension CampaignReport {
  /// The report as text, without its heading.
  public var text: String {
    var lines = isInterrupted ? ["interrupted after \(tally[.iterations]) iterations"] : []
    lines += counts
    lines.append("")
    lines.append(row("rule", RuleCounter.allCases.map { "\($0)" }))
    for rule in Rule.allCases {
      lines.append(row(rule.id, RuleCounter.allCases.map { "\(tally[rule, $0])" }))
    }
    for finding in findings {
      lines.append("")
      lines.append(
        "finding at iteration \(finding.iteration): \(finding.kind)"
          + (finding.rule.map { " \($0)" } ?? ""))
      lines.append("  \(finding.detail)")
      if let artifact = finding.artifact { lines.append("  case: \(artifact)") }
      lines.append("  replay: \(finding.replay)")
    }
    lines.append("")
    let total = tally[.findings]
    lines.append(
      total == 0
        ? "nothing found in \(tally[.iterations]) iterations"
        : "\(total) findings in \(tally[.iterations]) iterations; "
          + "\(findings.count) are listed above")
    return lines.joined(separator: "\n") + "\n"
  }

  private var counts: [String] {
    let groups: [(String, [Counter])] = [
      ("iterations", [.iterations, .forecast, .corpus, .unchanged]),
      ("edits", [.untouched, .breakage, .aimless, .blind]),
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
      ("operations", [.operated, .created] + Self.operations),
      ("writing", [.writingAccepted, .writingRefused, .noRoomToWrite] + Self.activity),
    ]
    return groups.map { name, counters in
      "\(name): " + counters.map { "\(label($0)) \(tally[$0])" }.joined(separator: ", ")
    }
  }

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
    case .reopensReading: "reopens for reading"
    case .reopensWriting: "reopens for writing"
    case .evictedBlocks: "evicted blocks"
    case .droppedBlocks: "dropped blocks"
    case .selfFlushes: "self-flushes"
    case .forecast, .corpus, .untouched, .breakage, .aimless, .blind, .unchanged, .clean,
      .incomplete, .corrupt, .repairable, .dirty, .operations, .writes, .reads, .discards, .closes,
      .evictions, .splits, .merges, .flushes, .findings:
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
    case schema, seed, iterations, target, corpus, interrupted, counts, rules, findings
  }

  private struct CorpusPart: Encodable {
    let images: Int
    let digest: String
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(Artifact.schema, forKey: .schema)
    try object.encode(seed, forKey: .seed)
    try object.encode(iterations, forKey: .iterations)
    try object.encode(target, forKey: .target)
    try object.encode(
      CorpusPart(images: corpusImages, digest: corpusDigest), forKey: .corpus)
    try object.encode(isInterrupted, forKey: .interrupted)
    let counts = Counter.allCases.map { ("\($0)", tally[$0]) }
    try object.encode(Dictionary(uniqueKeysWithValues: counts), forKey: .counts)
    let rules = Rule.allCases.map { rule in
      (
        rule.id,
        Dictionary(
          uniqueKeysWithValues: RuleCounter.allCases.map { ("\($0)", tally[rule, $0]) })
      )
    }
    try object.encode(Dictionary(uniqueKeysWithValues: rules), forKey: .rules)
    try object.encode(findings, forKey: .findings)
  }

  /// The report as one JSON object, its keys sorted.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a report that JSON can't hold")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
