internal import VCIFormat

/// An image under edits: its bytes, and its model until an edit is blind.
package struct EditableImage: Sendable {
  /// Only what the model does not describe may be set: data, and blocks without an owner.
  package internal(set) var bytes: SparseBytes
  /// `nil` after a blind edit, and for an image without a plan.
  package private(set) var model: ImageModel?

  package init(_ plan: ImagePlan) {
    let model = ImageModel(plan)
    self.model = model
    bytes = model.encode()
  }

  /// Makes an image without a plan.
  package init(_ bytes: [UInt8]) {
    self.bytes = SparseBytes(bytes)
  }

  /// Makes an image of `size` bytes that is one hole.
  init(hole size: UInt64) {
    bytes = SparseBytes(size: size)
  }

  /// The header's number of blocks, which edits may have made any number.
  package var blocks: UInt64 { (model?.header ?? bytes.header).blocks.rawValue }

  /// Applies `edit`. It changes nothing if it names something that the image does not have.
  package mutating func apply(_ edit: Edit) {
    switch edit {
    case .raw(let offset, let new):
      bytes.write(new, at: offset)
      model = nil
    case .resize(let size):
      bytes.size = size
      model?.size = size
    case .change, .clear, .poke, .toggle, .reshape, .move, .refit:
      guard var model else { return }
      // `nil` meanwhile, so that the local model is the only owner and changes in place.
      self.model = nil
      model.apply(edit, encodingTo: &bytes)
      self.model = model
    }
  }
}

extension ImageModel {
  /// Applies an edit that is neither blind nor a new size, to the model and to the image's bytes.
  mutating func apply(_ edit: Edit, encodingTo bytes: inout SparseBytes) {
    switch edit {
    case .change(let path, let change): self.change(path, change, &bytes)
    case .clear(let path): clear(path, &bytes)
    case .poke(let path, let offset, let byte): poke(path, offset, byte, &bytes)
    case .toggle(let block): toggle(block.rawValue, &bytes)
    case .reshape(let path, let type): reshape(path, type, &bytes)
    case .move(let path, let address): move(path, to: address, &bytes)
    case .refit: refit(&bytes)
    case .resize, .raw: preconditionFailure("\(edit) is no edit of a model")
    }
  }

  mutating func change(_ path: Path, _ change: Change, _ bytes: inout SparseBytes) {
    guard let index = index(of: path) else { return }
    let width = index.field.layout.width
    guard !isShared(offset(of: index), width) else { return }
    let value = change.applied(to: self[index], width: width)
    self[index] = value
    bytes.write(value, width: width, at: offset(of: index))
  }

  private mutating func clear(_ path: Path, _ bytes: inout SparseBytes) {
    switch path {
    case .field(.imageUUID):
      header.imageUUID = .nil
      bytes.write([UInt8](repeating: 0, count: 16), at: UInt64(Field.imageUUID.offset))
    case .extent(let node, let slot, nil):
      for field in Structure.extent.numbers {
        change(.extent(node, slot: slot, field), .to(0), &bytes)
      }
    case .entry(let node, let slot, nil):
      for field in Structure.entry.numbers {
        change(.entry(node, slot: slot, field), .to(0), &bytes)
      }
    default:
      change(path, .to(0), &bytes)
    }
  }

  private mutating func poke(
    _ path: Path, _ offset: Int, _ byte: UInt8, _ bytes: inout SparseBytes
  ) {
    switch path {
    case .field(.headerReserved) where offset < Field.headerReserved.layout.width:
      guard !isShared(UInt64(Field.headerReserved.offset + offset), 1) else { return }
      headerReserved.put(byte, at: offset)
      bytes.write([byte], at: UInt64(Field.headerReserved.offset + offset))
    case .field(.mapReserved) where offset < Field.mapReserved.layout.width:
      let place = Field.mapReserved.position(from: map.first.bytes) + UInt64(offset)
      guard !isShared(place, 1) else { return }
      mapReserved.put(byte, at: offset)
      bytes.write([byte], at: place)
    case .node(let path, .nodeEntries):
      guard let index = node(at: path) else { return }
      let start = nodes[index].kind.paddingStart
      let place = nodes[index].range.first.bytes + UInt64(start + offset)
      guard offset < Format.nodeSize - start, !isShared(place, 1) else { return }
      nodes[index].padding.put(byte, at: offset)
      bytes.write([byte], at: place)
    default: break
    }
  }

  private mutating func reshape(
    _ path: NodePath, _ type: NodeType, _ bytes: inout SparseBytes
  ) {
    guard let index = node(at: path),
      !isShared(nodes[index].range.first.bytes, Format.nodeSize)
    else { return }
    nodes[index].empty(as: type)
    bytes.write(nodes[index].encode(), at: nodes[index].range.first.bytes)
  }

  private mutating func toggle(_ block: UInt64, _ bytes: inout SparseBytes) {
    guard block < bitCapacity, !isShared(offset(ofBitmapByte: block / 8), 1) else { return }
    bits.toggle(block)
    bytes.write([bits.byte(block / 8)], at: offset(ofBitmapByte: block / 8))
  }

  /// Refits model and bytes, unless more bits would change than any plan sets.
  private mutating func refit(_ bytes: inout SparseBytes) {
    var fitted = self
    fitted.refit()
    let changed = bits.subtracting(fitted.bits) + fitted.bits.subtracting(bits)
    guard changed.reduce(0, { $0 + UInt64($1.count) }) <= 1 << 16 else { return }
    bits = fitted.bits
    for run in changed {
      for byte in run.lowerBound / 8...(run.upperBound - 1) / 8 {
        bytes.write([bits.byte(byte)], at: offset(ofBitmapByte: byte))
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
