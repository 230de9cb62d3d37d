/// The slots on the way from the root to a node; the root's path is empty.
public struct NodePath: Hashable, Sendable, CustomStringConvertible {
  /// The number of slots: the node's level less one, at most 15.
  public private(set) var depth: UInt8 = 0
  private var slots: (UInt64, UInt64) = (0, 0)

  /// The root's path.
  public static let root = NodePath()

  /// Returns the path of the child in slot `slot`.
  ///
  /// - Precondition: the path is shorter than 15, and the slot is below 204.
  public func child(_ slot: Int) -> NodePath {
    precondition(depth < Format.maximumLevels - 1, "a path of \(depth) slots has no child")
    precondition(slot >= 0 && slot < Format.entriesPerInternalNode, "slot \(slot) of a node")
    var path = self
    if depth < 8 {
      path.slots.0 |= UInt64(slot) << (UInt64(depth) * 8)
    } else {
      path.slots.1 |= UInt64(slot) << (UInt64(depth - 8) * 8)
    }
    path.depth += 1
    return path
  }

  /// The slot at `level`, counted from 0.
  ///
  /// - Precondition: the level is below `depth`.
  public subscript(level: Int) -> Int {
    precondition(level >= 0 && level < depth, "level \(level) of a path of \(depth) slots")
    let word = level < 8 ? slots.0 : slots.1
    return Int(word >> (UInt64(level % 8) * 8) & 0xff)
  }

  public static func == (left: NodePath, right: NodePath) -> Bool {
    left.depth == right.depth && left.slots == right.slots
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(depth)
    hasher.combine(slots.0)
    hasher.combine(slots.1)
  }

  public var description: String {
    "tree" + (0..<Int(depth)).map { "/\(self[$0])" }.joined()
  }
}

/// The name of a place in an image, in findings and edits.
public enum Path: Hashable, Sendable {
  /// The file as a whole.
  case file
  /// A field of the header or of the block map's header.
  case field(Field)
  /// The bit of a block in the bitmap.
  case bit(BlockAddress)
  /// A node, or a field of it.
  case node(NodePath, Field?)
  /// A slot of a leaf, or a field of the extent in it.
  case extent(NodePath, slot: Int, Field?)
  /// A slot of an internal node, or a field of the entry in it.
  case entry(NodePath, slot: Int, Field?)

  /// Whether the path leads to the root node or a part of it.
  public var isInRoot: Bool {
    switch self {
    case .node(let node, _), .extent(let node, slot: _, _), .entry(let node, slot: _, _):
      node == .root
    case .file, .field, .bit: false
    }
  }
}

extension Path: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file: "file"
    case .field(let field):
      (field.layout.structure == .header ? "header." : "map.") + field.label
    case .bit(let block): "bitmap[\(block)]"
    case .node(let node, let field): node.description + suffix(field)
    case .extent(let node, let slot, let field): "\(node)/extent[\(slot)]" + suffix(field)
    case .entry(let node, let slot, let field): "\(node)/entry[\(slot)]" + suffix(field)
    }
  }

  private func suffix(_ field: Field?) -> String {
    field.map { "." + $0.label } ?? ""
  }
}

extension Field {
  /// The field's name in paths.
  public var label: String { layout.label.description }
}
