internal import VCIFormat

/// What a check of an image must find, of the rules that no reader needs, and what an open for
/// writing must answer.
struct CheckQuestions {
  private let image: CheckedImage
  private let expected: Set<RuleAndClass>
  private let isDamaged: Bool
  /// Whether some entry closes a cycle, which readers find.
  private let hasCycle: Bool
  /// Whether a corruption that a reader finds refuses an open for writing.
  private let isRefused: Bool
  /// Whether only such ones do, and all data can be read.
  private let isRefusedByReaders: Bool

  init(_ bytes: SparseBytes, _ findings: [StagedFinding]) {
    image = CheckedImage(bytes)
    let touched = findings.filter { $0.isCorruption && $0.stage == .touch }
    isDamaged = !touched.isEmpty
    hasCycle = touched.contains { $0.finding.rule == .nodeNamedOnce }
    isRefused = !touched.isEmpty
    isRefusedByReaders =
      isRefused && findings.allSatisfy { !$0.isCorruption || $0.stage == .touch }
      && image.used.allSatisfy(\.isPlaced)
    let own = findings.map(\.finding).filter { MistakenChecker.rules.contains($0.rule) }
    expected = Set(own.map { RuleAndClass(rule: $0.rule, ruleClass: $0.ruleClass) })
  }

  /// Returns the check as the question if a checker with `mistake` answers it wrongly.
  func parting(from mistake: Mistake?) -> Parting? {
    var (own, scope): (CheckMistake?, (rule: Rule, scope: Mistake.Scope)?) = (nil, nil)
    var rules = MistakenChecker.rules
    switch mistake {
    case nil: break
    case .check(let mistake)?:
      own = mistake
      rules = mistake.affected
    case .scope(let rule, let places)? where rules.contains(rule):
      scope = (rule, places)
      rules = [rule]
    case .comparison, .number, .scope, .habit: return nil
    }
    let checker = MistakenChecker(image: image, mistake: own, scope: scope, isDamaged: isDamaged)
    var found = checker.found(of: rules)
    if hasCycle, rules.contains(.nodeNamedOnce) {
      found.insert(RuleAndClass(rule: .nodeNamedOnce, ruleClass: .corruption))
    }
    let right = expected.filter { rules.contains($0.rule) }
    guard found != right else { return nil }
    let rest = expected.subtracting(right)
    return .check(
      missed: Self.rules(right.subtracting(found)),
      unexpected: Self.rules(found.subtracting(right)),
      isWritingWrong: isWritingWrong(right.union(rest), found.union(rest)))
  }

  /// Returns whether a program that reads like `reader` wrongly opens the image for writing.
  func isWritten(by reader: MistakenReader) -> Bool {
    isRefusedByReaders && reader.takesTree(of: Set(image.visits.map(\.range.first)))
  }

  private static func rules(_ set: Set<RuleAndClass>) -> [Rule] {
    set.map(\.rule).sorted { $0.index < $1.index }
  }

  /// Returns whether one of two programs opens the image for writing, and the other refuses it.
  /// Both rebuild a map that they find wrong.
  private func isWritingWrong(_ right: Set<RuleAndClass>, _ found: Set<RuleAndClass>) -> Bool {
    guard !isRefused, Self.refuses(right) != Self.refuses(found) else { return false }
    return WriterRoom(image).isEnough
  }

  private static func refuses(_ findings: Set<RuleAndClass>) -> Bool {
    findings.contains { finding in
      finding.ruleClass == .corruption && !bitRules.contains(finding.rule)
    }
  }

  private static let bitRules: RuleSet = [.mapHoldsMetadata, .nodeAllocated, .extentAllocated]
}

extension CheckMistake {
  /// The rules of which a checker with the mistake may find other ones broken.
  var affected: [Rule] {
    switch (self, rule) {
    case (.habit(.bitsOfDirty), _): [.mapHoldsMetadata, .nodeAllocated, .extentAllocated]
    case (_, .mapTotals), (_, .mapTotalsApart): [.mapTotals, .mapTotalsApart]
    case (_, .lruList), (_, .lruLinks): [.lruList, .lruLinks]
    default: [rule]
    }
  }
}

extension WriterRoom {
  /// Counts the room that is left where two parts may claim a block.
  fileprivate init(_ image: CheckedImage) {
    let header = BlockRange(0, Format.headerBlocks)
    let metadata = [header, image.map] + image.visits.map(\.range)
    self.init(
      image.header.blocks, BlockRuns(metadata + image.placed.map(\.extent.data)),
      BlockRuns(metadata), levels: UInt64(image.visits.map(\.level).max() ?? 1))
  }
}
