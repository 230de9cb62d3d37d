internal import VCIFormat

/// Finds the edits that lead from a plan to an image, but for those that would be blind.
struct DisassembledEdits {
  private let image: ImageReader
  private let model: ImageModel
  private let planned: SparseBytes

  init(_ image: ImageReader, _ model: ImageModel, _ planned: SparseBytes) {
    self.image = image
    self.model = model
    self.planned = planned
  }

  /// The most edits of one node or one reserved field that are better than blind ones.
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
    let header = model.header
    let fields: [(Field, UInt64, UInt64)] = [
      (.signature, UInt64(found.signature), UInt64(header.signature)),
      (.version, UInt64(found.version), UInt64(header.version)),
      (.blocks, found.blocks.rawValue, header.blocks.rawValue),
      (.uncleanShutdown, UInt64(found.uncleanShutdown), UInt64(header.uncleanShutdown)),
      (.cacheType, UInt64(found.cacheType), UInt64(header.cacheType)),
      (.treeRoot, found.treeRoot.rawValue, header.treeRoot.rawValue),
      (.blockMap, found.blockMap.rawValue, header.blockMap.rawValue),
      (.blockMapBlocks, found.blockMapBlocks.rawValue, header.blockMapBlocks.rawValue),
    ]
    return Self.changes(fields) + Self.pokes(.headerReserved, in: bytes)
  }

  private func mapEdits() throws(DisassemblyError) -> [Edit] {
    guard model.map.first.bytes + 512 <= image.size else { return [] }
    let bytes = try image.bytes(at: model.map.first.bytes, Format.mapHeaderSize)
    let found = unsafe BlockMapHeader(decoding: bytes.span.bytes)
    let counters = model.counters
    let fields: [(Field, UInt64, UInt64)] = [
      (.mapMagic, UInt64(found.magic), UInt64(counters.magic)),
      (.mapVersion, UInt64(found.version), UInt64(counters.version)),
      (.mapBlocks, found.blocks.rawValue, counters.blocks.rawValue),
      (.mapFree, found.free.rawValue, counters.free.rawValue),
      (.mapMetadata, found.metadata.rawValue, counters.metadata.rawValue),
      (.mapData, found.data.rawValue, counters.data.rawValue),
    ]
    return Self.changes(fields) + Self.pokes(.mapReserved, in: bytes)
  }

  private static func changes(_ fields: [(Field, UInt64, UInt64)]) -> [Edit] {
    fields.filter { $0.1 != $0.2 }.map { .change(.field($0.0), .to($0.1)) }
  }

  /// The edits of a field that is to be zero.
  private static func pokes(_ field: Field, in bytes: [UInt8]) -> [Edit] {
    let edits = (0..<field.layout.width).filter { bytes[field.offset + $0] != 0 }
      .map { Edit.poke(.field(field), place: $0, byte: bytes[field.offset + $0]) }
    return edits.count <= mostOfAPart ? edits : []
  }

  /// The edits of a node; none where there would be too many.
  private func nodeEdits(_ index: Int) throws(DisassemblyError) -> [Edit] {
    let node = model.nodes[index]
    guard node.place.first.bytes + node.place.count.bytes <= image.size else { return [] }
    let bytes = try image.bytes(at: node.place.first.bytes, Format.nodeSize)
    guard bytes != node.lowered() else { return [] }
    var edits: [Edit] = []
    if bytes[0] != node.type {
      edits.append(.change(.node(node.path, .nodeType), .to(UInt64(bytes[0]))))
    }
    edits += node.kind == .leaf ? extentEdits(node, bytes) : entryEdits(node, bytes)
    let start = ModelNode.paddingStart(of: node.kind)
    for place in start..<Format.nodeSize where bytes[place] != 0 {
      edits.append(
        .poke(.node(node.path, .nodeEntries), place: place - start, byte: bytes[place]))
    }
    return edits.count <= Self.mostOfAPart ? edits : []
  }

  private func extentEdits(_ node: ModelNode, _ bytes: [UInt8]) -> [Edit] {
    (node.extents.count..<Format.extentsPerLeaf).flatMap { slot -> [Edit] in
      let extent = unsafe Extent(decoding: bytes.span.bytes, slot: slot)
      let values: [(Field, UInt64)] = [
        (.extentPrevious, extent.previous.rawValue), (.extentNext, extent.next.rawValue),
        (.extentFlags, UInt64(extent.flags)), (.extentReserved, UInt64(extent.reserved)),
        (.extentOffset, extent.offset.rawValue), (.extentBlocks, extent.blocks.rawValue),
        (.extentAddress, extent.address.rawValue),
      ]
      return values.filter { $0.1 != 0 }
        .map { .change(.extent(node.path, slot: slot, $0.0), .to($0.1)) }
    }
  }

  private func entryEdits(_ node: ModelNode, _ bytes: [UInt8]) -> [Edit] {
    (node.entries.count..<Format.entriesPerInternalNode).flatMap { slot -> [Edit] in
      let entry = unsafe InternalEntry(decoding: bytes.span.bytes, slot: slot)
      let values: [(Field, UInt64)] = [
        (.entryOffset, entry.offset.rawValue), (.entryBlocks, entry.blocks.rawValue),
        (.entryChild, entry.child.rawValue),
      ]
      return values.filter { $0.1 != 0 }
        .map { .change(.entry(node.path, slot: slot, $0.0), .to($0.1)) }
    }
  }

  /// The bits that are not as the plan has them; none where there are too many.
  private func bitEdits() throws(DisassemblyError) -> [Edit] {
    let start = model.map.first.bytes + UInt64(Format.mapHeaderSize)
    let end = min(image.size, model.map.first.bytes + model.map.count.bytes)
    guard start < end else { return [] }
    var bits: [UInt64] = []
    try image.compare(with: planned, in: start..<end) { offset, actual, planned in
      guard bits.count <= Self.mostBits else { return }
      for place in actual.indices where actual[place] != planned[place] {
        let first = (offset - start + UInt64(place)) * 8
        let differing = actual[place] ^ planned[place]
        bits += (0..<8).filter { differing >> UInt8($0) & 1 == 1 }.map { first + $0 }
      }
    }
    return bits.count <= Self.mostBits ? bits.map { .toggle(BlockAddress($0)) } : []
  }
}
