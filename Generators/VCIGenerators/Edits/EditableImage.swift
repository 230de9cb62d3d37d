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

  /// How many blocks its header says that the cache has; any number may stand there.
  public var blocks: UInt64 { (model?.header ?? bytes.header).blocks.rawValue }

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
      headerReserved.put(byte, at: place)
      bytes.write([byte], at: UInt64(Field.headerReserved.offset + place))
    case .field(.mapReserved) where place < Field.mapReserved.layout.width:
      mapReserved.put(byte, at: place)
      bytes.write([byte], at: Field.mapReserved.position(from: map.first.bytes) + UInt64(place))
    case .node(let path, .nodeEntries):
      guard let index = node(at: path) else { return }
      let start = ModelNode.paddingStart(of: nodes[index].kind)
      guard place < Format.nodeSize - start else { return }
      nodes[index].padding.put(byte, at: place)
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
