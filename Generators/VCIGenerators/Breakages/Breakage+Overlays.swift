internal import PropertyEngine
internal import VCIFormat

/// Breakages that let a node overlap another structure, and leave both what they are: in slots that
/// one does not use lie the bytes of the other.
extension Breakage {
  /// Moves the node to which `path` leads so that it ends in the map, or behind it; none if at no
  /// place the map's header lies in slots that the node does not use.
  mutating func nodeBeforeMap(_ path: Path) -> [Edit] {
    guard let field = model.index(of: path),
      let index = model.node(at: BlockAddress(model[field])),
      model.header.blockMap == model.map.first
    else { return [] }
    var steps = Array(1..<Format.nodeBlocks.rawValue)
    choices.shuffle(&steps)
    for step in steps {
      for counters in lenientCounters() {
        var other = model
        other.counters = counters
        guard
          let node = model.nodes[index].holding(
            other.encodeMap(0..<1), at: Int(step * Format.blockSize)),
          let moves = moves(of: index, path, before: step)
        else { continue }
        return Self.counts.filter { counters[$0] != model.counters[$0] }
          .map { .change(.field($0), .to(counters[$0])) }
          + model.edits(making: node, ofNode: index) + moves
      }
    }
    return []
  }

  private static let counts: [Field] = [.mapFree, .mapMetadata, .mapData]

  /// The counters as they are, and with the same sum such that fewer of their bytes are not zero.
  private func lenientCounters() -> [BlockMapHeader] {
    let blocks = model.counters.blocks.rawValue
    let metadata = min(model.counters.metadata.rawValue, blocks)
    return [model.counters]
      + [metadata, metadata & ~0xff, 0].map { metadata in
        var counters = model.counters
        counters[.mapFree] = 0
        counters[.mapMetadata] = metadata
        counters[.mapData] = blocks - metadata
        return counters
      }
  }

  /// Returns the edits that place a node `step` blocks before the map; `nil` if there is no room.
  private func moves(of index: Int, _ path: Path, before step: UInt64) -> [Edit]? {
    let count = Format.nodeBlocks.rawValue
    let first = model.map.first.rawValue
    if first >= Format.firstBlock.rawValue + step {
      let place = BlockRange(BlockAddress(first - step), Format.nodeBlocks)
      let others = model.nodes.indices.contains {
        $0 != index && model.nodes[$0].range.overlaps(place)
      }
      if !others, !model.data.intersects(place.run), model.isInRange(place) {
        return [.move(path, to: place.first)]
      }
    }
    let start = model.endOfParts
    guard start + max(step + model.map.count.rawValue, count) <= model.header.blocks.rawValue else {
      return nil
    }
    return [
      .move(.field(.blockMap), to: BlockAddress(start + step)),
      .move(path, to: BlockAddress(start)),
    ]
  }

  /// VCI-NODE-005: a node that begins in another one, or ends in it. Half of the leaves lose their
  /// extents, so that more places fit.
  mutating func nodeOnNode() -> [Edit] {
    let nodes = model.nodes
    let leaves = nodes.indices.filter { $0 > 0 && nodes[$0].kind == .leaf }
    let isLeaf = !leaves.isEmpty && choices.chance(7, in: 8)
    guard let moved = isLeaf ? pick(leaves) : pickNode(where: { $0.path != .root }),
      let other = pickNode(where: { $0.path != nodes[moved].path }),
      let path = model.addressPath(of: moved), let own = model.addressPath(of: other)
    else { return [] }
    let start = model.endOfParts + Format.nodeBlocks.rawValue
    guard start + 2 * Format.nodeBlocks.rawValue <= model.header.blocks.rawValue else { return [] }
    var edits = [Edit.move(own, to: BlockAddress(start))]
    for node in [moved, other] where node > 0 && nodes[node].kind == .leaf {
      if choices.chance(1, in: 2) { edits.append(.reshape(nodes[node].path, .leaf)) }
    }
    var steps = Array(1..<2 * Format.nodeBlocks.rawValue).filter {
      $0 != Format.nodeBlocks.rawValue
    }
    choices.shuffle(&steps)
    let overlay = Overlay(model, moved, path, other, edits)
    for step in steps {
      let place = BlockAddress(start + step - Format.nodeBlocks.rawValue)
      if let changes = overlay.edits(at: place) {
        return edits + changes + [.move(path, to: place), .refit]
      }
    }
    return []
  }
}

/// A node that is to be moved onto another one.
private struct Overlay {
  private let model: ImageModel
  private let moved: Int
  private let path: Path
  private let other: Int

  /// Makes the overlay of two nodes of `model` after `edits`.
  init(_ model: ImageModel, _ moved: Int, _ path: Path, _ other: Int, _ edits: [Edit]) {
    var model = model
    var bytes = SparseBytes(size: model.size)
    for edit in edits { model.apply(edit, encodingTo: &bytes) }
    (self.model, self.moved, self.path, self.other) = (model, moved, path, other)
  }

  /// Returns the edits after which both nodes have the same bytes where they overlap once the node
  /// is moved to `place`; `nil` if that would change what they use.
  func edits(at place: BlockAddress) -> [Edit]? {
    var model = model
    var scratch = SparseBytes(size: model.size)
    guard let field = model.index(of: path), !model.isUnder(field, ofNode: moved, at: place) else {
      return nil
    }
    model.change(path, .to(place.rawValue), &scratch)
    let (node, under) = (model.nodes[moved], model.nodes[other])
    let range = BlockRange(place, Format.nodeBlocks)
    // The other node stays where it is if it already shares bytes with a third one.
    guard range.overlaps(under.range) else { return nil }
    let run = range.run.clamped(to: under.range.run)
    let count = run.count * Int(Format.blockSize)
    let own = Int((run.lowerBound - range.run.lowerBound) * Format.blockSize)
    let others = Int((run.lowerBound - under.range.run.lowerBound) * Format.blockSize)
    let pairs = zip(node.encode()[own..<own + count], under.encode()[others..<others + count])
    guard pairs.allSatisfy({ $0 == $1 || $0 == 0 || $1 == 0 }) else { return nil }
    let bytes = pairs.map { $0 | $1 }
    guard let top = node.holding(bytes, at: own), let bottom = under.holding(bytes, at: others)
    else { return nil }
    return model.edits(making: top, ofNode: moved) + model.edits(making: bottom, ofNode: other)
  }
}

extension ModelNode {
  /// Returns the node with other bytes from byte `offset` on; `nil` if it would then have another
  /// type, or use other slots, or the same ones otherwise.
  fileprivate func holding(_ bytes: [UInt8], at offset: Int) -> ModelNode? {
    guard type == kind.rawValue else { return nil }
    var all = encode()
    all.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    guard let node = unsafe ModelNode(decoding: all.span.bytes), node.kind == kind else {
      return nil
    }
    let isKept = (0..<max(slotCount, node.slotCount)).allSatisfy { slot in
      let state = slot < node.slotCount ? node.state(of: slot) : .unused
      guard state == (slot < slotCount ? self.state(of: slot) : .unused) else { return false }
      return state == .unused || numbers(of: slot) == node.numbers(of: slot)
    }
    return isKept ? node : nil
  }

  /// The numbers of a slot, in the order of the layout table.
  fileprivate func numbers(of slot: Int) -> [UInt64] {
    kind.slotStructure.numbers.map { field in
      guard slot < slotCount else { return 0 }
      return kind == .leaf ? extents[slot][field] : entries[slot][field]
    }
  }
}

extension ImageModel {
  /// Returns the edits that give a node the slots and the padding of `new`, which is of its type.
  fileprivate func edits(making new: ModelNode, ofNode index: Int) -> [Edit] {
    let old = nodes[index]
    let slots = (0..<max(old.slotCount, new.slotCount)).flatMap { slot -> [Edit] in
      let fields = zip(
        old.kind.slotStructure.numbers, zip(old.numbers(of: slot), new.numbers(of: slot)))
      return fields.filter { $1.0 != $1.1 }
        .map { .change(path(index, slot, $0), .to($1.1)) }
    }
    let zeros = old.padding.all.filter { stray in
      !new.padding.all.contains { $0.offset == stray.offset }
    }
    let padding =
      zeros.map { ($0.offset, UInt8(0)) }
      + new.padding.all.filter { !old.padding.all.contains($0) }.map { ($0.offset, $0.byte) }
    return slots
      + padding.map { .poke(.node(old.path, .nodeEntries), offset: $0, byte: $1) }
  }
}
