internal import PropertyEngine
internal import VCIFormat

/// Breakages that leave one reason to refuse the image: contents move with the address, and what
/// else depends on the changed number is set with it. `Reasons` tells whether they succeed.
extension Breakage {
  /// The rules whose usual breakages leave other reasons, with the breakages that leave one.
  static let lone: [Rule: @Sendable (inout Breakage) -> [Edit]] = [
    .mapAndRootInFile: { $0.mapOrRootCut() }, .dataInFile: { $0.partCut() },
    .rootInRange: { $0.rootOutOfRange() }, .mapInRange: { $0.mapOutOfRange() },
    .mapApartFromRoot: { $0.rootOnMap() }, .mapBlocksFit: { $0.mapOfOtherLength() },
    .mapCoversCache: { $0.mapOfOtherCache() }, .childInRange: { $0.childOutOfRange() },
    .nodeNamedOnce: { $0.emptyLeafShared() }, .nodeApart: { $0.nodeOnOther() },
    .leavesLevel: { refitted($0.leavesLevel()) }, .treeDepth: { $0.leafAtLevel17() },
    .extentInRange: { $0.dataOutOfRange() },
    .extentApartFromMetadata: { refitted($0.extentApartFromMetadata()) },
    .extentApartFromData: { refitted($0.extentApartFromData()) },
  ]

  private static func refitted(_ edits: [Edit]) -> [Edit] { edits.isEmpty ? [] : edits + [.refit] }

  /// VCI-FILE-005: map or root at the end of the file, which lacks bytes without contents.
  private mutating func mapOrRootCut() -> [Edit] {
    let isMap = choices.chance(1, in: 2)
    let path = Path.field(isMap ? .blockMap : .treeRoot)
    guard let root = model.node(at: model.header.treeRoot) else { return [] }
    let range = isMap ? model.map : model.nodes[root].range
    let used = isMap ? Format.blockSize : model.usedBytes(of: root)
    return moveToEnd(path, range, upTo: used)
  }

  /// VCI-FILE-006: a child or data at the end of the file, which lacks some of the bytes.
  private mutating func partCut() -> [Edit] {
    if choices.chance(1, in: 2), let pick = pickEntry(),
      let child = model.node(at: model.entry(pick).child)
    {
      return moveToEnd(
        model.path(pick, .entryChild), model.nodes[child].range, upTo: model.usedBytes(of: child))
    }
    guard let pick = pickExtent(), model.extent(pick).blocks.rawValue <= Recipe.movedDataLimit
    else { return [] }
    return moveToEnd(model.path(pick, .extentAddress), model.extent(pick).data, upTo: 0)
  }

  /// Moves a part behind all others, and cuts the file in it, but not in its first `used` bytes.
  private mutating func moveToEnd(
    _ path: Path, _ part: BlockRange, upTo used: UInt64
  ) -> [Edit] {
    let place = model.endOfParts
    let (end, count) = (place + part.count.rawValue, part.count.bytes)
    guard end <= model.header.blocks.rawValue, used < count else { return [] }
    let cut = choices.element(of: [1, min(512, count - used), count - used])
    return [
      .move(path, to: BlockAddress(place)), .resize(end * Format.blockSize - cut),
    ]
  }

  /// VCI-HDR-006: the root, with all of its bytes, in the header or past the cache; or at the
  /// address of a root that is right but for a high bit.
  private mutating func rootOutOfRange() -> [Edit] {
    guard let root = model.node(at: model.header.treeRoot) else { return [] }
    return nodeOutOfRange(.field(.treeRoot), model.nodes[root].range)
  }

  /// VCI-NODE-002: the same of a child.
  private mutating func childOutOfRange() -> [Edit] {
    guard let pick = pickEntry(), let child = model.node(at: model.entry(pick).child) else {
      return []
    }
    return nodeOutOfRange(model.path(pick, .entryChild), model.nodes[child].range)
  }

  private mutating func nodeOutOfRange(_ path: Path, _ node: BlockRange) -> [Edit] {
    switch choices.number(upTo: 3) {
    case 0: return [.change(path, .to(alias(of: node.first)))]
    case 1:
      let place = BlockRange(1, node.count)
      return model.clearing(place, for: path).map { $0 + [.move(path, to: place.first)] } ?? []
    default:
      return [.move(path, to: BlockAddress(addressPastCache(for: node.count.rawValue)))]
    }
  }

  /// VCI-HDR-007: the same of the map.
  private mutating func mapOutOfRange() -> [Edit] {
    let path = Path.field(.blockMap)
    let count = model.map.count
    guard model.header.blockMap == model.map.first else { return [] }
    switch choices.number(upTo: 3) {
    case 0: return [.change(path, .to(alias(of: model.map.first)))]
    case 1:
      let place = BlockRange(1, count)
      return model.clearing(place, for: path).map { $0 + [.move(path, to: place.first)] } ?? []
    default:
      let place = BlockRange(BlockAddress(addressPastCache(for: count.rawValue)), count)
      // The cache's end may be any number by now.
      let isFree =
        place.end != nil && !model.data.intersects(place.run)
        && !model.nodes.contains { $0.range.overlaps(place) }
      let past = max(model.endOfParts, model.header.blocks.rawValue)
      return [.move(path, to: isFree ? place.first : BlockAddress(past))]
    }
  }

  /// VCI-HDR-008: a root in which the map begins, or whose first bytes are blocks of the bitmap.
  private mutating func rootOnMap() -> [Edit] {
    if choices.chance(1, in: 2) {
      let edits = nodeBeforeMap(.field(.treeRoot))
      if !edits.isEmpty { return edits }
    }
    let last = model.map.count.rawValue - 1
    let step = choices.element(of: [last, 1, choices.number(in: 1...last)])
    let place = BlockRange(model.map.first + BlockCount(step), Format.nodeBlocks)
    let path = Path.field(.treeRoot)
    let blocks = model.header.blocks.rawValue
    let others = model.nodes.dropFirst().contains { $0.range.overlaps(place) }
    if !others, !model.data.intersects(place.run), place.run.upperBound <= blocks {
      return [.move(path, to: place.first)]
    }
    let start = model.endOfParts
    guard start + step + Format.nodeBlocks.rawValue <= blocks else { return [] }
    return [
      .move(.field(.blockMap), to: BlockAddress(start)),
      .move(path, to: BlockAddress(start + step)),
    ]
  }

  /// VCI-HDR-009: a map that is a block too long or too short for the cache, and agrees with it
  /// otherwise.
  private mutating func mapOfOtherLength() -> [Edit] {
    let length = Path.field(.blockMapBlocks)
    switch choices.number(upTo: 2) {
    case 0: return [.change(length, .adding(.max))]
    case 1 where model.header.blocks.rawValue < 1 << 40:
      return [Field.blocks, .mapBlocks, .mapFree].map { .change(.field($0), .adding(4096)) }
    default:
      let next = BlockRange(BlockAddress(model.map.run.upperBound), 1)
      let root = BlockRange(model.header.treeRoot, Format.nodeBlocks)
      guard next.run.upperBound <= model.header.blocks.rawValue else { return [] }
      var edits: [Edit] = []
      if root.overlaps(next) {
        let place = max(model.endOfParts, next.run.upperBound)
        guard place + 8 <= model.header.blocks.rawValue else { return [] }
        edits = [.move(.field(.treeRoot), to: BlockAddress(place))]
      } else if model.size < next.run.upperBound * Format.blockSize {
        edits = [.resize(next.run.upperBound * Format.blockSize)]
      }
      return edits + [.change(length, .adding(1))]
    }
  }

  /// VCI-MAP-003: a map of another cache, whose counters have the sum that it names.
  private mutating func mapOfOtherCache() -> [Edit] {
    let free = model.counters.free.rawValue
    let amounts: [UInt64] = [1, 4096, 1 << 32] + (free > 0 ? [.max] : [])
    let change = Change.adding(choices.element(of: amounts))
    return [.change(.field(.mapBlocks), change), .change(.field(.mapFree), change)]
  }

  /// VCI-EXT-003: data past the cache or from the header on, which the file has; or at the address
  /// of the data but for a high bit.
  private mutating func dataOutOfRange() -> [Edit] {
    guard let pick = pickExtent() else { return [] }
    let path = model.path(pick, .extentAddress)
    let count = model.extent(pick).blocks
    switch choices.number(upTo: 3) {
    case 0: return [.change(path, .to(alias(of: model.extent(pick).address)))]
    case 1:
      let end = count.bytes + Format.blockSize
      return [.change(path, .to(1))] + (model.size < end ? [.resize(end)] : [])
    default:
      let place = BlockRange(BlockAddress(addressPastCache(for: count.rawValue)), count)
      if count.rawValue <= Recipe.movedDataLimit, model.isWithoutMetadata(place) {
        return [.move(path, to: place.first)]
      }
      let end = place.first.bytes + count.bytes
      return [.change(path, .to(place.first.rawValue))]
        + (model.size < end ? [.resize(end)] : [])
    }
  }
}
