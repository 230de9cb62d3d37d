internal import VCIFormat
internal import VCIGenerators

/// Where the structures of an image stand before it is edited, and the numbers in their fields: what
/// edits are told apart by when the plan under them changes.
struct Landmarks {
  private let bytes: SparseBytes
  /// The first bytes of the block map and of the root.
  let map, root: UInt64
  /// The used slots at the start of the root, as far as it is a leaf.
  let usedSlots: Int

  /// Finds its way through `image`; what cannot be read of it counts as zero.
  init(_ image: EditableImage) {
    bytes = image.bytes
    func address(_ field: Field) -> UInt64 {
      let block = Self.number(of: field.layout.width, at: UInt64(field.offset), image.bytes) ?? 0
      return block < 1 << 46 ? block * Format.blockSize : .max
    }
    let root = address(.treeRoot)
    (map, self.root) = (address(.blockMap), root)
    func isUsed(_ slot: Int) -> Bool {
      [Field.extentBlocks, .extentAddress].allSatisfy { field in
        let place = field.position(inNodeAt: root, slot: slot)
        return Self.number(of: field.layout.width, at: place, image.bytes) ?? 0 > 0
      }
    }
    let isLeaf = Self.number(of: 1, at: root, image.bytes) == UInt64(NodeType.leaf.rawValue)
    usedSlots = isLeaf ? (0..<Format.extentsPerLeaf).prefix { isUsed($0) }.count : 0
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

  /// The byte at `offset`, 0 behind the end.
  func byte(at offset: UInt64) -> UInt8 {
    Self.number(of: 1, at: offset, bytes).map { UInt8($0) } ?? 0
  }

  /// The file's size in bytes.
  var size: UInt64 { bytes.size }

  /// The field of at most 8 bytes that a path names, and its first byte.
  func place(of path: Path) -> (field: Field, offset: UInt64)? {
    let found: (field: Field, offset: UInt64)? =
      switch path {
      case .field(let field):
        (field, field.position(from: field.layout.structure == .header ? 0 : map))
      case .node(let node, let field?): start(of: node).map { (field, field.position(from: $0)) }
      case .extent(let node, let slot, let field?) where slot < Format.extentsPerLeaf,
        .entry(let node, let slot, let field?) where slot < Format.entriesPerInternalNode:
        start(of: node).map { (field, field.position(inNodeAt: $0, slot: slot)) }
      default: nil
      }
    return found.flatMap { $0.field.layout.width <= 8 ? $0 : nil }
  }

  /// The first byte of a node.
  private func start(of node: NodePath) -> UInt64? {
    var start: UInt64? = root
    for level in 0..<Int(node.depth) {
      let place = start.map { Field.entryChild.position(inNodeAt: $0, slot: node[level]) }
      let child = place.flatMap {
        Self.number(of: Field.entryChild.layout.width, at: $0, bytes)
      }
      start = child.flatMap { $0 < 1 << 46 ? $0 * Format.blockSize : nil }
    }
    return start
  }
}

extension Landmarks {
  /// The numbers of this image near which a number of `kind` is looked for: addresses of its parts
  /// and ends, counts, or offsets in the disk; those of slots last, by slot.
  private func marks(_ kind: FieldKind) -> (fixed: [UInt64], slots: [[UInt64]]) {
    func header(_ field: Field) -> UInt64 { number(at: .field(field)) ?? 0 }
    func slot(_ index: Int, _ field: Field) -> UInt64 {
      number(at: .extent(.root, slot: index, field)) ?? 0
    }
    switch kind {
    case .address:
      let map = map / Format.blockSize
      let root = root / Format.blockSize
      return (
        [
          0, map, map &+ header(.blockMapBlocks), root, root &+ Format.nodeBlocks.rawValue,
          header(.blocks), size / Format.blockSize,
        ],
        (0..<usedSlots).map {
          [slot($0, .extentAddress), slot($0, .extentAddress) &+ slot($0, .extentBlocks)]
        }
      )
    case .count:
      let fields: [Field] = [.blocks, .mapFree, .mapMetadata, .mapData]
      return ([0] + fields.map(header), (0..<usedSlots).map { [slot($0, .extentBlocks)] })
    case .offset:
      return (
        [0, Format.diskEnd.rawValue],
        (0..<usedSlots).map {
          let (offset, blocks) = (slot($0, .extentOffset), slot($0, .extentBlocks))
          return [offset, offset &+ blocks, Format.diskEnd.rawValue &- blocks]
        }
      )
    default: return ([], [])
    }
  }

  /// What a number of `kind` becomes where its landmark is moved from here to `other`.
  private func moved(_ number: UInt64, _ kind: FieldKind, to other: Landmarks) -> UInt64 {
    let (here, there) = (marks(kind), other.marks(kind))
    var pairs = Array(zip(here.fixed, there.fixed))
    if let last = there.slots.last {
      for (index, marks) in here.slots.enumerated() {
        pairs += zip(marks, index < there.slots.count ? there.slots[index] : last)
      }
    }
    func distance(_ mark: UInt64) -> UInt64 { mark > number ? mark - number : number - mark }
    // The first of those that are nearest: `min` answers any.
    var nearest: (UInt64, UInt64)?
    for pair in pairs where nearest.map({ distance(pair.0) < distance($0.0) }) ?? true {
      nearest = pair
    }
    return nearest.map { $0.1 &+ (number &- $0.0) } ?? number
  }

  /// What `edits` of this image may be in `other`: the same in relation to its parts, and in
  /// relation to the last of its slots.
  func moved(_ edits: [Edit], to other: Landmarks) -> [[Edit]] {
    let same = edits.map { moved($0, to: other, fromLastSlot: false) }
    guard other.usedSlots != usedSlots else { return [same] }
    return [same, edits.map { moved($0, to: other, fromLastSlot: true) }]
  }

  private func moved(_ edit: Edit, to other: Landmarks, fromLastSlot: Bool) -> Edit {
    var edit = edit
    let gone = usedSlots - other.usedSlots
    if fromLastSlot, let slot = edit.slot { edit = edit.with(slot: max(0, slot - gone)) }
    switch edit {
    case .change(let path, .to(let value)):
      let kind = place(of: path)?.field.layout.kind ?? .number
      return .change(path, .to(moved(value, kind, to: other)))
    case .toggle(let block):
      return .toggle(BlockAddress(moved(block.rawValue, .address, to: other)))
    case .resize(let size):
      let blocks = moved(size / Format.blockSize, .address, to: other)
      return .resize(blocks < 1 << 46 ? blocks * Format.blockSize + size % 512 : size)
    case .raw(let offset, let bytes):
      // The last part that begins before it.
      let parts = [(UInt64(0), UInt64(0)), (map, other.map), (root, other.root)]
      let part = parts.filter { $0.0 <= offset }.max { $0.0 < $1.0 } ?? (0, 0)
      var place = part.1 &+ (offset - part.0)
      if fromLastSlot, part.0 == root {
        place = place &- UInt64(max(0, gone) * Format.extentSize)
      }
      return place <= 1 << 55 ? .raw(offset: place, bytes) : edit
    default: return edit
    }
  }
}

extension Landmarks {
  /// Edits that say by name what a blind edit may do; each of one place alone.
  func names(for edit: Edit) -> [Edit] {
    guard case .raw(let offset, let bytes) = edit, !bytes.isEmpty else { return [] }
    let changed = offset..<offset + UInt64(bytes.count)
    func after(_ place: UInt64, _ width: Int) -> UInt64 {
      (0..<UInt64(width)).reversed().reduce(0) { number, step in
        let byte =
          changed.contains(place + step)
          ? bytes[Int(place + step - offset)] : self.byte(at: place + step)
        return number << 8 | UInt64(byte)
      }
    }
    var names: [Edit] = []
    for path in paths(touching: changed) {
      if let (field, place) = place(of: path) {
        names.append(.change(path, .to(after(place, field.layout.width))))
      } else if case .extent = path {
        names.append(.clear(path))
      }
    }
    for (path, start, count) in strays where changed.overlaps(start..<start + count) {
      let place = max(start, offset)
      names.append(
        .poke(path, place: Int(place - start), byte: bytes[Int(place - offset)]))
    }
    return names + bits(in: changed, bytes)
  }

  /// The same blind edit in an earlier slot of the root.
  func inEarlierSlots(_ edit: Edit) -> [Edit] {
    guard case .raw(let offset, let bytes) = edit, offset > root,
      offset - root < UInt64(Format.nodeSize)
    else { return [] }
    let size = UInt64(Format.extentSize)
    let slot = (offset - root - 1) / size
    return (0..<slot).map { .raw(offset: offset - (slot - $0) * size, bytes) }
  }

  /// The fields, and the slots of the root as wholes, of which a byte is changed.
  private func paths(touching changed: Range<UInt64>) -> [Path] {
    let fields = Field.allCases.filter { [.header, .blockMap].contains($0.layout.structure) }
    var paths = fields.map { Path.field($0) } + [.node(.root, .nodeType)]
    if changed.lowerBound >= root, changed.lowerBound - root < UInt64(Format.nodeSize) {
      let inNode = Int(changed.lowerBound - root)
      let slots = Set(
        [inNode, inNode + changed.count - 1].map {
          max(0, $0 - 1) / Format.extentSize
        }
      ).sorted()
      for slot in slots where slot < Format.extentsPerLeaf {
        let inExtent = Field.allCases.filter { $0.layout.structure == .extent }
        paths += [.extent(.root, slot: slot, nil)]
        paths += inExtent.map { .extent(.root, slot: slot, $0) }
      }
    }
    return paths.filter { path in
      guard let (field, start) = place(of: path), start < 1 << 55 else {
        if case .extent = path { return true }
        return false
      }
      return changed.overlaps(start..<start + UInt64(field.layout.width))
    }
  }

  /// The fields that are to be zero: path, first byte, bytes.
  private var strays: [(Path, UInt64, UInt64)] {
    guard map < 1 << 55, root < 1 << 55 else { return [] }
    let padding = UInt64(1 + Format.extentsPerLeaf * Format.extentSize)
    func width(_ field: Field) -> UInt64 { UInt64(field.layout.width) }
    return [
      (.field(.headerReserved), UInt64(Field.headerReserved.offset), width(.headerReserved)),
      (.field(.mapReserved), Field.mapReserved.position(from: map), width(.mapReserved)),
      (.node(.root, .nodeEntries), root + padding, UInt64(Format.nodeSize) - padding),
    ]
  }

  /// A flip of the first bit in the bitmap that is changed.
  private func bits(in changed: Range<UInt64>, _ bytes: [UInt8]) -> [Edit] {
    guard map < 1 << 55, changed.lowerBound >= map + UInt64(Format.mapHeaderSize) else { return [] }
    let flipped = zip(changed, bytes).first { byte(at: $0) != $1 }
    return flipped.map { place, new in
      let bit = (byte(at: place) ^ new).trailingZeroBitCount
      let first = (place - map - UInt64(Format.mapHeaderSize)) * 8
      return [.toggle(BlockAddress(first + UInt64(bit)))]
    } ?? []
  }
}
