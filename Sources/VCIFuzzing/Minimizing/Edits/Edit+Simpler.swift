internal import VCIFormat
internal import VCIGenerators

extension Edit {
  /// Returns simpler edits, the simplest first: edits of named places instead of blind ones, edits
  /// of earlier places, lower numbers, fewer bytes.
  func simpler(in places: ImagePlaces?) -> [Edit] {
    switch self {
    case .change(let path, let change):
      path.simpler.flatMap { path in
        [change, .to(0), .to(1), .adding(1)].map { .change(path, $0) }
      }
        + Self.atDiskEnd(path, change)
        + change.simpler(at: path, in: places).map { .change(path, $0) }
    case .clear(let path): path.simpler.map { .clear($0) }
    case .poke(let path, let place, let byte):
      path.simpler.map { .poke($0, offset: place, byte: byte) }
        + UInt64(place).lower.map { .poke(path, offset: Int($0), byte: byte) }
        + UInt64(byte).lower.map { .poke(path, offset: place, byte: UInt8($0)) }
    case .toggle(let block): block.rawValue.lower.map { .toggle(BlockAddress($0)) }
    case .resize(let size): size.lower.map { .resize($0) }
    case .move(let path, let block):
      // The simplest are a byte where it would lie, and the address without what it leads to.
      (block == 1 ? [.poke(.field(.headerReserved), offset: Self.secondBlock, byte: 1)] : [])
        + [.change(path, .to(block.rawValue))] + path.simpler.map { .move($0, to: block) }
        + ((places?.addresses(below: block.rawValue) ?? []) + block.rawValue.lower).map {
          .move(path, to: BlockAddress($0))
        }
    case .reshape(let node, let type): node.simpler.map { .reshape($0, type) }
    case .refit: []
    case .raw(let offset, let bytes):
      (places.map { $0.names(for: self) + $0.inEarlierSlots(self) } ?? [])
        + Self.shorter(bytes, at: offset)
        + offset.lower.map { .raw(offset: $0, bytes) }
        + Self.lower(bytes).map { .raw(offset: offset, $0) }
    }
  }

  /// The offset in the header's reserved bytes at which its second block begins.
  private static let secondBlock = Int(Format.blockSize) - Field.headerReserved.offset

  /// Instead of a range that is made as long as a large disk, returns one that begins at its end.
  private static func atDiskEnd(_ path: Path, _ change: Change) -> [Edit] {
    guard case .to(let count) = change, count > 1 << 31, let start = path.startOfRange else {
      return []
    }
    return [.change(start, .to(Format.diskEnd.rawValue))]
  }

  /// Returns edits with one half of the bytes, or with all bytes but the last or the first.
  private static func shorter(_ bytes: [UInt8], at offset: UInt64) -> [Edit] {
    guard bytes.count > 1 else { return [] }
    let half = bytes.count / 2
    return [(0, half), (half, bytes.count), (0, bytes.count - 1), (1, bytes.count)].map {
      .raw(offset: offset &+ UInt64($0.0), Array(bytes[$0.0..<$0.1]))
    }
  }

  private static func lower(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.indices.flatMap { index in
      UInt64(bytes[index]).lower.map { number in
        var lower = bytes
        lower[index] = UInt8(number)
        return lower
      }
    }
  }
}

extension Change {
  /// Returns simpler changes: to 0 or 1, by one, to the address of a part, or by a smaller amount.
  fileprivate func simpler(at path: Path, in places: ImagePlaces?) -> [Change] {
    let number = places?.number(at: path)
    let byOne: [Change] = [.adding(1)] + (number == 0 ? [] : [.adding(.max)])
    switch self {
    case .to(let value):
      guard value > 1 else { return value.lower.map { .to($0) } }
      let lower: [UInt64] =
        switch path.field?.layout.kind {
        case .address: (places?.addresses(below: value) ?? []) + value.lower.dropFirst(2)
        case .offset where value == Format.diskEnd.rawValue: []
        case .offset where value == .max: [Format.diskEnd.rawValue]
        case .offset where value > UInt32.max:
          [Format.diskEnd.rawValue, .max] + value.lower.dropFirst(2)
        default: Array(value.lower.dropFirst(2))
        }
      return [.to(0), .to(1)] + byOne + lower.map { .to($0) }
    // If 0 had its sum as a simpler change too, they would follow each other for ever.
    case .adding(0), .adding(1): return [.to(0), .to(1)]
    case .adding(let amount):
      let becomes = number.flatMap { number in
        [.address, .count].contains(path.field?.layout.kind) && amount != .max
          ? number &+ amount : nil
      }
      return [.to(0), .to(1), .adding(1)] + (becomes.map { [.to($0)] } ?? [])
        + (Int64(bitPattern: amount) >= 0
          ? amount.lower.map { .adding($0) }
          : (0 &- amount).lower.map { .adding(0 &- $0) })
    case .flipping(let mask):
      return [.to(0), .to(1)] + byOne + (number.map { [.to($0 ^ mask)] } ?? [])
        + mask.lower.map { .flipping($0) }
    }
  }
}

extension Path {
  /// Simpler places: lower bits, and the same field in simpler nodes and in earlier slots.
  fileprivate var simpler: [Path] {
    switch self {
    case .file, .field: []
    case .bit(let block): block.rawValue.lower.map { .bit(BlockAddress($0)) }
    case .node(let node, let field): node.simpler.map { .node($0, field) }
    case .extent(let node, let slot, let field):
      node.simpler.map { .extent($0, slot: slot, field) }
        + UInt64(slot).lower.map { .extent(node, slot: Int($0), field) }
    case .entry(let node, let slot, let field):
      node.simpler.map { .entry($0, slot: slot, field) }
        + UInt64(slot).lower.map { .entry(node, slot: Int($0), field) }
    }
  }
}

extension NodePath {
  /// The ancestors, and the nodes on the same level whose path has one earlier slot.
  fileprivate var simpler: [NodePath] {
    let slots = (0..<Int(depth)).map { self[$0] }
    let above = slots.indices.map { Self.of(slots[..<$0]) }
    return above
      + slots.indices.flatMap { level in
        UInt64(slots[level]).lower.map { slot in
          var other = slots
          other[level] = Int(slot)
          return Self.of(other[...])
        }
      }
  }

  private static func of(_ slots: ArraySlice<Int>) -> NodePath {
    slots.reduce(.root) { $0.child($1) }
  }
}

extension UInt64 {
  /// Lower numbers, ascending: 0, 1, and then numbers whose distance to this one halves each time.
  var lower: [UInt64] {
    guard self > 1 else { return self == 0 ? [] : [0] }
    let halved = (1..<UInt64(64)).map { self >> $0 }.prefix { $0 > 0 }.map { self - $0 }
    return [0, 1] + halved.filter { $0 > 1 }
  }
}

extension [Edit] {
  /// Lists in which several edits that depend on each other change together: one slot replaced in
  /// all edits, two equal numbers or two opposite amounts lowered. If the edits are not sorted, the
  /// last list has them sorted.
  var simplerTogether: [[Edit]] {
    inEarlierSlots + withLowerPairs + (isInOrder ? [] : [inOrder])
  }

  /// The same edits, sorted by their text.
  private var inOrder: [Edit] { sorted { $0.description < $1.description } }

  private var isInOrder: Bool {
    zip(self, dropFirst()).allSatisfy { $0.description <= $1.description }
  }

  private var inEarlierSlots: [[Edit]] {
    let slots = Set(compactMap(\.slot)).sorted()
    return slots.flatMap { slot in
      UInt64(slot).lower.map { lower in
        map { $0.slot == slot ? $0.with(slot: Int(lower)) : $0 }
      }
    }
  }

  private var withLowerPairs: [[Edit]] {
    indices.flatMap { first in
      indices.dropFirst(first + 1).flatMap { second in
        Edit.lower(self[first], self[second]).map { pair in
          var list = self
          list[first] = pair.0
          list[second] = pair.1
          return list
        }
      }
    }
  }
}

extension Edit {
  /// The node that the edit changes; `nil` if it names none.
  var nodePath: NodePath? {
    if case .reshape(let node, _) = self { return node }
    switch path {
    case .node(let node, _), .extent(let node, _, _), .entry(let node, _, _): return node
    default: return nil
    }
  }

  /// The place that the edit changes; `nil` if it names none.
  private var path: Path? {
    switch self {
    case .change(let path, _), .clear(let path), .poke(let path, offset: _, byte: _),
      .move(let path, to: _):
      path
    case .toggle, .resize, .reshape, .refit, .raw: nil
    }
  }

  /// The slot that the edit changes; `nil` if it names none.
  var slot: Int? {
    switch path {
    case .extent(_, let slot, _), .entry(_, let slot, _): slot
    default: nil
    }
  }

  /// Returns the same edit in another slot.
  func with(slot: Int) -> Edit {
    func moved(_ path: Path) -> Path {
      switch path {
      case .extent(let node, slot: _, let field): .extent(node, slot: slot, field)
      case .entry(let node, slot: _, let field): .entry(node, slot: slot, field)
      default: path
      }
    }
    return switch self {
    case .change(let path, let change): .change(moved(path), change)
    case .clear(let path): .clear(moved(path))
    case .poke(let path, let place, let byte): .poke(moved(path), offset: place, byte: byte)
    case .move(let path, let block): .move(moved(path), to: block)
    case .toggle, .resize, .reshape, .refit, .raw: self
    }
  }

  /// Returns two edits with lower numbers that stay equal or opposite, or with lower blocks at the
  /// same distance.
  fileprivate static func lower(_ first: Edit, _ second: Edit) -> [(Edit, Edit)] {
    switch (first, second) {
    case (.change(let left, .adding(let amount)), .change(let right, .adding(let other))):
      lower(amount, other).map { (.change(left, .adding($0)), .change(right, .adding($1))) }
    case (.change(let left, .to(let value)), .change(let right, .to(let other)))
    where value == other:
      value.lower.map { (.change(left, .to($0)), .change(right, .to($0))) }
    case (.toggle(let left), .toggle(let right)):
      Swift.min(left.rawValue, right.rawValue).lower.map { least in
        let distance = Swift.min(left.rawValue, right.rawValue) - least
        return (
          .toggle(BlockAddress(left.rawValue - distance)),
          .toggle(BlockAddress(right.rawValue - distance))
        )
      }
    default: []
    }
  }

  private static func lower(_ amount: UInt64, _ other: UInt64) -> [(UInt64, UInt64)] {
    if amount == other { return amount.lower.map { ($0, $0) } }
    guard amount == 0 &- other else { return [] }
    return Swift.min(amount, other).lower.map {
      amount < other ? ($0, 0 &- $0) : (0 &- $0, $0)
    }
  }
}
