package import VCIFormat

/// An answer of an open.
package enum OpenAnswer: String, Hashable, Sendable {
  /// The image is opened.
  case taken
  /// It is not, because it breaks a rule.
  case refused
  /// It is not opened for writing, because a write would have no room.
  case noRoom = "no-room"
}

/// The allowed answers of an open.
package struct OpenAnswers: Hashable, Sendable {
  /// The allowed answers: `taken` before `refused` before `noRoom`.
  package let answers: [OpenAnswer]
  /// The rules that a refusal may name.
  package let rules: RuleSet

  package init(_ answers: [OpenAnswer], _ rules: RuleSet = []) {
    self.answers = answers
    self.rules = rules
  }
}

/// The allowed answers of programs that probe and open an image ("Verdicts" in
/// `Specs/Verdicts.md`), computed from what a check finds.
package struct AnswerSets: Hashable, Sendable {
  /// The rules for which a probe rejects the file (VCI-RD-001); empty if it accepts it.
  package let refusedByProbe: RuleSet
  /// The answers of an open for reading (VCI-RD-002).
  package let openForReading: OpenAnswers
  /// The answers of an open for writing (VCI-RD-003).
  package let openForWriting: OpenAnswers
  /// All broken rules of class corruption: those that a refused read may name.
  package let corruptions: RuleSet
  /// Whether a corruption of a stage later than touch lets a reader refuse every block.
  package let allowsRefusals: Bool

  /// Computes the sets of an image with these findings. `hasRoom` says whether a writer has room;
  /// it is called only if an open for writing may succeed.
  package init(_ findings: [StagedFinding], hasRoom: () -> Bool) {
    let corruptions = findings.filter(\.isCorruption)
    self.corruptions = Self.rules(corruptions)
    refusedByProbe = Self.rules(corruptions.filter { $0.stage == .probe })
    let atOpen = Self.rules(corruptions.filter { $0.stage <= .open })
    openForReading =
      if !atOpen.isEmpty {
        OpenAnswers([.refused], atOpen)
      } else {
        OpenAnswers(corruptions.isEmpty ? [.taken] : [.taken, .refused], self.corruptions)
      }
    allowsRefusals = corruptions.contains { $0.stage > .touch }
    openForWriting = Self.openForWriting(findings, self.corruptions, hasRoom)
  }

  private static func openForWriting(
    _ findings: [StagedFinding], _ corruptions: RuleSet, _ hasRoom: () -> Bool
  ) -> OpenAnswers {
    guard corruptions.rules.allSatisfy(bitRules.contains) else {
      return OpenAnswers([.refused], corruptions)
    }
    let rebuilt = rules(findings.filter { needsRebuild($0.finding) })
    let answers: [OpenAnswer] = rebuilt.isEmpty ? [.taken] : [.taken, .refused]
    return OpenAnswers(answers + (hasRoom() ? [] : [.noRoom]), rebuilt)
  }

  /// Whether a writer must rebuild the map or refuse the image because of a finding.
  private static func needsRebuild(_ finding: ForecastFinding) -> Bool {
    switch finding.ruleClass {
    case .corruption, .dirty: true
    case .summary: finding.rule != .lruList && finding.rule != .lruLinks
    case .leak, .advice: false
    }
  }

  /// The rules about the bits of owned blocks, which a writer may rebuild.
  private static let bitRules: RuleSet = [.mapHoldsMetadata, .nodeAllocated, .extentAllocated]

  private static func rules(_ findings: [StagedFinding]) -> RuleSet {
    RuleSet(findings.map(\.finding.rule))
  }
}
