internal import VCIFormat

/// Identifies a number of an image: its field, and the indices of the node and the slot that have
/// it.
struct FieldIndex {
  let field: Field
  var node = 0
  var slot = 0
}

extension ImageModel {
  /// Returns the index of the number that `path` names; `nil` if it names none, or the image does
  /// not have it.
  func index(of path: Path) -> FieldIndex? {
    switch path {
    case .field(let field): return FieldIndex(field: field)
    case .node(let path, .nodeType):
      return node(at: path).map { FieldIndex(field: .nodeType, node: $0) }
    case .extent(let owner, let slot, let field?), .entry(let owner, let slot, let field?):
      guard let node = node(at: owner), self.path(node, slot, field) == path,
        field.layout.structure == nodes[node].kind.slotStructure, slot < nodes[node].kind.capacity
      else { return nil }
      return FieldIndex(field: field, node: node, slot: slot)
    case .file, .bit, .node, .extent, .entry: return nil
    }
  }

  /// Returns the file offset of a number.
  func offset(of index: FieldIndex) -> UInt64 {
    let node = nodes[index.node].range.first.bytes
    return switch index.field.layout.structure {
    case .header: UInt64(index.field.offset)
    case .blockMap: index.field.position(from: map.first.bytes)
    case .node: index.field.position(from: node)
    case .extent, .entry: index.field.position(inNodeAt: node, slot: index.slot)
    }
  }

  /// The number at an index. A slot after the node's last stored one reads as zeros, and setting it
  /// stores it and all slots before it.
  subscript(index: FieldIndex) -> UInt64 {
    get {
      let node = nodes[index.node]
      return switch index.field.layout.structure {
      case .header: header[index.field]
      case .blockMap: counters[index.field]
      case .node: UInt64(node.type)
      case .extent: index.slot < node.extents.count ? node.extents[index.slot][index.field] : 0
      case .entry: index.slot < node.entries.count ? node.entries[index.slot][index.field] : 0
      }
    }
    set {
      switch index.field.layout.structure {
      case .header: header[index.field] = newValue
      case .blockMap: counters[index.field] = newValue
      case .node: nodes[index.node].type = UInt8(truncatingIfNeeded: newValue)
      case .extent, .entry: nodes[index.node].set(index.field, index.slot, to: newValue)
      }
    }
  }
}

extension ModelNode {
  fileprivate mutating func set(_ field: Field, _ slot: Int, to value: UInt64) {
    switch kind {
    case .leaf:
      while extents.count <= slot { extents.append(Extent(offset: 0, blocks: 0, address: 0)) }
      extents[slot][field] = value
    case .internal:
      while entries.count <= slot { entries.append(InternalEntry(offset: 0, blocks: 0, child: 0)) }
      entries[slot][field] = value
    }
  }
}
