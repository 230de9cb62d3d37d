import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

/// The kind of a part of an image.
private enum Kind: String, Hashable {
  case header, map, root, inner, leaf, data
}

/// How a part lies to another one that it overlaps.
private enum Relation: String, Hashable {
  /// It begins before the other one, and ends in it.
  case before
  /// It begins in the other one, and ends behind it.
  case behind
  /// The other one lies in it.
  case around
  /// It lies in the other one.
  case within

  init?(of part: BlockRange, to other: BlockRange) {
    guard part.overlaps(other), let end = part.end, let otherEnd = other.end else { return nil }
    if part.first <= other.first, end >= otherEnd {
      self = .around
    } else if part.first >= other.first, end <= otherEnd {
      self = .within
    } else {
      self = part.first < other.first ? .before : .behind
    }
  }
}

/// Two parts that overlap: the one that was moved, and the one that it was moved onto.
private struct Overlap: Hashable, CustomStringConvertible {
  let part: Kind
  let relation: Relation
  let other: Kind

  init(_ part: Kind, _ relation: Relation, _ other: Kind) {
    (self.part, self.relation, self.other) = (part, relation, other)
  }

  var description: String { "\(part.rawValue) \(relation.rawValue) \(other.rawValue)" }
}

/// The parts of a plan's image, wherever edits moved them.
private struct Layout {
  private var plan: ImagePlan
  /// The part that the last edit of an address moved.
  private var last: ImagePlan.Part?

  init(_ plan: ImagePlan, _ edits: [Edit]) {
    self.plan = plan
    for edit in edits {
      switch edit {
      case .move(let path, let address): move(path, to: address)
      case .change(let path, .to(let number)): move(path, to: BlockAddress(number))
      default: break
      }
    }
  }

  private mutating func move(_ path: Path, to address: BlockAddress) {
    let paths = plan.nodePaths
    switch path {
    case .field(.blockMap): (plan.mapAddress, last) = (address, .map)
    case .field(.treeRoot): (plan.nodes[0].address, last) = (address, .node(0))
    case .entry(let parent, let slot, .entryChild):
      guard let node = paths.firstIndex(of: parent.child(slot)) else { return }
      (plan.nodes[node].address, last) = (address, .node(node))
    case .extent(let leaf, let slot, .extentAddress):
      guard let node = paths.firstIndex(of: leaf), slot < plan.nodes[node].extents.count else {
        return
      }
      (plan.nodes[node].extents[slot].address, last) = (address, .extent(node: node, slot: slot))
    default: break
    }
  }

  private func kind(of part: ImagePlan.Part) -> Kind {
    switch part {
    case .map: .map
    case .node(0): .root
    case .node(let node): plan.nodes[node].type == .leaf ? .leaf : .inner
    case .extent: .data
    }
  }

  private func range(of part: ImagePlan.Part) -> BlockRange {
    switch part {
    case .map: plan.map
    case .node(let node): plan.nodes[node].range
    case .extent(let node, let slot): plan.nodes[node].extents[slot].data
    }
  }

  /// The overlaps of the part that was moved last.
  var overlaps: Set<Overlap> {
    guard let last else { return [] }
    let own = range(of: last)
    let others =
      [(Kind.header, BlockRange(0, 2))]
      + plan.parts.filter { $0 != last }.map { (kind(of: $0), range(of: $0)) }
    return Set(
      others.compactMap { other, range in
        Relation(of: own, to: range).map { Overlap(kind(of: last), $0, other) }
      })
  }
}

private let rules: [Rule] = [
  .rootInRange, .mapInRange, .mapApartFromRoot, .childInRange, .nodeApart, .extentInRange,
  .extentApartFromMetadata, .extentApartFromData,
]

/// How often breakages that leave one reason make each overlap.
private let drawn: [Overlap: Int] = {
  var counts: [Overlap: Int] = [:]
  for index in 0..<1000 as Range<UInt64> {
    var choices = Choices(RandomSource(seed: 47, index: index, stream: RandomStream(rawValue: 47)))
    let plan = ImagePlan.drawn(from: &choices)
    guard plan.nodes.count < 100, let model = EditableImage(plan).model else { continue }
    for rule in rules {
      let edits = Breakage.drawn(of: rule, in: model, from: &choices)
      var edited = EditableImage(plan)
      for edit in edits { edited.apply(edit) }
      guard edited.model.flatMap({ Reasons($0) })?.isOnly(rule) == true else { continue }
      for overlap in Layout(plan, edits).overlaps { counts[overlap, default: 0] += 1 }
    }
  }
  return counts
}()

struct `Breakages that let two parts overlap` {
  @Test(arguments: [
    Overlap(.root, .behind, .header), .init(.map, .behind, .header),
    .init(.inner, .behind, .header), .init(.leaf, .behind, .header),
    .init(.data, .behind, .header), .init(.data, .within, .header),
    .init(.root, .before, .map), .init(.root, .around, .map), .init(.root, .behind, .map),
    .init(.root, .within, .map), .init(.inner, .behind, .map),
    .init(.leaf, .before, .map), .init(.leaf, .around, .map), .init(.leaf, .behind, .map),
    .init(.leaf, .within, .map), .init(.leaf, .before, .root),
    .init(.leaf, .behind, .root), .init(.leaf, .before, .inner), .init(.leaf, .behind, .inner),
    .init(.leaf, .before, .leaf), .init(.leaf, .behind, .leaf),
  ])
  fileprivate func `leave one reason`(_ overlap: Overlap) {
    #expect(drawn[overlap, default: 0] >= 2, "\(overlap): \(drawn)")
  }

  @Test(arguments: [Kind.map, .root, .inner, .leaf, .data])
  fileprivate func `let data overlap at both ends, lie around it and in it`(_ other: Kind) {
    for relation in [Relation.before, .behind, .around, .within] {
      let overlap = Overlap(.data, relation, other)
      #expect(drawn[overlap, default: 0] >= 3, "\(overlap): \(drawn)")
    }
  }
}
