import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

private let stream = RandomStream(rawValue: 43)

/// Where a rule is broken: at the root or before it, on level 2, or deeper.
private enum Depth: Hashable {
  case root, second, deeper
}

/// The rules of which no image has them as the only reason, and why.
private let impossible: [Rule: String] = [
  .fileHoldsHeader: "map and root are not in such a file (VCI-FILE-005)",
  .headerBlocks: """
  a smaller cache has no room for map and root (VCI-HDR-006 to VCI-HDR-008), and the map of a \
  larger one has more blocks than 32 bits count (VCI-HDR-009)
  """,
]

/// The rules of which it is not possible at some depth, and why.
private let impossibleThere: [Rule: (depths: Set<Depth>, why: String)] = [
  .internalNodeUsed: ([.second, .deeper], "such a node has nothing to serve, so a miss is right"),
  .entryWithinDisk: (
    [.second, .deeper],
    "the entry above ends past the disk too, or does not hold this one (VCI-INT-003)"
  ),
  .extentWithinDisk: (
    [.second, .deeper],
    "the entry above ends past the disk too (VCI-INT-002), or does not hold it (VCI-INT-003)"
  ),
]

/// The rules of which few plans have it at some depth. What two entries may share is a leaf without
/// extents, and few roots lead to one.
private let seldom: [Rule: Set<Depth>] = [.nodeNamedOnce: [.root]]

/// The rules of stage probe, open, touch and modify.
private let scope = Rule.allCases.filter {
  $0.ruleClass(dirty: false) == .corruption && impossible[$0] == nil
}

/// How often breakages of each rule leave it as the only reason, by the depth of the nodes that
/// they name.
private let drawn: [Rule: [Depth: Int]] = {
  var counts: [Rule: [Depth: Int]] = [:]
  for index in 0..<600 as Range<UInt64> {
    var choices = Choices(RandomSource(seed: 43, index: index, stream: stream))
    let image = EditableImage(ImagePlan.drawn(from: &choices))
    guard let model = image.model else { continue }
    for rule in scope + Array(impossible.keys.sorted { $0.index < $1.index }) {
      let edits = Breakage.drawn(of: rule, in: model, from: &choices)
      var edited = image
      for edit in edits { edited.apply(edit) }
      guard let reasons = edited.model.flatMap({ Reasons($0) }), reasons.isOnly(rule) else {
        continue
      }
      counts[rule, default: [:]][depth(of: edits), default: 0] += 1
    }
  }
  return counts
}()

/// The depth of the deepest node whose slots or type the edits change.
private func depth(of edits: [Edit]) -> Depth {
  let depths = edits.map { edit in
    switch edit {
    case .change(let path, _), .clear(let path), .move(let path, _): depth(of: path)
    case .reshape(let node, _): Int(node.depth)
    case .poke, .toggle, .resize, .refit, .raw: 0
    }
  }
  return [.root, .second][depths.max() ?? 0, or: .deeper]
}

private func depth(of path: Path) -> Int {
  switch path {
  case .node(let node, _), .extent(let node, _, _), .entry(let node, _, _): Int(node.depth)
  case .file, .field, .bit: 0
  }
}

extension [Depth] {
  fileprivate subscript(index: Int, or other: Depth) -> Depth {
    index < count ? self[index] : other
  }
}

struct `Breakages with one reason` {
  @Test(arguments: scope)
  func `are drawn of each rule of the stages probe to modify`(_ rule: Rule) {
    let least = [Rule.treeDepth: 3][rule, default: 10]
    let found = drawn[rule, default: [:]].values.reduce(0, +)
    #expect(found >= least, "\(rule): \(found)")
  }

  @Test(arguments: scope)
  func `are drawn at each depth`(_ rule: Rule) {
    for depth in depths(of: rule) {
      let found = drawn[rule, default: [:]][depth, default: 0]
      #expect(found >= 3, "\(rule) at \(depth): \(found)")
    }
  }

  @Test
  func `are not drawn where no image can have one reason`() {
    for (rule, why) in impossible { #expect(drawn[rule] == nil, "\(rule): \(why)") }
    for (rule, exception) in impossibleThere {
      for depth in exception.depths {
        #expect(drawn[rule, default: [:]][depth] == nil, "\(rule): \(exception.why)")
      }
    }
  }

  /// The depths at which a rule can be the only reason. Other edits than those of nodes have none.
  private func depths(of rule: Rule) -> [Depth] {
    guard Self.ofNodes.contains(rule) else { return [] }
    return [.root, .second, .deeper].filter {
      impossibleThere[rule]?.depths.contains($0) != true && seldom[rule]?.contains($0) != true
    }
  }

  private static let ofNodes: RuleSet = [
    .nodeType, .nodeEntriesFirst, .nodeEntriesWhole, .internalNodeUsed, .entryOrder,
    .entryWithinDisk, .childWithinEntry, .extentOrder, .extentWithinDisk, .extentInRange,
    .extentApartFromMetadata, .extentApartFromData, .extentFlags, .childInRange, .dataInFile,
    .nodeNamedOnce, .nodeApart,
  ]
}
