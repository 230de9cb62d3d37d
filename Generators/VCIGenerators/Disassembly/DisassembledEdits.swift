internal import VCIFormat

/// Finds the edits, except blind ones, that turn a plan's image into another image.
struct DisassembledEdits {
  private let image: ImageReader
  private let model: ImageModel
  private let planned: SparseBytes

  init(_ image: ImageReader, _ model: ImageModel, _ planned: SparseBytes) {
    self.image = image
    self.model = model
    self.planned = planned
  }

  /// The most edits of a node or a reserved field. Blind edits take over from there.
  private static let mostOfAPart = 220
  /// The most edits of all nodes.
  private static let mostOfNodes = Recipe.editLimit / 4
  /// The most bits that are flipped one by one.
  private static let mostBits = Recipe.editLimit / 2

  func edits() throws(DisassemblyError) -> [Edit] {
    var edits = try headerEdits() + mapEdits()
    for index in model.nodes.indices where edits.count < Self.mostOfNodes {
      edits += try nodeEdits(index)
    }
    return edits + (try bitEdits())
  }

  private func headerEdits() throws(DisassemblyError) -> [Edit] {
    let bytes = try image.bytes(at: 0, Format.headerSize)
    let found = unsafe Header(decoding: bytes.span.bytes)
    return Self.changes(.header, model.header, found) { .field($0) }
      + Self.pokes(.headerReserved, in: bytes)
  }

  private func mapEdits() throws(DisassemblyError) -> [Edit] {
    guard model.map.first.bytes + 512 <= image.size else { return [] }
    let bytes = try image.bytes(at: model.map.first.bytes, Format.mapHeaderSize)
    let found = unsafe BlockMapHeader(decoding: bytes.span.bytes)
    return Self.changes(.blockMap, model.counters, found) { .field($0) }
      + Self.pokes(.mapReserved, in: bytes)
  }

  /// Returns the edits that change the numbers of a structure from `old` to `new`.
  private static func changes<Values: FieldValues>(
    _ structure: Structure, _ old: Values, _ new: Values, _ path: (Field) -> Path
  ) -> [Edit] {
    structure.numbers.filter { old[$0] != new[$0] }.map { .change(path($0), .to(new[$0])) }
  }

  /// Returns the edits of a field that must be zero; none if there are too many.
  private static func pokes(_ field: Field, in bytes: [UInt8]) -> [Edit] {
    let edits = (0..<field.layout.width).filter { bytes[field.offset + $0] != 0 }
      .map { Edit.poke(.field(field), offset: $0, byte: bytes[field.offset + $0]) }
    return edits.count <= mostOfAPart ? edits : []
  }

  /// Returns the edits of a node; none if there are too many.
  private func nodeEdits(_ index: Int) throws(DisassemblyError) -> [Edit] {
    let node = model.nodes[index]
    guard node.range.first.bytes + node.range.count.bytes <= image.size else { return [] }
    let bytes = try image.bytes(at: node.range.first.bytes, Format.nodeSize)
    guard bytes != node.encode() else { return [] }
    var edits: [Edit] = []
    if bytes[0] != node.type {
      edits.append(.change(.node(node.path, .nodeType), .to(UInt64(bytes[0]))))
    }
    edits += slotEdits(node, bytes)
    let start = node.kind.paddingStart
    for index in start..<Format.nodeSize where bytes[index] != 0 {
      edits.append(
        .poke(.node(node.path, .nodeEntries), offset: index - start, byte: bytes[index]))
    }
    return edits.count <= Self.mostOfAPart ? edits : []
  }

  /// Returns the edits of the slots after the planned ones.
  private func slotEdits(_ node: ModelNode, _ bytes: [UInt8]) -> [Edit] {
    (node.slotCount..<node.kind.capacity).flatMap { slot -> [Edit] in
      switch node.kind {
      case .leaf:
        let found = unsafe Extent(decoding: bytes.span.bytes, slot: slot)
        return Self.changes(.extent, Extent(offset: 0, blocks: 0, address: 0), found) {
          .extent(node.path, slot: slot, $0)
        }
      case .internal:
        let found = unsafe InternalEntry(decoding: bytes.span.bytes, slot: slot)
        return Self.changes(.entry, InternalEntry(offset: 0, blocks: 0, child: 0), found) {
          .entry(node.path, slot: slot, $0)
        }
      }
    }
  }

  /// Returns a flip for each bit that differs from the plan's; none if there are too many.
  private func bitEdits() throws(DisassemblyError) -> [Edit] {
    let start = model.map.first.bytes + UInt64(Format.mapHeaderSize)
    let end = min(image.size, model.map.first.bytes + model.map.count.bytes)
    guard start < end else { return [] }
    var bits: [UInt64] = []
    try image.compare(with: planned, in: start..<end) { offset, actual, planned in
      guard bits.count <= Self.mostBits else { return }
      for index in actual.indices where actual[index] != planned[index] {
        let first = (offset - start + UInt64(index)) * 8
        let differing = actual[index] ^ planned[index]
        bits += (0..<8).filter { differing >> UInt8($0) & 1 == 1 }.map { first + $0 }
      }
    }
    return bits.count <= Self.mostBits ? bits.map { .toggle(BlockAddress($0)) } : []
  }
}
