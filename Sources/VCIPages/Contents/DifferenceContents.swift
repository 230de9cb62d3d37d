internal import VCIConformance

/// A kind of difference between programs.
struct DifferenceContents: Hashable, Sendable {
  struct Answer: Hashable, Sendable {
    let share: String
    let answer: ShownText
    let sign: Sign
    let programs: [ShownText]
  }

  let number: Int
  let kind: String
  /// The rule, requirement or ruling; none for a hole.
  let clauses: [Clause]
  let about: ShownText
  let images: String
  let test, image, request, command, kit: ShownText
  let answers: [Answer]
  let ribbons: [RibbonPicture]

  init(_ difference: Matrix.Difference, number: Int, _ names: [ProgramName]) {
    self.number = number
    kind = difference.kind.words
    clauses = difference.rule.map { [Clause($0)] } ?? []
    about = ShownText(difference.about, most: 600)
    images = ShownCount.counted(difference.images, "image", "images")
    test = ShownText(difference.test, most: 200)
    image = ShownText(lines: difference.image)
    request = ShownText(difference.request)
    command = ShownText(difference.command)
    kit = ShownText(difference.kit ?? "", most: 400)
    let all = ShownCount.sum(difference.answers.map(\.implementations.count))
    answers = difference.answers.map { answer in
      Answer(
        share: "\(answer.implementations.count) of \(all)", answer: ShownText(lines: answer.answer),
        sign: answer.isAllowed
          ? Sign(sign: "✓", style: "right", word: "allowed")
          : Sign(sign: "✗", style: "wrong", word: "not allowed"),
        programs: answer.implementations.map { names[$0].name })
    }
    ribbons = difference.ribbons.map { [RibbonPicture($0)] } ?? []
  }
}

/// Differences of one cause.
struct DifferenceGroup: Hashable, Sendable {
  let title: String
  let about: String
  let anchor: String
  let differences: [DifferenceContents]

  /// Returns the differences of a matrix by cause: first what programs do wrong.
  static func all(of matrix: Matrix, _ names: [ProgramName]) -> [DifferenceGroup] {
    let causes: [Matrix.Difference.Cause] = [.rule, .hole, .choice]
    return causes.compactMap { cause in
      let found = matrix.differences.enumerated().filter { $0.element.cause == cause }
        .map { DifferenceContents($0.element, number: $0.offset + 1, names) }
      guard !found.isEmpty else { return nil }
      return DifferenceGroup(
        title: "\(cause.title) (\(ShownCount.grouped(found.count)))", about: cause.about,
        anchor: "differences-\(cause.rawValue)", differences: found)
    }
  }
}

extension Matrix.Difference.Kind {
  fileprivate var words: String {
    switch self {
    case .probe: "probe"
    case .openForReading: "open for reading"
    case .openForWriting: "open for writing"
    case .info: "info"
    case .served: "served or not"
    case .bytes: "different bytes"
    case .extents: "extents"
    case .check: "check"
    }
  }
}

extension Matrix.Difference.Cause {
  fileprivate var title: String {
    switch self {
    case .rule: "A rule decides"
    case .choice: "Both are right"
    case .hole: "No rule decides"
    }
  }

  fileprivate var about: String {
    switch self {
    case .rule: "At least one of the answers breaks the rule or requirement that is named."
    case .choice: "The requirement or ruling that is named leaves a choice."
    case .hole: "The specification has a hole here; it is a failure of none of the programs."
    }
  }
}
