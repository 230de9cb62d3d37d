package import PropertyEngine
internal import VCIFormat

/// An image that every reader must open and serve (VCI-RD-005): a plan, and edits that break rules
/// of every class but corruption.
package struct ValidImage: Sendable {
  package let plan: ImagePlan
  /// The plan's image after the edits.
  package private(set) var image: EditableImage
  package private(set) var forecast: Forecast?
  /// The edits that break rules.
  package private(set) var flaws: [Edit] = []

  /// Makes the image of a plan, without edits.
  package init(_ plan: ImagePlan) {
    self.plan = plan
    image = EditableImage(plan)
    forecast = image.model.flatMap { Forecast($0) }
  }

  /// Draws a plan, and edits for a quarter of the plans.
  package static func drawn(from choices: inout Choices) -> ValidImage {
    var valid = ValidImage(ImagePlan.drawn(from: &choices))
    valid.drawFlaws(from: &choices)
    return valid
  }

  /// Draws edits for a quarter of the images. A large tree has none, as each costs a forecast.
  package mutating func drawFlaws(from choices: inout Choices) {
    guard !plan.isLarge, choices.chance(1, in: 4) else { return }
    for _ in 0..<choices.element(of: [1, 1, 2, 3, 8]) { drawFlaw(from: &choices) }
  }

  /// Breaks one rule, unless that would break one of class corruption too.
  private mutating func drawFlaw(from choices: inout Choices) {
    guard let model = image.model else { return }
    let isDirty = model.header.isDirty
    let rules = Rule.allCases.filter { $0.ruleClass(dirty: isDirty) != .corruption }
    let edits = Breakage.drawn(of: choices.element(of: rules), in: model, from: &choices)
    var other = image
    for edit in edits { other.apply(edit) }
    guard let forecast = other.model.flatMap({ Forecast($0) }),
      !forecast.findings.contains(where: { $0.ruleClass == .corruption })
    else { return }
    (image, self.forecast) = (other, forecast)
    flaws += edits
  }
}

extension ImagePlan {
  /// Whether a check of the image takes many times longer than that of most.
  package var isLarge: Bool { nodes.count > 300 || extents.count >= 1000 }
}

extension ValidImage {
  /// The traits of the plan, and those of the rules that the image breaks.
  package var traits: [PlanTrait] {
    let broken = Set(forecast.map { $0.findings.map(\.rule) } ?? [])
    let kinds = Self.kinds.filter { !broken.isDisjoint(with: $0.rules) }.map(\.trait)
    return plan.traits + kinds + (kinds.count >= 4 ? [.manyFlaws] : [])
  }

  private static let kinds: [(trait: PlanTrait, rules: [Rule])] = [
    (.leak, [.blockOwned]), (.staleCounters, [.mapFreeCount, .mapTotals, .mapTotalsApart]),
    (.staleBits, [.mapHoldsMetadata, .nodeAllocated, .extentAllocated]),
    (.junkLinks, [.lruList, .lruLinks]), (.spareBits, [.mapTailClear]),
    (.longerFile, [.fileWithinCapacity]), (.shorterFixed, [.fixedFileFull]),
    (.partialBlock, [.fileSizeWhole]), (.nilUUID, [.headerImageUUID]),
    (
      .reservedBytes,
      [.headerReservedZero, .mapReservedZero, .nodeRestZero, .extentReservedZero]
    ),
  ]
}
