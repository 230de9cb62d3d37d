internal import VCIFormat

/// An image under edits: its bytes, and its model as long as every edit says what it changes.
public struct EditableImage: Sendable {
  /// The bytes.
  public private(set) var bytes: SparseBytes
  /// The model; `nil` after a blind edit, and for images that never had a plan.
  public private(set) var model: ImageModel?

  /// The image of a plan.
  public init(_ plan: ImagePlan) {
    let model = ImageModel(plan)
    self.model = model
    bytes = model.lowered()
  }

  /// An image of bytes whose plan nobody knows.
  public init(_ bytes: [UInt8]) {
    self.bytes = SparseBytes(bytes)
  }

  /// An image of a hole.
  init(hole size: UInt64) {
    bytes = SparseBytes(size: size)
  }

  /// Changes what stands where the model says that there is data, or says nothing.
  mutating func changeData(_ change: (inout SparseBytes) -> Void) { change(&bytes) }

  /// Applies `edit`; one that names a place which the image doesn't have changes nothing.
  public mutating func apply(_ edit: Edit) {
    switch edit {
    case .raw(let offset, let new):
      bytes.write(new, at: offset)
      model = nil
    case .resize(let size):
      bytes.size = size
      model?.size = size
    case .change, .clear, .poke, .toggle, .reshape, .refit:
      guard var model else { return }
      // The model is put back at the end: meanwhile it has one owner and changes in place.
      self.model = nil
      model.apply(edit, lowering: &bytes)
      self.model = model
    }
  }
}

extension ImageModel {
  /// Applies an edit that names a place, to the model and to the bytes of the same image.
  mutating func apply(_ edit: Edit, lowering bytes: inout SparseBytes) {
    switch edit {
    case .change(let path, let change): self.change(path, change, &bytes)
    case .clear(let path): clear(path, &bytes)
    case .poke(let path, let place, let byte): poke(path, place, byte, &bytes)
    case .toggle(let block): toggle(block.rawValue, &bytes)
    case .reshape(let path, let type): reshape(path, type, &bytes)
    case .refit: refit(&bytes)
    case .resize, .raw: preconditionFailure("\(edit) names no place")
    }
  }

  private mutating func change(_ path: Path, _ change: Change, _ bytes: inout SparseBytes) {
    guard let place = place(of: path) else { return }
    let width = place.field.layout.width
    let value = change.applied(to: self[place], width: width)
    self[place] = value
    bytes.write(value, width: width, at: position(of: place))
  }

  private mutating func clear(_ path: Path, _ bytes: inout SparseBytes) {
    switch path {
    case .field(.imageUUID):
      header.imageUUID = .nil
      bytes.write([UInt8](repeating: 0, count: 16), at: UInt64(Field.imageUUID.offset))
    case .extent(let node, let slot, nil):
      for field in Self.extentFields {
        change(.extent(node, slot: slot, field), .to(0), &bytes)
      }
    case .entry(let node, let slot, nil):
      for field in Self.entryFields {
        change(.entry(node, slot: slot, field), .to(0), &bytes)
      }
    default:
      change(path, .to(0), &bytes)
    }
  }

  private static let extentFields = Field.allCases.filter { $0.layout.structure == .extent }
  private static let entryFields = Field.allCases.filter { $0.layout.structure == .entry }

  private mutating func poke(
    _ path: Path, _ place: Int, _ byte: UInt8, _ bytes: inout SparseBytes
  ) {
    switch path {
    case .field(.headerReserved) where place < Field.headerReserved.layout.width:
      headerReserved[place] = byte
      bytes.write([byte], at: UInt64(Field.headerReserved.offset + place))
    case .field(.mapReserved) where place < Field.mapReserved.layout.width:
      mapReserved[place] = byte
      bytes.write([byte], at: Field.mapReserved.position(from: map.first.bytes) + UInt64(place))
    case .node(let path, .nodeEntries):
      guard let index = node(at: path) else { return }
      let start = ModelNode.paddingStart(of: nodes[index].kind)
      guard place < Format.nodeSize - start else { return }
      nodes[index].padding[place] = byte
      bytes.write([byte], at: nodes[index].place.first.bytes + UInt64(start + place))
    default: break
    }
  }

  private mutating func reshape(
    _ path: NodePath, _ type: NodeType, _ bytes: inout SparseBytes
  ) {
    guard let index = node(at: path) else { return }
    nodes[index].empty(as: type)
    bytes.write(nodes[index].lowered(), at: nodes[index].place.first.bytes)
  }

  private mutating func toggle(_ block: UInt64, _ bytes: inout SparseBytes) {
    guard block < bitCapacity else { return }
    bits.toggle(block)
    bytes.write([bits.byte(block / 8)], at: position(ofBitmapByte: block / 8))
  }

  /// Refits model and bytes, unless more bits would change than any plan has.
  private mutating func refit(_ bytes: inout SparseBytes) {
    var fitted = self
    fitted.refit()
    let changed = bits.subtracting(fitted.bits) + fitted.bits.subtracting(bits)
    guard changed.reduce(0, { $0 + UInt64($1.count) }) <= 1 << 16 else { return }
    bits = fitted.bits
    for run in changed {
      for byte in run.lowerBound / 8...(run.upperBound - 1) / 8 {
        bytes.write([bits.byte(byte)], at: position(ofBitmapByte: byte))
      }
    }
    for (field, count) in [
      (Field.mapFree, fitted.counters.free), (.mapMetadata, fitted.counters.metadata),
      (.mapData, fitted.counters.data),
    ] {
      change(.field(field), .to(count.rawValue), &bytes)
    }
  }
}

/// A number of an image: its field, and the node and slot that have it.
private struct NumberPlace {
  let field: Field
  var node = 0
  var slot = 0
}

extension ImageModel {
  /// The number that `path` names; `nil` where it names none, or the image has no such place.
  private func place(of path: Path) -> NumberPlace? {
    switch path {
    case .field(let field): return NumberPlace(field: field)
    case .node(let path, .nodeType):
      return node(at: path).map { NumberPlace(field: .nodeType, node: $0) }
    case .extent(let path, let slot, let field?):
      return place(of: field, slot, .leaf, node(at: path))
    case .entry(let path, let slot, let field?):
      return place(of: field, slot, .internal, node(at: path))
    case .file, .bit, .node, .extent, .entry: return nil
    }
  }

  private func place(
    of field: Field, _ slot: Int, _ kind: NodeType, _ node: Int?
  ) -> NumberPlace? {
    guard let node, nodes[node].kind == kind, slot < ModelNode.capacity(of: kind) else {
      return nil
    }
    return NumberPlace(field: field, node: node, slot: slot)
  }

  /// Where a number stands in the file.
  private func position(of place: NumberPlace) -> UInt64 {
    let node = nodes[place.node].place.first.bytes
    return switch place.field.layout.structure {
    case .header: UInt64(place.field.offset)
    case .blockMap: place.field.position(from: map.first.bytes)
    case .node: place.field.position(from: node)
    case .extent, .entry: place.field.position(inNodeAt: node, slot: place.slot)
    }
  }

  private subscript(place: NumberPlace) -> UInt64 {
    get {
      let node = nodes[place.node]
      return switch place.field.layout.structure {
      case .header, .blockMap: part(place.field)
      case .node: UInt64(node.type)
      case .extent: place.slot < node.extents.count ? node.extents[place.slot][place.field] : 0
      case .entry: place.slot < node.entries.count ? node.entries[place.slot][place.field] : 0
      }
    }
    set {
      switch place.field.layout.structure {
      case .header, .blockMap: setPart(place.field, newValue)
      case .node: nodes[place.node].type = UInt8(truncatingIfNeeded: newValue)
      case .extent: nodes[place.node].setExtent(place.field, place.slot, newValue)
      case .entry: nodes[place.node].setEntry(place.field, place.slot, newValue)
      }
    }
  }

  private func part(_ field: Field) -> UInt64 {
    switch field {
    case .signature: UInt64(header.signature)
    case .version: UInt64(header.version)
    case .blocks: header.blocks.rawValue
    case .uncleanShutdown: UInt64(header.uncleanShutdown)
    case .cacheType: UInt64(header.cacheType)
    case .treeRoot: header.treeRoot.rawValue
    case .blockMap: header.blockMap.rawValue
    case .blockMapBlocks: header.blockMapBlocks.rawValue
    case .mapMagic: UInt64(counters.magic)
    case .mapVersion: UInt64(counters.version)
    case .mapBlocks: counters.blocks.rawValue
    case .mapFree: counters.free.rawValue
    case .mapMetadata: counters.metadata.rawValue
    case .mapData: counters.data.rawValue
    default: 0
    }
  }

  private mutating func setPart(_ field: Field, _ value: UInt64) {
    switch field {
    case .signature: header.signature = UInt32(truncatingIfNeeded: value)
    case .version: header.version = UInt32(truncatingIfNeeded: value)
    case .blocks: header.blocks = BlockCount(value)
    case .uncleanShutdown: header.uncleanShutdown = UInt8(truncatingIfNeeded: value)
    case .cacheType: header.cacheType = UInt32(truncatingIfNeeded: value)
    case .treeRoot: header.treeRoot = BlockAddress(value)
    case .blockMap: header.blockMap = BlockAddress(value)
    case .blockMapBlocks: header.blockMapBlocks = BlockCount(value)
    case .mapMagic: counters.magic = UInt32(truncatingIfNeeded: value)
    case .mapVersion: counters.version = UInt32(truncatingIfNeeded: value)
    case .mapBlocks: counters.blocks = BlockCount(value)
    case .mapFree: counters.free = BlockCount(value)
    case .mapMetadata: counters.metadata = BlockCount(value)
    case .mapData: counters.data = BlockCount(value)
    default: break
    }
  }
}

extension Extent {
  /// The number in a field of an extent.
  fileprivate subscript(field: Field) -> UInt64 {
    get {
      switch field {
      case .extentPrevious: previous.rawValue
      case .extentNext: next.rawValue
      case .extentFlags: UInt64(flags)
      case .extentReserved: UInt64(reserved)
      case .extentOffset: offset.rawValue
      case .extentBlocks: blocks.rawValue
      case .extentAddress: address.rawValue
      default: 0
      }
    }
    set {
      switch field {
      case .extentPrevious: previous = BlockAddress(newValue)
      case .extentNext: next = BlockAddress(newValue)
      case .extentFlags: flags = UInt8(truncatingIfNeeded: newValue)
      case .extentReserved: reserved = UInt8(truncatingIfNeeded: newValue)
      case .extentOffset: offset = BlockOffset(newValue)
      case .extentBlocks: blocks = BlockCount(newValue)
      case .extentAddress: address = BlockAddress(newValue)
      default: break
      }
    }
  }
}

extension InternalEntry {
  /// The number in a field of an entry.
  fileprivate subscript(field: Field) -> UInt64 {
    get {
      switch field {
      case .entryOffset: offset.rawValue
      case .entryBlocks: blocks.rawValue
      case .entryChild: child.rawValue
      default: 0
      }
    }
    set {
      switch field {
      case .entryOffset: offset = BlockOffset(newValue)
      case .entryBlocks: blocks = BlockCount(newValue)
      case .entryChild: child = BlockAddress(newValue)
      default: break
      }
    }
  }
}

extension ModelNode {
  /// Sets the number in a field of a slot, and makes the slots before it where they are not there.
  fileprivate mutating func setExtent(_ field: Field, _ slot: Int, _ value: UInt64) {
    while extents.count <= slot { extents.append(Extent(offset: 0, blocks: 0, address: 0)) }
    extents[slot][field] = value
  }

  /// The same for a slot of an internal node.
  fileprivate mutating func setEntry(_ field: Field, _ slot: Int, _ value: UInt64) {
    while entries.count <= slot {
      entries.append(InternalEntry(offset: 0, blocks: 0, child: 0))
    }
    entries[slot][field] = value
  }
}
