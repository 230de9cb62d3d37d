internal import VCIFormat
internal import VCIGenerators

extension PlanMapping {
  /// A way of reading the numbers in edits.
  private enum Reading: CaseIterable {
    /// An address is the start of a part, and a count is the length of a range whose end should
    /// keep its meaning.
    case starts
    /// An address is the end of a part, and a count is a count.
    case ends
    /// A number has no meaning, and is not changed.
    case numbers
  }

  /// Returns `edits` mapped to the new plan, in each way of reading their numbers. The last list
  /// has the unchanged edits, unless an earlier list does.
  func moved(_ edits: [Edit]) -> [[Edit]] {
    var lists: [[Edit]] = []
    for reading in Reading.allCases {
      let list = edits.map { moved($0, reading, among: edits) }
      if !lists.contains(list) { lists.append(list) }
    }
    return lists.contains(edits) ? lists : lists + [edits]
  }

  private func moved(_ edit: Edit, _ reading: Reading, among edits: [Edit]) -> Edit {
    switch edit {
    case .change(let path, let change):
      return .change(self.path(path), moved(change, of: path, reading, among: edits))
    case .clear(let path): return .clear(self.path(path))
    case .poke(let path, let place, let byte):
      return .poke(self.path(path), offset: place, byte: byte)
    case .reshape(let node, let type): return .reshape(self.node(node), type)
    case .refit: return .refit
    case .move(let path, let block):
      guard reading != .numbers else { return .move(self.path(path), to: block) }
      return .move(
        self.path(path),
        to: BlockAddress(address(block.rawValue, preferringEnds: reading == .ends)))
    case .toggle(let block):
      guard reading != .numbers else { return edit }
      return .toggle(
        BlockAddress(address(block.rawValue, preferringEnds: reading == .ends)))
    case .resize(let size):
      guard reading != .numbers else { return edit }
      // With `starts` the size of the file is the end of a part, and with `ends` the start of the
      // part that is cut off.
      let blocks = address(size / Format.blockSize, preferringEnds: reading == .starts)
      return blocks < 1 << 46 ? .resize(blocks * Format.blockSize + size % 512) : edit
    case .raw(let offset, let bytes):
      return .raw(offset: moved(byte: offset, reading), bytes)
    }
  }

  private func moved(
    _ change: Change, of path: Path, _ reading: Reading, among edits: [Edit]
  ) -> Change {
    guard reading != .numbers, let field = path.field else { return change }
    switch change {
    case .to(let number):
      return .to(moved(number, field, path, reading, among: edits))
    case .adding(let amount):
      guard reading == .ends, field.layout.width == 8,
        let here = old.number(at: path), let there = new.number(at: self.path(path))
      else { return change }
      let number = moved(here &+ amount, field, path, reading, among: edits)
      return .adding(number &- there)
    case .flipping(let mask):
      guard field.layout.kind == .address || field.layout.kind == .offset,
        let here = old.number(at: path)
      else { return change }
      return .to(moved(here ^ mask, field, path, reading, among: edits))
    }
  }

  private func moved(
    _ number: UInt64, _ field: Field, _ path: Path, _ reading: Reading, among edits: [Edit]
  ) -> UInt64 {
    switch field.layout.kind {
    case .address: return address(number, preferringEnds: reading == .ends)
    case .offset: return offset(number)
    case .count:
      guard let start = path.startOfRange else {
        // The number of blocks of a cache is also an address: its end.
        if reading == .ends, field == .blocks || field == .mapBlocks {
          return address(number, preferringEnds: true)
        }
        return field.layout.structure == .extent ? number : count(number)
      }
      let here = Self.number(at: start, under: edits, old)
      guard reading == .starts, let here,
        let there = Self.moved(start, here, self, among: edits)
      else { return number }
      let end = offset(here &+ number)
      return end > there ? end - there : number
    default: return number
    }
  }

  /// Returns the number at `path` after `edits`.
  private static func number(at path: Path, under edits: [Edit], _ index: PlanIndex) -> UInt64? {
    for case .change(path, .to(let number)) in edits { return number }
    return index.number(at: path)
  }

  /// Returns the new number for the number `here` at `path`.
  private static func moved(
    _ path: Path, _ here: UInt64, _ mapping: PlanMapping, among edits: [Edit]
  ) -> UInt64? {
    for case .change(path, .to) in edits { return mapping.offset(here) }
    return mapping.new.number(at: mapping.path(path))
  }

  /// Returns the new offset of a byte of the file. It moves with its field, or with the nearest
  /// part.
  private func moved(byte offset: UInt64, _ reading: Reading) -> UInt64 {
    guard reading != .numbers, offset >= UInt64(Format.headerSize) else { return offset }
    let block = BlockAddress(offset / Format.blockSize)
    let node = reading == .starts ? old.plan.nodes.firstIndex { $0.range.contains(block) } : nil
    guard let node else {
      let blocks = address(block.rawValue, preferringEnds: false)
      return blocks < 1 << 46 ? blocks * Format.blockSize + offset % 512 : offset
    }
    let place = Int(offset - old.plan.nodes[node].address.bytes)
    let type = old.plan.nodes[node].type
    let width = type.slotSize
    let slot = (place - 1) / width
    guard place > 0, slot < old.usedSlots(of: node) else {
      return start(of: self.node(old.paths[node]), or: node) + UInt64(place)
    }
    let path = self.path(
      type == .leaf
        ? .extent(old.paths[node], slot: slot, nil) : .entry(old.paths[node], slot: slot, nil))
    switch path {
    case .extent(let other, let slot, _), .entry(let other, let slot, _):
      return start(of: other, or: node) + UInt64(1 + slot * width + (place - 1) % width)
    default: return offset
    }
  }

  private func start(of path: NodePath, or node: Int) -> UInt64 {
    (new.node(at: path).map { new.plan.nodes[$0] } ?? old.plan.nodes[node]).address.bytes
  }
}

extension Path {
  /// The field with the start of a range of disk blocks, if this is the field with its count.
  var startOfRange: Path? {
    switch self {
    case .extent(let node, let slot, .extentBlocks): .extent(node, slot: slot, .extentOffset)
    case .entry(let node, let slot, .entryBlocks): .entry(node, slot: slot, .entryOffset)
    default: nil
    }
  }
}

extension PlanIndex {
  /// Returns the number of the plan in a field of a used slot, of the header or of the map; `nil`
  /// for any other place.
  fileprivate func number(at path: Path) -> UInt64? {
    switch path {
    case .extent(let node, let slot, let field?):
      guard let index = self.node(at: node), slot < plan.nodes[index].extents.count else {
        return nil
      }
      let extent = plan.nodes[index].extents[slot]
      return switch field {
      case .extentPrevious: extent.previous.rawValue
      case .extentNext: extent.next.rawValue
      case .extentOffset: extent.offset.rawValue
      case .extentBlocks: extent.blocks.rawValue
      case .extentAddress: extent.address.rawValue
      default: nil
      }
    case .entry(let node, let slot, let field?):
      guard let index = self.node(at: node), slot < plan.nodes[index].entries.count else {
        return nil
      }
      let entry = plan.nodes[index].entries[slot]
      return switch field {
      case .entryOffset: entry.offset.rawValue
      case .entryBlocks: entry.blocks.rawValue
      case .entryChild: plan.nodes[entry.node].address.rawValue
      default: nil
      }
    case .field(let field): return number(in: field)
    default: return nil
    }
  }

  /// Returns the number of the plan in a field of the header or the map.
  private func number(in field: Field) -> UInt64? {
    switch field {
    case .treeRoot: plan.nodes[0].address.rawValue
    case .blockMap: plan.mapAddress.rawValue
    case .blocks, .mapBlocks: plan.blocks.rawValue
    case .mapMetadata: counts[0]
    case .mapData: counts[1]
    case .mapFree: counts[2]
    default: nil
    }
  }
}
