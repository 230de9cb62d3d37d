internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Divides programs by their answers about an image, and says why they differ.
struct DifferenceFinder {
  let expected: Expectations
  let test: String
  let image: String
  private let allowed: AllowedAnswers
  private let table: ChoiceTable

  init(
    _ expected: Expectations, test: String, image: String, _ table: ChoiceTable = .standard
  ) {
    self.expected = expected
    self.test = test
    self.image = image
    self.table = table
    allowed = AllowedAnswers(expected)
  }

  /// Programs with one answer.
  struct Group {
    let answer: ImageAnswer
    var programs: [Int]
    let flaw: AllowedAnswers.Flaw?
  }

  /// Returns all differences, in the order of the questions. `sheets` has the answers of each
  /// program, none of one that was not asked.
  func differences(_ sheets: [[AnswerSheet.Entry]]) -> [FoundDifference] {
    var questions: [ImageQuestion] = []
    for entry in sheets.joined() where !questions.contains(entry.question) {
      questions.append(entry.question)
    }
    var found: [FoundDifference] = []
    for question in questions {
      for difference in differences(groups(sheets, question), question)
      where !found.contains(where: { $0.key == difference.key }) {
        found.append(difference)
      }
    }
    return found
  }

  /// Returns the programs that answer a question, by answer, the most frequent first.
  private func groups(_ sheets: [[AnswerSheet.Entry]], _ question: ImageQuestion) -> [Group] {
    var groups: [Group] = []
    for (program, entries) in sheets.enumerated() {
      guard let entry = entries.first(where: { $0.question == question }) else { continue }
      if let index = groups.firstIndex(where: { $0.answer == entry.answer }) {
        groups[index].programs.append(program)
      } else {
        groups.append(
          Group(
            answer: entry.answer, programs: [program],
            flaw: allowed.flaw(of: entry.answer, to: question)))
      }
    }
    return groups.enumerated()
      .sorted { ($1.element.programs.count, $0.offset) < ($0.element.programs.count, $1.offset) }
      .map(\.element)
  }

  private func differences(_ groups: [Group], _ question: ImageQuestion) -> [FoundDifference] {
    guard groups.count > 1 else { return [] }
    let right = groups.filter { $0.flaw == nil }
    let wrong: [FoundDifference] = groups.compactMap { group in
      guard let flaw = group.flaw,
        let other = right.first ?? groups.first(where: { $0.answer != group.answer })
      else { return nil }
      let kind = Self.kind(question, group.answer, other.answer)
      let key = FoundDifference.Key(
        kind: kind, cause: .rule, rule: rule(of: flaw, group.answer, kind),
        about: about(flaw), wrong: group.programs)
      return difference(key, question, groups, [group, other])
    }
    guard let first = right.first else { return wrong }
    return wrong
      + right.dropFirst().map { other in
        let kind = Self.kind(question, first.answer, other.answer)
        let choice = table.choice(kind, first.answer, other.answer, allowed)
        let key = FoundDifference.Key(
          kind: kind, cause: choice == nil ? .hole : .choice, rule: choice?.rule,
          about: choice?.about ?? "no rule and no ruling decides between these answers",
          wrong: [])
        return difference(key, question, groups, [first, other])
      }
  }

  private func difference(
    _ key: FoundDifference.Key, _ question: ImageQuestion, _ groups: [Group], _ sides: [Group]
  ) -> FoundDifference {
    FoundDifference(
      key: key, test: test, image: image, bytes: expected.bytes.size, request: question.words,
      answers: groups.map {
        Matrix.Answer(
          answer: PrintableText($0.answer.words).description, implementations: $0.programs,
          isAllowed: $0.flaw == nil)
      },
      blocks: key.wrong.isEmpty ? nil : sides[0].answer.firstBlocks(unlike: sides[1].answer),
      sides: sides.map { $0.programs[0] })
  }

  /// The kind of difference between two answers to a question.
  static func kind(
    _ question: ImageQuestion, _ one: ImageAnswer, _ other: ImageAnswer
  ) -> Matrix.Difference.Kind {
    switch question {
    case .probe: .probe
    case .openForReading: .openForReading
    case .openForWriting: .openForWriting
    case .info: .info
    case .extents: .extents
    case .check: .check
    case .read: one.servedBlocks == other.servedBlocks ? .bytes : .served
    }
  }

  /// The rule of a wrong answer: the one that the image breaks or that a check misses, if there is
  /// only one, or the requirement.
  private func rule(
    of flaw: AllowedAnswers.Flaw, _ answer: ImageAnswer, _ kind: Matrix.Difference.Kind
  ) -> String {
    if kind == .check, case .findings(let found) = answer {
      let rules = Set(found.symmetricDifference(allowed.findings).map(\.rule))
      if let rule = rules.first, rules.count == 1, Rule(rawValue: rule) != nil { return rule }
    }
    let broken = expected.answers.corruptions.rules
    if flaw.isAboutDamage, broken.count == 1 { return broken[0].id }
    return flaw.requirement.rawValue
  }

  private func about(_ flaw: AllowedAnswers.Flaw) -> String {
    "\(flaw.requirement.rawValue): \(flaw.requirement.clause)"
  }
}

extension ImageAnswer {
  /// Returns the first blocks that another answer to the same read says something else of; `nil` if
  /// there are none, or if an answer is not to a read.
  ///
  /// - Complexity: O(*n*) for *n* runs of both.
  fileprivate func firstBlocks(unlike other: ImageAnswer) -> Range<UInt64>? {
    guard case .blocks(let own) = self, case .blocks(let others) = other else { return nil }
    var (index, otherIndex) = (0, 0)
    while index < own.count, otherIndex < others.count {
      let (one, two) = (own[index], others[otherIndex])
      let common = one.blocks.clamped(to: two.blocks)
      if !common.isEmpty, one.state != two.state { return common }
      if one.blocks.upperBound <= two.blocks.upperBound { index += 1 } else { otherIndex += 1 }
    }
    return nil
  }

  /// What a read does with each block, without bytes; empty of any other answer.
  fileprivate var servedBlocks: [BlockRun] {
    guard case .blocks(let runs) = self else { return [] }
    var joined: [BlockRun] = []
    for run in runs {
      let state: BlockState = run.state.isServed ? .served : run.state
      if let last = joined.last, last.state == state,
        last.blocks.upperBound == run.blocks.lowerBound
      {
        joined[joined.count - 1].blocks = last.blocks.lowerBound..<run.blocks.upperBound
      } else {
        joined.append(BlockRun(blocks: run.blocks, state: state))
      }
    }
    return joined
  }
}
