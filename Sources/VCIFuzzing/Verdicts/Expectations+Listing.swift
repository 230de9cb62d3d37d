internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension Expectations {
  /// The findings and answers as verdicts and manifest have them.
  var listed: ExpectedAnswers {
    ExpectedAnswers(
      findings: listedFindings, verdict,
      probe: AllowedProbe(refusedFor: answers.refusedByProbe.rules),
      openForReading: AllowedOpen(answers.openForReading),
      openForWriting: AllowedOpen(answers.openForWriting), damage: answers.corruptions.rules)
  }

  /// The largest number of findings of a rule that are listed.
  private static let findingsOfRule = 16

  private var listedFindings: [ListedFinding] {
    var listed: [StagedFinding] = []
    var count = 0
    for finding in findings {
      count = finding.finding.rule == listed.last?.finding.rule ? count + 1 : 1
      if count <= Self.findingsOfRule { listed.append(finding) }
    }
    return listed.map {
      ListedFinding($0.finding.rule, $0.finding.ruleClass, $0.stage, place(of: $0.finding))
    }
  }

  /// Returns a read, with what its blocks may be.
  func listed(_ read: AimedReads.Read) -> AllowedRead {
    let segments = AllowedSegment.joined(read.segments, answers.allowsRefusals)
    return AllowedRead(
      read.request.block, read.request.count, segments.map { $0.listed(bytes) })
  }
}

extension AllowedOpen {
  /// Makes the answers of an open.
  fileprivate init(_ allowed: OpenAnswers) {
    self.init(allowed.answers.map(\.rawValue), allowed.rules.rules)
  }
}
