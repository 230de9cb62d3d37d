internal import VCIFormat
internal import VCIGenerators

/// Where the structures of an image stand before it is edited, and the numbers in their fields: what
/// edits are told by.
struct Landmarks {
  private let bytes: SparseBytes
  private let sites: PlanSites?
  /// The first byte of the block map.
  private let map: UInt64

  /// Finds its way through the image of `base`, which has no edits; of one that nobody planned
  /// nothing is known but its bytes.
  init(_ base: FuzzCase) {
    bytes = base.image.bytes
    sites = base.plan.map { PlanSites($0) }
    map = base.plan?.mapAddress.bytes ?? 0
  }

  private static func number(of width: Int, at offset: UInt64, _ bytes: SparseBytes) -> UInt64? {
    var buffer = [UInt8](repeating: 0, count: width)
    var span = buffer.mutableSpan
    var raw = unsafe span.mutableBytes
    guard offset < bytes.size, bytes.read(at: offset, into: &raw) == width else { return nil }
    return buffer.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The number in the field at `path`; `nil` where the image doesn't have it.
  func number(at path: Path) -> UInt64? {
    place(of: path).flatMap { Self.number(of: $0.field.layout.width, at: $0.offset, bytes) }
  }

  private func byte(at offset: UInt64) -> UInt8 {
    Self.number(of: 1, at: offset, bytes).map { UInt8($0) } ?? 0
  }

  /// The field of at most 8 bytes that a path names, and its first byte.
  private func place(of path: Path) -> (field: Field, offset: UInt64)? {
    guard let sites, let field = path.field, field.layout.width <= 8 else { return nil }
    switch path {
    case .field:
      return (field, field.position(from: field.layout.structure == .header ? 0 : map))
    case .node(let node, _):
      return sites.node(at: node).map {
        (field, field.position(from: sites.plan.nodes[$0].address.bytes))
      }
    case .extent(let node, let slot, _), .entry(let node, let slot, _):
      return sites.node(at: node).map {
        let start = sites.plan.nodes[$0].address.bytes
        return (field, field.position(inNodeAt: start, slot: slot))
      }
    case .file, .bit: return nil
    }
  }
}

extension Landmarks {
  /// The most nodes whose addresses are tried in the place of another, and whose fields are.
  private static let fewNodes = 20

  /// The addresses of map, nodes and extents below `limit`, as many as are tried.
  func addresses(below limit: UInt64) -> [UInt64] {
    guard let plan = sites?.plan else { return [] }
    let extents = plan.extents.prefix(Self.fewNodes).map(\.address)
    let all = [plan.mapAddress] + plan.nodes.prefix(Self.fewNodes).map(\.address) + extents
    return all.map(\.rawValue).filter { $0 > 1 && $0 < limit }
  }

  /// The simplest changes of each number of a small image, in the order of their places: to 0, to 1,
  /// by one; none of a large image.
  var simplestChanges: [Edit] {
    let changes: [Change] = [.to(0), .to(1), .adding(1), .adding(.max)]
    var edits: [Edit] = []
    for path in numberPaths {
      for change in changes where change != .adding(.max) || number(at: path) != 0 {
        edits.append(.change(path, change))
      }
    }
    return edits
  }

  /// The simplest edits of a small image: the simplest changes, each number to the address of a part
  /// or to the disk's end, each slot, each type and the first bits; none of a large image.
  var simplestEdits: [Edit] {
    guard let plan = sites?.plan else { return [] }
    let parts = isSmall(plan) ? simplestOfParts(plan) : []
    return simplestChanges + numberPaths.flatMap { toMarks($0) } + parts
  }

  private func isSmall(_ plan: ImagePlan) -> Bool {
    plan.nodes.count <= Self.fewNodes && plan.extents.count <= Self.fewNodes
  }

  /// The numbers of a small image.
  private var numberPaths: [Path] {
    guard let plan = sites?.plan, isSmall(plan) else { return [] }
    return headerPaths + plan.nodes.indices.flatMap { paths(inNode: $0) }
  }

  /// Changes of a number to one that stands for a part of the image.
  private func toMarks(_ path: Path) -> [Edit] {
    let marks =
      switch path.field?.layout.kind {
      case .address: addresses(below: .max)
      case .offset: [Format.diskEnd.rawValue, .max]
      default: [UInt64]()
      }
    return marks.filter { $0 != number(at: path) }.map { .change(path, .to($0)) }
  }

  /// Edits of slots, of types, of bits and of the file's end.
  private func simplestOfParts(_ plan: ImagePlan) -> [Edit] {
    guard let sites else { return [] }
    let slots = sites.extents.map { Path.extent(sites.paths[$0.node], slot: $0.slot, nil) }
    let entries = sites.parents.compactMap(\.self).map {
      Path.entry(sites.paths[$0.node], slot: $0.slot, nil)
    }
    let shapes = zip(sites.paths, plan.nodes).flatMap { path, node in
      NodeType.allCases.map { Edit.reshape(path, $0) }
    }
    let bits =
      [Format.headerBlocks.rawValue - 2, plan.blocks.rawValue - 1, plan.blocks.rawValue]
      + addresses(below: .max)
    return (entries + slots).map { .clear($0) } + shapes
      + bits.map { .toggle(BlockAddress($0)) } + [
        .resize(plan.size - min(plan.size, Format.blockSize))
      ]
  }

  /// The numbers of header and map.
  private var headerPaths: [Path] {
    let fields = Field.allCases.filter {
      [.header, .blockMap].contains($0.layout.structure) && $0.layout.width <= 8
    }
    return fields.map { .field($0) }
  }

  /// The numbers of a node: its type, those of its used slots and of the one behind them.
  private func paths(inNode index: Int) -> [Path] {
    guard let sites else { return [] }
    let isLeaf = sites.plan.nodes[index].type == .leaf
    let capacity = isLeaf ? Format.extentsPerLeaf : Format.entriesPerInternalNode
    let slots = 0..<min(sites.usedSlots(of: index) + 1, capacity)
    return [.node(sites.paths[index], .nodeType)]
      + slots.flatMap { paths(inSlot: $0, of: index) }
  }

  /// The numbers of a slot.
  private func paths(inSlot slot: Int, of index: Int) -> [Path] {
    guard let sites else { return [] }
    let path = sites.paths[index]
    return sites.plan.nodes[index].type == .leaf
      ? Self.extentFields.map { .extent(path, slot: slot, $0) }
      : Self.entryFields.map { .entry(path, slot: slot, $0) }
  }

  private static let extentFields = Field.allCases.filter { $0.layout.structure == .extent }
  private static let entryFields = Field.allCases.filter { $0.layout.structure == .entry }
}

extension Landmarks {
  /// Edits that say by name what a blind edit may do; each of one place alone.
  func names(for edit: Edit) -> [Edit] {
    guard case .raw(let offset, let bytes) = edit, let changed = Self.range(offset, bytes) else {
      return []
    }
    let slots = nodes(touching: changed).flatMap { slotPaths(of: $0, touching: changed) }
    return numbers(in: changed, bytes) + slots.map { .clear($0) }
      + strays(in: changed, bytes).prefix(1) + bits(in: changed, bytes).prefix(1)
  }

  /// Edits that together do by name what a blind edit does, as far as they can; none where they would
  /// be many.
  func allNames(for edit: Edit) -> [Edit] {
    guard case .raw(let offset, let bytes) = edit, let changed = Self.range(offset, bytes) else {
      return []
    }
    let named = numbers(in: changed, bytes) + strays(in: changed, bytes) + bits(in: changed, bytes)
    return named.count <= 64 ? named : []
  }

  private static func range(_ offset: UInt64, _ bytes: [UInt8]) -> Range<UInt64>? {
    bytes.isEmpty || offset > 1 << 55 ? nil : offset..<offset + UInt64(bytes.count)
  }

  /// The same blind edit in an earlier slot of its node.
  func inEarlierSlots(_ edit: Edit) -> [Edit] {
    guard case .raw(let offset, let bytes) = edit, let changed = Self.range(offset, bytes),
      let sites, let node = nodes(touching: changed).first
    else { return [] }
    let start = sites.plan.nodes[node].address.bytes
    guard offset > start else { return [] }
    let size = UInt64(
      sites.plan.nodes[node].type == .leaf ? Format.extentSize : Format.entrySize)
    let slot = (offset - start - 1) / size
    return (0..<slot).map { .raw(offset: offset - (slot - $0) * size, bytes) }
  }

  /// The numbers that a blind edit changes.
  private func numbers(in changed: Range<UInt64>, _ bytes: [UInt8]) -> [Edit] {
    let slots = nodes(touching: changed).flatMap { node -> [Path] in
      let inSlots = self.slots(of: node, touching: changed).flatMap {
        paths(inSlot: $0, of: node)
      }
      return (sites.map { [.node($0.paths[node], .nodeType)] } ?? []) + inSlots
    }
    return (headerPaths + slots).compactMap { path in
      guard let (field, place) = place(of: path), let number = number(at: path),
        changed.overlaps(place..<place + UInt64(field.layout.width))
      else { return nil }
      var after: UInt64 = 0
      for step in (0..<UInt64(field.layout.width)).reversed() {
        after = after << 8 | UInt64(self.after(place + step, changed, bytes))
      }
      return after == number ? nil : .change(path, .to(after))
    }
  }

  private func after(_ place: UInt64, _ changed: Range<UInt64>, _ bytes: [UInt8]) -> UInt8 {
    changed.contains(place) ? bytes[Int(place - changed.lowerBound)] : byte(at: place)
  }

  private func nodes(touching changed: Range<UInt64>) -> [Int] {
    guard let nodes = sites?.plan.nodes else { return [] }
    return nodes.indices.filter { index in
      let start = nodes[index].address.bytes
      return changed.overlaps(start..<start + UInt64(Format.nodeSize))
    }
  }

  private func slots(of node: Int, touching changed: Range<UInt64>) -> [Int] {
    guard let sites else { return [] }
    let isLeaf = sites.plan.nodes[node].type == .leaf
    let start = sites.plan.nodes[node].address.bytes + 1
    let width = UInt64(isLeaf ? Format.extentSize : Format.entrySize)
    let count = isLeaf ? Format.extentsPerLeaf : Format.entriesPerInternalNode
    return (0..<count).filter { slot in
      let first = start + UInt64(slot) * width
      return changed.overlaps(first..<first + width)
    }
  }

  private func slotPaths(of node: Int, touching changed: Range<UInt64>) -> [Path] {
    guard let sites else { return [] }
    let isLeaf = sites.plan.nodes[node].type == .leaf
    return slots(of: node, touching: changed).map {
      isLeaf
        ? .extent(sites.paths[node], slot: $0, nil) : .entry(sites.paths[node], slot: $0, nil)
    }
  }

  /// The bytes that are to be zero and are not, after a blind edit.
  private func strays(in changed: Range<UInt64>, _ bytes: [UInt8]) -> [Edit] {
    guard let sites else { return [] }
    func width(_ field: Field) -> UInt64 { UInt64(field.layout.width) }
    var fields: [(path: Path, start: UInt64, count: UInt64)] = [
      (.field(.headerReserved), UInt64(Field.headerReserved.offset), width(.headerReserved)),
      (.field(.mapReserved), Field.mapReserved.position(from: map), width(.mapReserved)),
    ]
    for node in nodes(touching: changed) {
      let plan = sites.plan.nodes[node]
      let padding = UInt64(
        plan.type == .leaf
          ? 1 + Format.extentsPerLeaf * Format.extentSize
          : 1 + Format.entriesPerInternalNode * Format.entrySize)
      fields.append(
        (
          .node(sites.paths[node], .nodeEntries), plan.address.bytes + padding,
          UInt64(Format.nodeSize) - padding
        ))
    }
    return fields.flatMap { path, start, count in
      changed.clamped(to: start..<start + count).compactMap { place in
        let byte = bytes[Int(place - changed.lowerBound)]
        return byte == 0 ? nil : .poke(path, offset: Int(place - start), byte: byte)
      }
    }
  }

  /// Flips of the bits in the bitmap that a blind edit changes.
  private func bits(in changed: Range<UInt64>, _ bytes: [UInt8]) -> [Edit] {
    guard let plan = sites?.plan else { return [] }
    let start = map + UInt64(Format.mapHeaderSize)
    let end = map + plan.map.count.bytes
    var edits: [Edit] = []
    for place in changed.clamped(to: start..<end) {
      let flipped = byte(at: place) ^ bytes[Int(place - changed.lowerBound)]
      for bit in 0..<UInt64(8) where flipped >> bit & 1 == 1 {
        edits.append(.toggle(BlockAddress((place - start) * 8 + bit)))
      }
    }
    return edits
  }
}

extension Path {
  /// The field that it names.
  var field: Field? {
    switch self {
    case .field(let field): field
    case .node(_, let field), .extent(_, _, let field), .entry(_, _, let field): field
    case .file, .bit: nil
    }
  }
}
