package import VCIFormat

/// Sectors of an image with the bytes of others. A sector is a block of the file.
extension ImageModel {
  /// The blocks of header, map and nodes, ascending, with no bitmap block that has no set bit.
  package var metadataBlocks: [BlockAddress] {
    let pieces = mapPieces().flatMap { piece in
      piece.map { BlockAddress(map.first.rawValue + $0) }
    }
    let nodes = nodes.flatMap { node in
      (0..<Format.nodeBlocks.rawValue).map { BlockAddress(node.range.first.rawValue + $0) }
    }
    return ([0, 1] + pieces + nodes).sorted()
  }

  /// Returns the edits after which block `block` has the 512 bytes `new`; `nil` if no edits have
  /// that effect: of blocks that are no metadata, and where a UUID of the header would be another.
  ///
  /// They name every number that differs, so that the model knows the new bytes, and what is
  /// forecast from it is exact.
  package func edits(making block: BlockAddress, _ new: [UInt8]) -> [Edit]? {
    precondition(new.count == Int(Format.blockSize), "a sector of \(new.count) bytes")
    if block.rawValue < Format.headerBlocks.rawValue { return headerEdits(block, new) }
    if map.contains(block) {
      return block == map.first ? mapEdits(new) : bitEdits(block, new)
    }
    guard let node = nodes.first(where: { $0.range.contains(block) }) else { return nil }
    var bytes = node.encode()
    let start = Int((block - node.range.first).bytes)
    bytes.replaceSubrange(start..<start + new.count, with: new)
    return node.edits(making: bytes)
  }

  private func headerEdits(_ block: BlockAddress, _ new: [UInt8]) -> [Edit]? {
    var bytes = encodeHeader()
    let start = Int(block.bytes)
    bytes.replaceSubrange(start..<start + new.count, with: new)
    let found = unsafe Header(decoding: bytes.span.bytes)
    guard found.imageUUID == header.imageUUID, found.modificationUUID == header.modificationUUID
    else { return nil }
    return Self.changes(of: .header, header, found)
      + Self.pokes(of: .headerReserved, from: encodeHeader(), to: bytes)
  }

  private func mapEdits(_ new: [UInt8]) -> [Edit] {
    let found = unsafe BlockMapHeader(decoding: new.span.bytes)
    return Self.changes(of: .blockMap, counters, found)
      + Self.pokes(of: .mapReserved, from: encodeMap(0..<1), to: new)
  }

  private func bitEdits(_ block: BlockAddress, _ new: [UInt8]) -> [Edit] {
    let number = block.rawValue - map.first.rawValue
    let old = encodeMap(number..<number + 1)
    let first = (number - 1) * Format.bitsPerMapBlock
    return new.indices.flatMap { index in
      (0..<8).filter { (old[index] ^ new[index]) >> UInt8($0) & 1 == 1 }
        .map { .toggle(BlockAddress(first + UInt64(index) * 8 + UInt64($0))) }
    }
  }

  private static func changes(
    of structure: Structure, _ old: some FieldValues, _ new: some FieldValues
  ) -> [Edit] {
    structure.numbers.filter { old[$0] != new[$0] }.map { .change(.field($0), .to(new[$0])) }
  }

  /// Returns the edits of the bytes of a field that must be zero.
  private static func pokes(of field: Field, from old: [UInt8], to new: [UInt8]) -> [Edit] {
    (0..<field.layout.width).filter { old[field.offset + $0] != new[field.offset + $0] }
      .map { .poke(.field(field), offset: $0, byte: new[field.offset + $0]) }
  }
}

extension ModelNode {
  /// Returns the edits after which the node has the 4096 bytes `new`.
  fileprivate func edits(making new: [UInt8]) -> [Edit] {
    let old = encode()
    var edits: [Edit] = []
    if new[0] != type { edits.append(.change(.node(path, .nodeType), .to(UInt64(new[0])))) }
    for slot in 0..<kind.capacity {
      for field in kind.slotStructure.numbers {
        let place = Int(field.position(inNodeAt: 0, slot: slot))
        let bytes = place..<place + field.layout.width
        guard old[bytes] != new[bytes] else { continue }
        let value = new[bytes].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let named: Path =
          kind == .leaf ? .extent(path, slot: slot, field) : .entry(path, slot: slot, field)
        edits.append(.change(named, .to(value)))
      }
    }
    let start = kind.paddingStart
    for byte in start..<Format.nodeSize where old[byte] != new[byte] {
      edits.append(.poke(.node(path, .nodeEntries), offset: byte - start, byte: new[byte]))
    }
    return edits
  }
}
