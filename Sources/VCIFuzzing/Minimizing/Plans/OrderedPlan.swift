internal import VCIFormat
internal import VCIGenerators

/// A plan whose tree is in order, made from any plan, and the edits that restore the original
/// image.
struct OrderedPlan {
  private(set) var plan: ImagePlan
  /// The edits that turn the image of this plan into that of the original one.
  private(set) var edits: [Edit] = []
  /// The size of the original file; `nil` unless that file ends before its last part.
  private(set) var size: UInt64?
  /// The end of the disk blocks assigned so far.
  private var next: UInt64 = 0

  /// Puts the tree of `plan` in order. No address in the file changes.
  init(_ plan: ImagePlan) {
    self.plan = plan
    let hasList = PlanSketch.list(of: plan.extents) != nil
    order(0, at: .root, keepingLinks: hasList)
    let ends = [plan.map.end] + plan.nodes.map(\.range.end) + plan.extents.map(\.data.end)
    let used =
      plan.type == .fixed
      ? plan.blocks
      : BlockCount(
        ends.compactMap { $0?.rawValue }.max() ?? 0)
    guard used <= Format.maximumBlocks, plan.size < used.bytes else { return }
    size = plan.size
    self.plan.size = used.bytes
  }

  private mutating func order(_ node: Int, at path: NodePath, keepingLinks: Bool) {
    for slot in plan.nodes[node].extents.indices {
      let extent = ordered(plan.nodes[node].extents[slot], path, slot, keepingLinks)
      plan.nodes[node].extents[slot] = extent
    }
    var entries = plan.nodes[node].entries
    guard !entries.isEmpty else {
      // An internal node without children in the plan becomes a leaf.
      if plan.nodes[node].type == .internal {
        plan.nodes[node].content = .leaf([])
        edits.append(.reshape(path, .internal))
      }
      return
    }
    for slot in entries.indices {
      let old = entries[slot]
      put(&entries[slot].offset, .entry(path, slot: slot, .entryOffset))
      let start = next
      order(old.node, at: path.child(slot), keepingLinks: keepingLinks)
      let end = start &+ old.blocks.rawValue
      next =
        end >= next && end <= Format.diskEnd.rawValue && end > start ? end : max(next, start + 1)
      // A distance of more than 32 bits stays out of order. The edits still restore the image.
      entries[slot].blocks = BlockCount(min(next - start, UInt64(UInt32.max)))
      if entries[slot].blocks != old.blocks {
        edits.append(
          .change(.entry(path, slot: slot, .entryBlocks), .to(old.blocks.rawValue)))
      }
    }
    plan.nodes[node].content = .internal(entries)
  }

  private mutating func ordered(
    _ old: Extent, _ path: NodePath, _ slot: Int, _ keepsLinks: Bool
  ) -> Extent {
    func place(_ field: Field) -> Path { .extent(path, slot: slot, field) }
    var extent = old
    (extent.flags, extent.reserved) = (0, 0)
    if !keepsLinks { (extent.previous, extent.next) = (0, 0) }
    let changes: [(Field, UInt64, UInt64)] = [
      (.extentPrevious, old.previous.rawValue, extent.previous.rawValue),
      (.extentNext, old.next.rawValue, extent.next.rawValue),
      (.extentFlags, UInt64(old.flags), 0), (.extentReserved, UInt64(old.reserved), 0),
    ]
    for (field, old, new) in changes where old != new {
      edits.append(.change(place(field), .to(old)))
    }
    put(&extent.offset, place(.extentOffset))
    next += extent.blocks.rawValue
    return extent
  }

  /// Moves a range to the end of the ranges before it, if it begins before that end.
  private mutating func put(_ offset: inout BlockOffset, _ path: Path) {
    // A range at the end of the disk may leave no room for the ranges after it.
    guard offset.rawValue < next || offset.rawValue >= Format.diskEnd.rawValue else {
      return next = offset.rawValue
    }
    edits.append(.change(path, .to(offset.rawValue)))
    offset = BlockOffset(next)
  }
}
