internal import VCIFormat

/// What is judged apart: the place of a finding whose rule can be silenced there alone.
enum Suspected: Hashable {
  case image
  case map
  case root
  case entry(visit: Int, slot: Int)
  case extent(visit: Int, slot: Int)
}

/// A rule that is broken, unless another silences it.
struct Suspect {
  let finding: ForecastFinding
  let object: Suspected
  let stage: Stage
}

/// The broken rules of an image, before they silence each other.
struct Suspects {
  let model: ImageModel
  /// The walk over the tree; taken only where a check comes to it.
  var walk: TreeWalk?
  private(set) var all: [Suspect] = []
  /// The rules that are broken, but for VCI-NODE-004 of shared nodes, which silences nothing.
  private(set) var broken = RuleSet()
  /// Those that are broken in the root or before it.
  private var brokenAtOpen = RuleSet()

  init(_ model: ImageModel) {
    self.model = model
  }

  /// Notes that `rule` is broken; `situation` is elsewhere for nodes below the root.
  mutating func add(
    _ rule: Rule, at offset: UInt64, on object: Suspected = .image, in situation: Situation = .root
  ) {
    let ruleClass = rule.ruleClass(dirty: model.header.isDirty)
    let finding = ForecastFinding(rule, ruleClass, at: offset)
    all.append(Suspect(finding: finding, object: object, stage: rule.stage(in: situation)))
    guard situation != .shared else { return }
    broken.insert(rule)
    if situation == .root { brokenAtOpen.insert(rule) }
  }

  /// Notes that `rule` is broken in a field of the header.
  mutating func add(_ rule: Rule, at field: Field, on object: Suspected = .image) {
    add(rule, at: UInt64(field.offset), on: object)
  }

  /// Whether a broken rule ends the check before `group`, so that nothing in it need be asked.
  func isOver(before group: RuleGroup) -> Bool {
    brokenAtOpen.intersects(group.endingRules)
  }

  /// The findings that no broken rule silences.
  func convicted() -> [Suspect] {
    var onObjects: [Suspected: RuleSet] = [:]
    for suspect in all where suspect.object != .image {
      onObjects[suspect.object, default: []].insert(suspect.finding.rule)
    }
    return all.filter { suspect in
      !isSilenced(
        suspect.finding.rule, on: suspect.object, where: onObjects[suspect.object, default: []])
    }
  }

  private static let needs = Rule.allCases.map { $0.needs(in: .root) }

  private func isSilenced(
    _ rule: Rule, on object: Suspected, where brokenOnObject: RuleSet
  ) -> Bool {
    let needs =
      switch (rule, object) {
      case (.mapAndRootInFile, .map): rule.needs(on: .map)
      case (.mapAndRootInFile, _): rule.needs(on: .root)
      default: Self.needs[rule.index]
      }
    return brokenAtOpen.intersects(needs.ending) || broken.intersects(needs.anywhere)
      || brokenOnObject.intersects(needs.onObject)
  }
}
