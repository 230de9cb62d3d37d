internal import PropertyEngine
internal import VCIFormat

/// Places for parts that breakages move.
extension ImageModel {
  /// The block after all parts of the file, wherever the edits so far moved them.
  var endOfParts: UInt64 {
    let ends = nodes.map { $0.range.run.upperBound } + [map.run.upperBound]
    return max(ends.max() ?? 2, data.runs.last?.upperBound ?? 2)
  }

  /// The place of the address that leads to a node in the plan; `nil` if it leads elsewhere.
  func addressPath(of node: Int) -> Path? {
    let address = nodes[node].range.first
    if header.treeRoot == address { return .field(.treeRoot) }
    for (parent, own) in nodes.enumerated() where own.kind == .internal {
      guard let slot = own.entries.firstIndex(where: { $0.isUsed && $0.child == address }) else {
        continue
      }
      return .entry(nodes[parent].path, slot: slot, .entryChild)
    }
    return nil
  }

  /// Returns the edits that move map and nodes away from `place`, to the end of all parts; `nil` if
  /// data lies there, or if the cache has no room. The part that `mover` leads to stays.
  func clearing(_ place: BlockRange, for mover: Path) -> [Edit]? {
    guard !data.intersects(place.run) else { return nil }
    var edits: [Edit] = []
    var next = max(endOfParts, place.run.upperBound)
    func move(_ path: Path, _ count: UInt64) -> Bool {
      guard path != mover else { return true }
      guard next + count <= header.blocks.rawValue else { return false }
      edits.append(.move(path, to: BlockAddress(next)))
      next += count
      return true
    }
    if map.overlaps(place), !move(.field(.blockMap), map.count.rawValue) { return nil }
    for node in nodes.indices where nodes[node].range.overlaps(place) {
      guard let path = addressPath(of: node), move(path, Format.nodeBlocks.rawValue) else {
        return nil
      }
    }
    return edits
  }

  /// The number of bytes of a node up to its last slot that is not zero.
  func usedBytes(of node: Int) -> UInt64 {
    UInt64(1 + nodes[node].slotCount * nodes[node].kind.slotSize)
  }

  /// Returns whether neither map nor node lies at `place`.
  func isWithoutMetadata(_ place: BlockRange) -> Bool {
    !map.overlaps(place) && !nodes.contains { $0.range.overlaps(place) }
  }
}

extension Breakage {
  /// Draws an address past the cache for a part of `count` blocks: the first that does not fit, the
  /// last in the cache, or one after it.
  mutating func addressPastCache(for count: UInt64) -> UInt64 {
    let blocks = model.header.blocks.rawValue
    let first = blocks >= count ? blocks - count + 1 : 0
    return choices.element(of: [
      first, first, blocks, blocks &- 1, blocks + choices.number(upTo: 64),
    ])
  }

  /// Draws an address whose low bits are those of `live`, where a part is.
  mutating func alias(of live: BlockAddress) -> UInt64 {
    live.rawValue | 1 << choices.element(of: [32, 54, 55, 63] as [UInt64])
  }
}
