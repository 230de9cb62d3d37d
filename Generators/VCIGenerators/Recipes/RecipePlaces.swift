internal import VCIFormat

/// The places of a planned image that edits may name, so that none of a recipe changes nothing.
struct RecipePlaces {
  private var kinds: [NodePath: NodeType] = [:]
  private let bits: UInt64

  /// The places of an image of `plan`.
  init(_ plan: ImagePlan) {
    bits = (plan.map.count.rawValue - 1) * Format.bitsPerMapBlock
    for (node, path) in zip(plan.nodes, plan.nodePaths) { kinds[path] = node.type }
  }

  /// Takes note of an edit.
  ///
  /// - Throws: `WordError` where the image has no such place, or no number in it.
  mutating func take(_ edit: Edit) throws(WordError) {
    switch edit {
    case .change(let path, _): try find(path, isNumber: true)
    case .clear(let path): try findCleared(path)
    case .poke(let path, let place, _): try find(path, byte: place)
    case .toggle(let block):
      guard block.rawValue < bits else { throw WordError("the bitmap has \(bits) bits") }
    case .reshape(let path, let type):
      _ = try kind(of: path)
      kinds[path] = type
    case .resize, .refit, .raw: break
    }
  }

  private func kind(of node: NodePath) throws(WordError) -> NodeType {
    guard let kind = kinds[node] else { throw WordError("the plan has no node \(node)") }
    return kind
  }

  private func findCleared(_ path: Path) throws(WordError) {
    switch path {
    case .extent(_, _, nil), .entry(_, _, nil): try find(path, isNumber: false)
    case .field(.imageUUID): break
    default: try find(path, isNumber: true)
    }
  }

  private func find(_ path: Path, isNumber: Bool) throws(WordError) {
    let (field, place) =
      switch path {
      case .field(let field): (Optional(field), Optional((NodePath.root, NodeType?.none)))
      case .node(let node, let field): (field, (node, nil))
      case .extent(let node, _, let field): (field, (node, .leaf))
      case .entry(let node, _, let field): (field, (node, .internal))
      case .file, .bit: (nil, nil)
      }
    guard let place else { throw WordError("\(path) holds no number") }
    let kind = try kind(of: place.0)
    if let needed = place.1, needed != kind {
      throw WordError("\(place.0) is of type \(kind), so it has no \(path)")
    }
    guard isNumber else { return }
    guard let field else { throw WordError("\(path) holds no number: name a field of it") }
    guard field.layout.width <= 8 else {
      throw WordError("\(path) holds no number: its bytes are changed one by one, \(path)[BYTE]")
    }
  }

  private func find(_ path: Path, byte: Int) throws(WordError) {
    let width: Int
    switch path {
    case .field(.headerReserved): width = Field.headerReserved.layout.width
    case .field(.mapReserved): width = Field.mapReserved.layout.width
    case .node(let node, .nodeEntries):
      width = Format.nodeSize - ModelNode.paddingStart(of: try kind(of: node))
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
