internal import VCIFormat
internal import VCIGenerators

/// Maps the parts of a plan to those of a smaller one. A removed part maps to the nearest remaining
/// part of its kind.
struct PlanMapping {
  let old, new: PlanIndex
  /// The index of the new node for each old node; `nil` if none of its type remains.
  private let nodes: [Int?]
  /// The new entry for the entry of each old node, as the index of its child.
  private let entries: [Int?]
  private let extents: [Int?]
  /// The starts and the ends of parts in the file, each with its old and new address.
  private let starts, ends: [(old: UInt64, new: UInt64)]
  /// The starts and the ends of ranges on the disk, each with its old and new offset.
  private let offsets: [(old: UInt64, new: UInt64)]

  /// Maps between the plans of two sketches, whose nodes and extents are identified by their
  /// numbers.
  init(_ old: (sketch: PlanSketch, index: PlanIndex), _ new: (sketch: PlanSketch, index: PlanIndex))
  {
    (self.old, self.new) = (old.index, new.index)
    let oldNodes = old.sketch.nodeNumbers
    let newNodes = Self.indices(of: new.sketch.nodeNumbers)
    let kept = oldNodes.map { newNodes[$0] }
    let kinds = old.index.plan.nodes.map(\.type)
    nodes = kept.indices.map { index in
      Self.nearest(to: index, in: kept) {
        kinds[$0] == kinds[index] && new.index.plan.nodes[kept[$0] ?? 0].type == kinds[index]
      }
    }
    let parents = old.index.parents
    let below = kept.map { $0.flatMap { new.index.parents[$0] == nil ? nil : $0 } }
    entries = below.indices.map { index in
      Self.nearest(to: index, in: below) { parents[$0]?.node == parents[index]?.node }
        ?? Self.nearest(to: index, in: below) { _ in true }
    }
    let newExtents = Self.indices(of: new.sketch.extentNumbers)
    let keptExtents = old.sketch.extentNumbers.map { newExtents[$0] }
    extents = keptExtents.indices.map { Self.nearest(to: $0, in: keptExtents) { _ in true } }
    (starts, ends) = Self.addresses(old.index, new.index, nodes, extents)
    offsets = Self.offsets(old.index, new.index, entries, extents)
  }

  private static func indices(of numbers: [Int]) -> [Int: Int] {
    Dictionary(
      numbers.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the element of `kept` nearest to `index` that is fit. If two are equally near, returns
  /// the earlier one.
  private static func nearest(
    to index: Int, in kept: [Int?], where isFit: (Int) -> Bool
  ) -> Int? {
    for distance in 0..<max(kept.count, 1) {
      for place in [index - distance, index + distance] where kept.indices.contains(place) {
        if let found = kept[place], isFit(place) { return found }
      }
    }
    return nil
  }
}

extension PlanMapping {
  private typealias Marks = [(old: UInt64, new: UInt64)]

  private static func addresses(
    _ old: PlanIndex, _ new: PlanIndex, _ nodes: [Int?], _ extents: [Int?]
  ) -> (Marks, Marks) {
    var ranges = [(old.plan.map, new.plan.map)]
    for (index, node) in nodes.enumerated() {
      if let node { ranges.append((old.plan.nodes[index].range, new.plan.nodes[node].range)) }
    }
    for (index, extent) in extents.enumerated() {
      guard let extent else { continue }
      ranges.append((old.extents[index].extent.data, new.extents[extent].extent.data))
    }
    let starts = ranges.map { ($0.first.rawValue, $1.first.rawValue) }
    let ends = ranges.map {
      ($0.first.rawValue &+ $0.count.rawValue, $1.first.rawValue &+ $1.count.rawValue)
    }
    let edges = [
      (old.plan.blocks.rawValue, new.plan.blocks.rawValue),
      (old.plan.size / Format.blockSize, new.plan.size / Format.blockSize),
    ]
    return ([(0, 0)] + starts, ends + edges)
  }

  private static func offsets(
    _ old: PlanIndex, _ new: PlanIndex, _ entries: [Int?], _ extents: [Int?]
  ) -> Marks {
    var starts: Marks = []
    var ends: Marks = []
    func add(_ here: (UInt64, UInt64), _ there: (UInt64, UInt64)) {
      starts.append((here.0, there.0))
      ends.append((here.0 &+ here.1, there.0 &+ there.1))
      let last = Format.diskEnd.rawValue
      ends.append((last &- here.1, last &- there.1))
    }
    for (index, extent) in extents.enumerated() {
      guard let extent else { continue }
      add(old.extents[index].extent.disk, new.extents[extent].extent.disk)
    }
    for (index, child) in entries.enumerated() {
      guard let here = old.entry(to: index), let there = child.flatMap({ new.entry(to: $0) })
      else { continue }
      add(
        (here.offset.rawValue, here.blocks.rawValue),
        (there.offset.rawValue, there.blocks.rawValue))
    }
    let end = Format.diskEnd.rawValue
    return starts + ends + [(0, 0), (end, end)]
  }

  /// Returns the new number of a block of the file. It moves with the nearest start or end; if both
  /// are equally near, with the start, or with the end if `preferringEnds`.
  func address(_ number: UInt64, preferringEnds: Bool) -> UInt64 {
    // An address in bytes is taken modulo 2^64, so the upper 9 bits of the block number have no
    // effect.
    let whole = UInt64(1) << 55
    let low = number & (whole - 1)
    let marks = preferringEnds ? ends + starts : starts + ends
    return number - low | Self.moved(low, marks) & (whole - 1)
  }

  /// Returns the new number of a block of the disk.
  func offset(_ number: UInt64) -> UInt64 { Self.moved(number, offsets) }

  /// Returns a number moved with its nearest mark. A number at a distance of 2^33 or more is not
  /// moved.
  private static func moved(_ number: UInt64, _ marks: Marks) -> UInt64 {
    var nearest: (distance: UInt64, mark: (old: UInt64, new: UInt64))?
    for mark in marks {
      let distance = mark.old > number ? mark.old - number : number - mark.old
      if nearest.map({ distance < $0.distance }) ?? true { nearest = (distance, mark) }
    }
    guard let nearest, nearest.distance < 1 << 33 else { return number }
    return nearest.mark.new &+ (number &- nearest.mark.old)
  }

  /// Returns the new number for a count in the header or the map.
  func count(_ number: UInt64) -> UInt64 {
    Self.moved(number, Array(zip(old.counts + [0], new.counts + [0])))
  }
}

extension PlanMapping {
  /// Returns the new path of a place.
  func path(_ path: Path) -> Path {
    switch path {
    case .file, .field: path
    case .bit(let block):
      .bit(BlockAddress(address(block.rawValue, preferringEnds: false)))
    case .node(let node, let field): .node(self.node(node), field)
    case .extent(let node, let slot, let field):
      place(node, slot, .leaf).map { .extent($0, slot: $1, field) } ?? path
    case .entry(let node, let slot, let field):
      place(node, slot, .internal).map { .entry($0, slot: $1, field) } ?? path
    }
  }

  /// Returns the new path of a node.
  func node(_ path: NodePath) -> NodePath {
    old.node(at: path).flatMap { nodes[$0] }.map { new.paths[$0] } ?? path
  }

  /// Returns the new place of a slot. A used slot moves with its content; an unused slot keeps its
  /// distance to the last used one.
  private func place(_ path: NodePath, _ slot: Int, _ type: NodeType) -> (NodePath, Int)? {
    guard let node = old.node(at: path) else { return nil }
    if old.plan.nodes[node].type == type, slot < old.usedSlots(of: node) {
      switch type {
      case .leaf:
        guard let extent = extents[old.firstExtents[node] + slot] else { return nil }
        return (new.paths[new.extents[extent].node], new.extents[extent].slot)
      case .internal:
        let child = old.plan.nodes[node].entries[slot].node
        guard let place = entries[child].flatMap({ new.parents[$0] }) else { return nil }
        return (new.paths[place.node], place.slot)
      }
    }
    guard let other = nodes[node] else { return nil }
    // If an edit changes the type of the node, or if the slot is the last one, it keeps its index.
    guard old.plan.nodes[node].type == type, slot < type.capacity - 1 else {
      return (new.paths[other], slot)
    }
    return (new.paths[other], slot - old.usedSlots(of: node) + new.usedSlots(of: other))
  }
}

extension PlanIndex {
  /// Returns the entry of a node in its parent; `nil` for the root.
  func entry(to node: Int) -> EntryPlan? {
    parents[node].map { plan.nodes[$0.node].entries[$0.slot] }
  }

  /// The counts of blocks in header and map: metadata, data, free blocks, all blocks, and blocks of
  /// the map.
  var counts: [UInt64] {
    let blocks = plan.blocks.rawValue
    let metadata =
      Format.headerBlocks.rawValue + plan.map.count.rawValue
      + UInt64(plan.nodes.count) * Format.nodeBlocks.rawValue
    let data = extents.reduce(0) { $0 + $1.extent.blocks.rawValue }
    return [metadata, data, blocks &- metadata &- data, blocks, plan.map.count.rawValue]
  }
}

extension Extent {
  /// The first disk block, and the number of blocks.
  fileprivate var disk: (UInt64, UInt64) { (offset.rawValue, blocks.rawValue) }
}
