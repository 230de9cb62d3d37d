internal import VCICorpus
internal import VCIFormat

/// The report of a crash campaign; the same at any number of jobs.
package struct CrashReport: Sendable {
  /// The version of the report.
  static let schema = 1
  /// The row of the iterations.
  static let drawn = "drawn"
  /// So many findings of each kind are listed.
  private static let listed = 4

  package enum Ending: String, Sendable, Encodable {
    case complete
    case interrupted
    /// Jobs died too often.
    case givenUp = "given-up"
  }

  private let longest: Int
  private let iterations: UInt64
  private let seed: UInt64
  private let isPruning: Bool
  private let rows: [(name: String, counts: CrashCounts)]
  /// The number of states that were tried, each once, however many sequences lead to it.
  package let distinct: UInt64
  private let findings: [CrashOutcome.Finding]
  package let ending: Ending

  init(
    _ campaign: CrashCampaign, rows: [(name: String, counts: CrashCounts)], distinct: UInt64,
    findings: [CrashOutcome.Finding], ending: Ending
  ) {
    longest = campaign.longest
    iterations = campaign.iterations
    seed = campaign.seed
    isPruning = campaign.isPruning
    self.rows = rows
    self.distinct = distinct
    self.ending = ending
    var seen: [CrashFlaw.Kind: Int] = [:]
    self.findings = findings.filter { finding in
      seen[finding.flaw.kind, default: 0] += 1
      return seen[finding.flaw.kind, default: 0] <= Self.listed
    }
  }

  /// The sums of all rows.
  package var sum: CrashCounts { rows.reduce(into: CrashCounts()) { $0 += $1.counts } }

  /// The command that runs a finding again.
  private func replay(_ finding: CrashOutcome.Finding) -> String {
    let word = FileName(finding.sequence).shellWord
    let isDrawn = finding.sequence.hasPrefix("iteration ")
    return "vcifuzz crash --replay \(word)" + (isDrawn ? " --seed \(seed)" : "")
  }
}

extension CrashReport {
  /// The report as text.
  package var text: String {
    var lines = [
      "vcifuzz crash: schema \(Self.schema), seed \(seed), sequences up to \(longest), "
        + "iterations \(iterations)" + (isPruning ? "" : ", without pruning")
    ]
    lines.append(
      Self.row("image", ["sequences", "moments", "states", "tried", "recoveries", "calls"]))
    for (name, counts) in rows + [("all", sum)] {
      lines.append(
        Self.row(
          name,
          [
            counts.sequences + counts.iterations, counts.points, counts.states, counts.tried,
            counts.recoveries, counts.failedCalls.sum,
          ].map { "\($0)" }))
    }
    lines.append("distinct by what a recovery reads: \(distinct)")
    lines.append(
      "left out: \(sum.unreached) unreached, \(sum.sameReading) of the same reading; "
        + "cycles on one image: \(sum.cycles)")
    lines.append(failedCallsLine)
    for finding in findings {
      lines.append("")
      lines.append("finding: \(PrintableText(finding.flaw.description))")
      lines.append("  sequence: \(PrintableText(finding.sequence))")
      lines.append("  state: \(PrintableText(finding.state))")
      lines.append("  replay: \(replay(finding))")
    }
    lines.append("")
    switch ending {
    case .complete: break
    case .interrupted: lines.append("interrupted: not all was tried")
    case .givenUp: lines.append("given up, as jobs ended too often: not all was tried")
    }
    lines.append(
      sum.findings == 0
        ? "nothing found in \(sum.tried) states"
        : "\(sum.findings) findings in \(sum.tried) states; \(findings.count) are listed above")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The calls that failed, by kind; what a failed call lost is a finding.
  private var failedCallsLine: String {
    let failed = sum.failedCalls
    let kinds = DiskCall.allCases.map { "\($0.rawValue) \(failed[$0])" }
    return "calls that failed with EIO: \(kinds.joined(separator: ", ")); what was lost: "
      + (sum.findings == 0 ? "nothing" : "see the findings")
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    name + String(repeating: " ", count: max(0, 8 - name.count))
      + cells.map { String(repeating: " ", count: max(1, 14 - $0.count)) + $0 }.joined()
  }

  private struct Object: Encodable {
    struct Row: Encodable {
      let name: String
      let counts: CrashCounts
    }

    struct Listed: Encodable {
      let kind: String
      let requirement: String
      let detail: String
      let sequence: String
      let state: String
      let replay: String
    }

    let schema: Int
    let seed: String
    let sequences: Int
    let iterations: String
    let pruning: Bool
    let ending: Ending
    let rows: [Row]
    let counts: CrashCounts
    let distinct: UInt64
    let findings: [Listed]
  }

  /// The report as one line of JSON.
  package var json: String {
    let object = Object(
      schema: Self.schema, seed: "\(seed)", sequences: max(0, longest),
      iterations: "\(iterations)", pruning: isPruning, ending: ending,
      rows: rows.map { Object.Row(name: $0.name, counts: $0.counts) }, counts: sum,
      distinct: distinct,
      findings: findings.map {
        Object.Listed(
          kind: $0.flaw.kind.rawValue, requirement: $0.flaw.requirement, detail: $0.flaw.detail,
          sequence: $0.sequence, state: $0.state, replay: replay($0))
      })
    guard let line = try? OrderedJSON.line(of: object) else {
      preconditionFailure("a report that JSON can't hold")
    }
    return String(decoding: line, as: UTF8.self)
  }
}
