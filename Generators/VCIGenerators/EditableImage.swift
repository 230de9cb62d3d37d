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

  /// Applies `edit`; one that names a place which the image doesn't have changes nothing.
  public mutating func apply(_ edit: Edit) {
    switch edit {
    case .raw(let offset, let new):
      bytes.write(new, at: offset)
      model = nil
    case .resize(let size):
      bytes.size = size
      model?.size = size
    case .change, .clear, .poke, .toggle, .refit:
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
    case .refit: refit(&bytes)
    case .resize, .raw: preconditionFailure("\(edit) names no place")
    }
  }

  private mutating func change(_ path: Path, _ change: Change, _ bytes: inout SparseBytes) {
    guard let (field, slot) = path.number, let offset = position(of: field, slot: slot) else {
      return
    }
    let width = field.layout.width
    self[field, slot] = change.applied(to: self[field, slot], width: width)
    bytes.write(self[field, slot], width: width, at: offset)
  }

  private mutating func clear(_ path: Path, _ bytes: inout SparseBytes) {
    switch path {
    case .field(.imageUUID):
      header.imageUUID = .nil
      bytes.write([UInt8](repeating: 0, count: 16), at: UInt64(Field.imageUUID.offset))
    case .extent(.root, let slot, nil):
      for field in Self.extentFields {
        change(.extent(.root, slot: slot, field), .to(0), &bytes)
      }
    default:
      change(path, .to(0), &bytes)
    }
  }

  private static let extentFields = Field.allCases.filter { $0.layout.structure == .extent }

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
    case .node(.root, .nodeEntries) where place < Format.nodeSize - Self.paddingStart:
      padding[place] = byte
      bytes.write([byte], at: root.first.bytes + UInt64(Self.paddingStart + place))
    default: break
    }
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

extension ImageModel {
  /// Where a field of the image stands in the file; `nil` where it has no such slot.
  private func position(of field: Field, slot: Int) -> UInt64? {
    switch field.layout.structure {
    case .header: UInt64(field.offset)
    case .blockMap: field.position(from: map.first.bytes)
    case .node: field.position(from: root.first.bytes)
    case .extent:
      slot < Format.extentsPerLeaf ? field.position(inNodeAt: root.first.bytes, slot: slot) : nil
    case .entry: nil
    }
  }

  /// The number in a field; `slot` counts for those of extents.
  private subscript(field: Field, slot: Int) -> UInt64 {
    get {
      switch field.layout.structure {
      case .header, .blockMap, .node: part(field)
      case .extent, .entry: slot < slots.count ? slots[slot][field] : 0
      }
    }
    set {
      guard field.layout.structure == .extent else { return setPart(field, newValue) }
      while slots.count <= slot { slots.append(Extent(offset: 0, blocks: 0, address: 0)) }
      slots[slot][field] = newValue
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
    case .nodeType: UInt64(rootType)
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
    case .nodeType: rootType = UInt8(truncatingIfNeeded: value)
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

extension Path {
  /// The field that holds a number, and the slot where it is an extent's.
  fileprivate var number: (field: Field, slot: Int)? {
    switch self {
    case .field(let field): (field, 0)
    case .node(.root, let field?): (field, 0)
    case .extent(.root, let slot, let field?): (field, slot)
    case .file, .bit, .node, .extent, .entry: nil
    }
  }
}
