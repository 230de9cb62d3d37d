internal import VCIFormat
internal import VCIGenerators

/// The places of a planned image before its edits, and the numbers at these places.
///
/// A minimizer uses them to replace a blind edit by edits of named places, and to find simpler
/// edits of the same image.
struct ImagePlaces {
  private let bytes: SparseBytes
  private let index: PlanIndex
  private var plan: ImagePlan { index.plan }

  /// Finds the places of the image of `base`, which must have no edits. Returns `nil` if it has no
  /// plan.
  init?(_ base: FuzzCase) {
    guard let plan = base.plan else { return nil }
    bytes = base.image.bytes
    index = PlanIndex(plan)
  }

  /// Returns the number of `width` bytes at `offset`; `nil` if it is not all in the image.
  private func number(of width: Int, at offset: UInt64) -> UInt64? {
    var buffer = [UInt8](repeating: 0, count: width)
    var span = buffer.mutableSpan
    var raw = unsafe span.mutableBytes
    guard offset < bytes.size, bytes.read(at: offset, into: &raw) == width else { return nil }
    return buffer.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Returns the number in the field at `path`; `nil` if the image does not have that field.
  func number(at path: Path) -> UInt64? {
    place(of: path).flatMap { number(of: $0.field.layout.width, at: $0.offset) }
  }

  private func byte(at offset: UInt64) -> UInt8 { number(of: 1, at: offset).map { UInt8($0) } ?? 0 }

  /// Returns the field that a path names, and the offset of its first byte; `nil` if the field has
  /// more than 8 bytes.
  private func place(of path: Path) -> (field: Field, offset: UInt64)? {
    guard let field = path.field, field.layout.width <= 8 else { return nil }
    switch path {
    case .field:
      let isHeader = field.layout.structure == .header
      return (field, field.position(from: isHeader ? 0 : plan.mapAddress.bytes))
    case .node(let node, _):
      return index.node(at: node).map { (field, field.position(from: start(of: $0))) }
    case .extent(let node, let slot, _), .entry(let node, let slot, _):
      return index.node(at: node).map {
        (field, field.position(inNodeAt: start(of: $0), slot: slot))
      }
    case .file, .bit: return nil
    }
  }

  /// Returns the offset of the first byte of a node.
  private func start(of node: Int) -> UInt64 { plan.nodes[node].address.bytes }

  /// Returns the path of a slot, or of one of its fields.
  private func path(of node: Int, slot: Int, _ field: Field? = nil) -> Path {
    let path = index.paths[node]
    return plan.nodes[node].type == .leaf
      ? .extent(path, slot: slot, field) : .entry(path, slot: slot, field)
  }
}

extension ImagePlaces {
  /// The largest number of nodes, and of extents, whose addresses and fields are tried.
  private static let fewNodes = 20

  /// Returns the addresses below `limit` of the map, and of the first nodes and extents.
  func addresses(below limit: UInt64) -> [UInt64] {
    let extents = plan.extents.prefix(Self.fewNodes).map(\.address)
    let all = [plan.mapAddress] + plan.nodes.prefix(Self.fewNodes).map(\.address) + extents
    return all.map(\.rawValue).filter { $0 > 1 && $0 < limit }
  }

  /// The simplest changes of each number, in the order of their places: to 0, to 1, by one. Empty
  /// if the image is large.
  var simplestChanges: [Edit] {
    let changes: [Change] = [.to(0), .to(1), .adding(1), .adding(.max)]
    return numberPaths.flatMap { path in
      changes.filter { $0 != .adding(.max) || number(at: path) != 0 }.map { .change(path, $0) }
    }
  }

  /// The simplest edits: the simplest changes, changes to the address of a part or to the end of
  /// the disk, and edits of slots, node types, bits and the size of the file. Empty if the image is
  /// large.
  var simplestEdits: [Edit] {
    simplestChanges + numberPaths.flatMap { toMarks($0) } + (isSmall ? simplestOfParts : [])
  }

  private var isSmall: Bool {
    plan.nodes.count <= Self.fewNodes && plan.extents.count <= Self.fewNodes
  }

  /// The paths of the numbers of a small image: in header and map, and for each node its type, the
  /// used slots and the slot after them.
  private var numberPaths: [Path] {
    guard isSmall else { return [] }
    return headerPaths
      + plan.nodes.indices.flatMap { node in
        let slots = 0..<min(index.usedSlots(of: node) + 1, plan.nodes[node].type.capacity)
        return [.node(index.paths[node], .nodeType)] + slots.flatMap { paths(of: node, slot: $0) }
      }
  }

  /// Returns changes of a number to the address of a part, or to the end of the disk.
  private func toMarks(_ path: Path) -> [Edit] {
    let marks =
      switch path.field?.layout.kind {
      case .address: addresses(below: .max)
      case .offset: [Format.diskEnd.rawValue, .max]
      default: [UInt64]()
      }
    return marks.filter { $0 != number(at: path) }.map { .change(path, .to($0)) }
  }

  /// The simplest edits of slots, of node types, of bits and of the size of the file.
  private var simplestOfParts: [Edit] {
    let slots = (index.parents.compactMap(\.self) + index.extents.map { ($0.node, $0.slot) })
      .map { Edit.clear(path(of: $0.node, slot: $0.slot)) }
    let shapes = index.paths.flatMap { path in NodeType.allCases.map { Edit.reshape(path, $0) } }
    let bits =
      [Format.headerBlocks.rawValue - 2, plan.blocks.rawValue - 1, plan.blocks.rawValue]
      + addresses(below: .max)
    return slots + shapes + bits.map { .toggle(BlockAddress($0)) }
      + [.resize(plan.size - min(plan.size, Format.blockSize))]
  }

  /// The paths of the numbers in header and map.
  private var headerPaths: [Path] {
    Field.allCases.filter {
      [.header, .blockMap].contains($0.layout.structure) && $0.layout.width <= 8
    }.map { .field($0) }
  }

  /// Returns the paths of the numbers in a slot.
  private func paths(of node: Int, slot: Int) -> [Path] {
    let structure = plan.nodes[node].type.slotStructure
    return Field.allCases.filter { $0.layout.structure == structure }
      .map { path(of: node, slot: slot, $0) }
  }
}

extension ImagePlaces {
  /// The bytes that a blind edit writes, and their range in the file.
  private struct Writing {
    let place: Range<UInt64>
    let bytes: [UInt8]

    /// Returns `nil` if the edit is not blind, or writes no byte that a planned image can have.
    init?(_ edit: Edit) {
      guard case .raw(let offset, let bytes) = edit, !bytes.isEmpty, offset <= 1 << 55 else {
        return nil
      }
      place = offset..<offset + UInt64(bytes.count)
      self.bytes = bytes
    }

    subscript(offset: UInt64) -> UInt8 { bytes[Int(offset - place.lowerBound)] }
  }

  /// Returns edits of one named place each, which have a part of the effect of a blind edit.
  func names(for edit: Edit) -> [Edit] {
    guard let writing = Writing(edit) else { return [] }
    let slots = slots(in: writing).map { Edit.clear(path(of: $0.node, slot: $0.slot)) }
    return numbers(in: writing) + slots + strays(in: writing).prefix(1)
      + bits(in: writing).prefix(1)
  }

  /// Returns edits of named places that together have the effect of a blind edit, as far as
  /// possible. Empty if there are more than 64.
  func allNames(for edit: Edit) -> [Edit] {
    guard let writing = Writing(edit) else { return [] }
    let named = numbers(in: writing) + strays(in: writing) + bits(in: writing)
    return named.count <= 64 ? named : []
  }

  /// Returns the same blind edit in earlier slots of its node.
  func inEarlierSlots(_ edit: Edit) -> [Edit] {
    guard let writing = Writing(edit), let node = nodes(in: writing).first else { return [] }
    let offset = writing.place.lowerBound
    guard offset > start(of: node) else { return [] }
    let size = UInt64(plan.nodes[node].type.slotSize)
    let slot = (offset - start(of: node) - 1) / size
    return (0..<slot).map { .raw(offset: offset - (slot - $0) * size, writing.bytes) }
  }

  /// Returns changes of the numbers that a blind edit changes, to their values after it.
  private func numbers(in writing: Writing) -> [Edit] {
    let slots = nodes(in: writing).flatMap { node in
      [Path.node(index.paths[node], .nodeType)]
        + self.slots(of: node, in: writing).flatMap { paths(of: node, slot: $0) }
    }
    return (headerPaths + slots).compactMap { path -> Edit? in
      guard let (field, place) = place(of: path), let number = number(at: path) else {
        return nil
      }
      let offsets = place..<place + UInt64(field.layout.width)
      guard writing.place.overlaps(offsets) else { return nil }
      let after = offsets.reversed().reduce(UInt64(0)) { after, offset in
        after << 8
          | UInt64(writing.place.contains(offset) ? writing[offset] : byte(at: offset))
      }
      return after == number ? nil : .change(path, .to(after))
    }
  }

  private func nodes(in writing: Writing) -> [Int] {
    plan.nodes.indices.filter {
      writing.place.overlaps(start(of: $0)..<start(of: $0) + UInt64(Format.nodeSize))
    }
  }

  private func slots(in writing: Writing) -> [(node: Int, slot: Int)] {
    nodes(in: writing).flatMap { node in slots(of: node, in: writing).map { (node, $0) } }
  }

  private func slots(of node: Int, in writing: Writing) -> [Int] {
    let (count, size) = (plan.nodes[node].type.capacity, plan.nodes[node].type.slotSize)
    return (0..<count).filter { slot in
      let first = start(of: node) + 1 + UInt64(slot * size)
      return writing.place.overlaps(first..<first + UInt64(size))
    }
  }

  /// Returns edits of the bytes that must be zero and that a blind edit sets.
  private func strays(in writing: Writing) -> [Edit] {
    let map = plan.mapAddress.bytes
    var fields: [(path: Path, start: UInt64, count: Int)] = [
      (
        .field(.headerReserved), UInt64(Field.headerReserved.offset),
        Field.headerReserved.layout.width
      ),
      (
        .field(.mapReserved), Field.mapReserved.position(from: map),
        Field.mapReserved.layout.width
      ),
    ]
    for node in nodes(in: writing) {
      let padding = plan.nodes[node].type.paddingStart
      fields.append(
        (
          .node(index.paths[node], .nodeEntries), start(of: node) + UInt64(padding),
          Format.nodeSize - padding
        ))
    }
    return fields.flatMap { path, start, count in
      writing.place.clamped(to: start..<start + UInt64(count)).compactMap { offset in
        let byte = writing[offset]
        return byte == 0 ? nil : .poke(path, offset: Int(offset - start), byte: byte)
      }
    }
  }

  /// Returns edits of the bits in the bitmap that a blind edit changes.
  private func bits(in writing: Writing) -> [Edit] {
    let start = plan.mapAddress.bytes + UInt64(Format.mapHeaderSize)
    let end = plan.mapAddress.bytes + plan.map.count.bytes
    var edits: [Edit] = []
    for offset in writing.place.clamped(to: start..<end) {
      let flipped = byte(at: offset) ^ writing[offset]
      for bit in 0..<UInt64(8) where flipped >> bit & 1 == 1 {
        edits.append(.toggle(BlockAddress((offset - start) * 8 + bit)))
      }
    }
    return edits
  }
}

extension Path {
  /// The field that a path names; `nil` if it names none.
  var field: Field? {
    switch self {
    case .field(let field): field
    case .node(_, let field), .extent(_, _, let field), .entry(_, _, let field): field
    case .file, .bit: nil
    }
  }
}
