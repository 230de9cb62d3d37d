internal import VCIFormat

/// A number of an image: its field, and the node and slot that have it.
struct NumberPlace {
  let field: Field
  var node = 0
  var slot = 0
}

extension ImageModel {
  /// The number that `path` names; `nil` where it names none, or the image has no such place.
  func place(of path: Path) -> NumberPlace? {
    switch path {
    case .field(let field): return NumberPlace(field: field)
    case .node(let path, .nodeType):
      return node(at: path).map { NumberPlace(field: .nodeType, node: $0) }
    case .extent(let path, let slot, let field?):
      guard field.layout.structure == .extent else { return nil }
      return place(of: field, slot, .leaf, node(at: path))
    case .entry(let path, let slot, let field?):
      guard field.layout.structure == .entry else { return nil }
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
  func position(of place: NumberPlace) -> UInt64 {
    let node = nodes[place.node].place.first.bytes
    return switch place.field.layout.structure {
    case .header: UInt64(place.field.offset)
    case .blockMap: place.field.position(from: map.first.bytes)
    case .node: place.field.position(from: node)
    case .extent, .entry: place.field.position(inNodeAt: node, slot: place.slot)
    }
  }

  /// The number at a place.
  subscript(place: NumberPlace) -> UInt64 {
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
