internal import VCIFormat

/// What edits of a planned image may name, so that every edit of a recipe changes something.
struct EditTargets {
  private var types: [NodePath: NodeType] = [:]
  private let bits: UInt64

  init(_ plan: ImagePlan) {
    bits = (plan.map.count.rawValue - 1) * Format.bitsPerMapBlock
    for (node, path) in zip(plan.nodes, plan.nodePaths) { types[path] = node.type }
  }

  /// Applies an edit: `reshape` changes what later ones may name.
  ///
  /// - Throws: `WordError` if the image does not have what `edit` names.
  mutating func apply(_ edit: Edit) throws(WordError) {
    switch edit {
    case .change(let path, _), .move(let path, _): try findNumber(path)
    case .clear(let path): try findCleared(path)
    case .poke(let path, let offset, _): try find(path, byte: offset)
    case .toggle(let block):
      guard block.rawValue < bits else { throw WordError("the bitmap has \(bits) bits") }
    case .reshape(let path, let type):
      _ = try self.type(of: path)
      types[path] = type
    case .resize, .refit, .raw: break
    }
  }

  private func type(of node: NodePath) throws(WordError) -> NodeType {
    guard let type = types[node] else { throw WordError("the plan has no node \(node)") }
    return type
  }

  private func findCleared(_ path: Path) throws(WordError) {
    switch path {
    case .extent(_, _, nil), .entry(_, _, nil): try findOwner(of: path)
    case .field(.imageUUID): break
    default: try findNumber(path)
    }
  }

  private func findNumber(_ path: Path) throws(WordError) {
    try findOwner(of: path)
    let field: Field? =
      switch path {
      case .field(let field): field
      case .node(_, let field), .extent(_, _, let field), .entry(_, _, let field): field
      case .file, .bit: nil
      }
    guard let field else { throw WordError("\(path) holds no number: name a field of it") }
    guard field.layout.width <= 8 else {
      throw WordError("\(path) holds no number: its bytes are changed one by one, \(path)[BYTE]")
    }
  }

  /// Finds the node that a path names, which must have the slots that the path names.
  private func findOwner(of path: Path) throws(WordError) {
    let (node, slots): (NodePath, NodeType?) =
      switch path {
      case .field: (.root, nil)
      case .node(let node, _): (node, nil)
      case .extent(let node, _, _): (node, .leaf)
      case .entry(let node, _, _): (node, .internal)
      case .file, .bit: throw WordError("\(path) holds no number")
      }
    let type = try type(of: node)
    if let slots, slots != type {
      throw WordError("\(node) is of type \(type), so it has no \(path)")
    }
  }

  private func find(_ path: Path, byte: Int) throws(WordError) {
    let width: Int
    switch path {
    case .field(.headerReserved): width = Field.headerReserved.layout.width
    case .field(.mapReserved): width = Field.mapReserved.layout.width
    case .node(let node, .nodeEntries):
      width = Format.nodeSize - (try type(of: node)).paddingStart
    default:
      throw WordError(
        "only bytes of header.reserved, map.reserved and a node's entries are changed one by one")
    }
    guard byte < width else {
      throw WordError(
        path == .field(.headerReserved) || path == .field(.mapReserved)
          ? "\(path) has \(width) bytes"
          : "\(path) has \(width) bytes behind its last slot, and byte 0 is the first of them")
    }
  }
}
