internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Which clause or ruling leaves a choice between answers that are all right: a closed table. Two
/// answers that are right by no entry of it show a hole of the specification.
struct ChoiceTable: Sendable {
  /// A choice between two answers.
  struct Choice: Sendable {
    let kind: Matrix.Difference.Kind
    /// The requirement or ruling.
    let rule: String
    /// What it says, in a sentence.
    let about: String
    /// Whether the two answers are such a choice.
    let isBetween: @Sendable (ImageAnswer, ImageAnswer, AllowedAnswers) -> Bool
  }

  let choices: [Choice]

  /// Returns the first choice that the answers are; `nil` if there is none.
  func choice(
    _ kind: Matrix.Difference.Kind, _ one: ImageAnswer, _ other: ImageAnswer,
    _ allowed: AllowedAnswers
  ) -> Choice? {
    choices.first {
      $0.kind == kind && ($0.isBetween(one, other, allowed) || $0.isBetween(other, one, allowed))
    }
  }
}

extension ChoiceTable {
  /// All choices that the specification leaves.
  static let standard = ChoiceTable(choices: [
    Choice(
      kind: .openForReading, rule: "VCI-RD-002",
      about: "an open may refuse an image for a corruption of a stage after open, or take it"
    ) { one, other, allowed in
      one == .outcome(.taken) && other == .outcome(.refused) && allowed.isDamaged
    },
    Choice(
      kind: .openForWriting, rule: "R-18",
      about: "a writer may refuse an image whose free blocks cannot hold what one write copies; "
        + "who needs less takes it"
    ) { one, _, _ in one == .outcome(.noRoom) },
    Choice(
      kind: .openForWriting, rule: "VCI-RD-003",
      about: "a writer that rebuilds map and counters takes the image, and one that never does "
        + "refuses it"
    ) { one, other, allowed in
      one == .outcome(.taken) && other == .outcome(.refused)
        && !allowed.expected.answers.openForWriting.rules.rules.isEmpty
    },
    Choice(
      kind: .served, rule: "VCI-RD-004",
      about: "over damage a read reports an error or a miss, and both are right"
    ) { one, other, allowed in
      allowed.isDamaged && one.servedRuns.isEmpty && other.servedRuns.isEmpty
    },
    Choice(
      kind: .served, rule: "VCI-RD-004",
      about: "a reader may serve blocks in spite of damage of stage modify or check, or refuse them"
    ) { one, other, allowed in
      allowed.expected.answers.allowsRefusals && one.isBlocks && other.isBlocks
    },
    Choice(
      kind: .served, rule: "VCI-RD-004",
      about: "the other entries of a node with a damaged entry may be served, missed or refused"
    ) { one, other, allowed in allowed.isDamaged && one.isBlocks && other.isBlocks },
    Choice(
      kind: .extents, rule: "VCI-RD-004",
      about: "the list of a damaged image may leave out extents, or end with a refusal"
    ) { _, _, allowed in allowed.isDamaged },
  ])
}

extension ImageAnswer {
  /// The runs of a read that are served.
  fileprivate var servedRuns: [BlockRun] {
    if case .blocks(let runs) = self { runs.filter(\.state.isServed) } else { [] }
  }

  fileprivate var isBlocks: Bool { if case .blocks = self { true } else { false } }
}
