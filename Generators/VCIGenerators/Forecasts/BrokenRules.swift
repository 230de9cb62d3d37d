internal import VCIFormat

/// A broken rule of an image, which another broken rule may silence.
struct BrokenRule {
  /// The object on which a rule is checked. Some rules silence others on the same object only.
  enum Object: Hashable {
    case image
    case map
    case root
    case entry(visit: Int, slot: Int)
    case extent(visit: Int, slot: Int)
  }

  let finding: ForecastFinding
  let object: Object
  let stage: Stage
}

/// The broken rules of an image, collected from its model.
struct BrokenRules {
  let model: ImageModel
  /// The walk over the tree, if a check gets as far as the root.
  var walk: TreeWalk?
  private var all: [BrokenRule] = []
  /// The rules in `all`, except VCI-NODE-004 of a shared node, which silences nothing.
  private(set) var broken = RuleSet()
  /// The rules that are broken in the root or before it.
  private var brokenAtOpen = RuleSet()
  /// The rule that is taken not to exist.
  private let absent: Rule?

  init(_ model: ImageModel, without absent: Rule? = nil) {
    self.model = model
    self.absent = absent
  }

  /// Adds `rule`, broken at byte `offset`; `situation` is `.elsewhere` for nodes below the root.
  mutating func add(
    _ rule: Rule, at offset: UInt64, on object: BrokenRule.Object = .image,
    in situation: Situation = .root
  ) {
    guard rule != absent else { return }
    let ruleClass = rule.ruleClass(dirty: model.header.isDirty)
    let finding = ForecastFinding(rule, ruleClass, at: offset)
    all.append(BrokenRule(finding: finding, object: object, stage: rule.stage(in: situation)))
    guard situation != .shared else { return }
    broken.insert(rule)
    if situation == .root { brokenAtOpen.insert(rule) }
  }

  /// Adds `rule`, broken in a field of the header.
  mutating func add(_ rule: Rule, at field: Field, on object: BrokenRule.Object = .image) {
    add(rule, at: UInt64(field.offset), on: object)
  }

  /// Whether a broken rule ends the check before `group`.
  func isOver(before group: RuleGroup) -> Bool {
    brokenAtOpen.intersects(group.endingRules)
  }

  /// The broken rules that no other broken rule silences.
  func unsilenced() -> [BrokenRule] {
    var onObjects: [BrokenRule.Object: RuleSet] = [:]
    for rule in all where rule.object != .image {
      onObjects[rule.object, default: []].insert(rule.finding.rule)
    }
    return all.filter { rule in
      !isSilenced(rule.finding.rule, on: rule.object, with: onObjects[rule.object, default: []])
    }
  }

  private static let silencers = Rule.allCases.map { $0.silencers(in: .root) }

  private func isSilenced(
    _ rule: Rule, on object: BrokenRule.Object, with brokenOnObject: RuleSet
  ) -> Bool {
    let silencers =
      rule == .mapAndRootInFile
      ? rule.silencers(on: object == .map ? .map : .root) : Self.silencers[rule.index]
    return brokenAtOpen.intersects(silencers.ending) || broken.intersects(silencers.anywhere)
      || brokenOnObject.intersects(silencers.onObject)
  }
}
