/// The reason why a text is not a path.
public struct PathSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with the text.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension Path {
  /// Parses a path in the form of `description`: `header.treeRoot`, `bitmap[412]`, `tree/3.type`,
  /// `tree/3/extent[5].blockAddress`.
  ///
  /// - Throws: `PathSyntaxError` for any other text, and for slots that a node does not have.
  public init(parsing text: some StringProtocol) throws(PathSyntaxError) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" }.map { String($0) }
    let head = Self.nameAndField(parts[0])
    switch head.name {
    case "file" where parts.count == 1 && head.field == nil: self = .file
    case "header" where parts.count == 1: self = .field(try Self.field(head, of: .header))
    case "map" where parts.count == 1: self = .field(try Self.field(head, of: .blockMap))
    case "tree": self = try Self.inTree(parts)
    case let name where parts.count == 1 && head.field == nil && name.hasPrefix("bitmap["):
      self = .bit(BlockAddress(try Self.index(in: name, behind: "bitmap")))
    default: throw PathSyntaxError("\(text) is no place of an image")
    }
  }

  /// Splits a part of a path at its first dot, into name and field.
  private static func nameAndField(_ part: String) -> (name: String, field: String?) {
    guard let dot = part.firstIndex(of: ".") else { return (part, nil) }
    return (String(part[..<dot]), String(part[part.index(after: dot)...]))
  }

  private static func inTree(_ parts: [String]) throws(PathSyntaxError) -> Path {
    var node = NodePath.root
    for (position, part) in parts.enumerated() {
      let isLast = position == parts.count - 1
      let (name, field) = nameAndField(part)
      guard isLast || field == nil else { throw PathSyntaxError("\(part) is no slot") }
      if name.hasPrefix("extent[") || name.hasPrefix("entry[") {
        guard isLast else { throw PathSyntaxError("nothing stands below \(part)") }
        return try slot(name, field, of: node)
      }
      if position > 0 { node = try child(of: node, name) }
      if let field { return .node(node, try self.field((name, field), of: .node)) }
    }
    return .node(node, nil)
  }

  private static func child(
    of node: NodePath, _ text: String
  ) throws(PathSyntaxError) -> NodePath {
    let slot = try number(text, below: Format.entriesPerInternalNode)
    guard node.depth < Format.maximumLevels - 1 else {
      throw PathSyntaxError("a path of more than \(Format.maximumLevels - 1) slots")
    }
    return node.child(slot)
  }

  private static func slot(
    _ name: String, _ field: String?, of node: NodePath
  ) throws(PathSyntaxError) -> Path {
    let isExtent = name.hasPrefix("extent[")
    let structure: Structure = isExtent ? .extent : .entry
    let index = try index(in: name, behind: isExtent ? "extent" : "entry")
    let limit = isExtent ? Format.extentsPerLeaf : Format.entriesPerInternalNode
    guard index < UInt64(limit) else {
      throw PathSyntaxError("slot \(index) of a node that has \(limit)")
    }
    var named: Field?
    if let field { named = try self.field((name, field), of: structure) }
    return isExtent
      ? .extent(node, slot: Int(index), named) : .entry(node, slot: Int(index), named)
  }

  private static func field(
    _ part: (name: String, field: String?), of structure: Structure
  ) throws(PathSyntaxError) -> Field {
    let fields = Field.allCases.filter { $0.layout.structure == structure }
    if let field = fields.first(where: { $0.label == part.field }) { return field }
    throw PathSyntaxError(
      "\(part.name) has no field \(part.field ?? "without a name"); it has "
        + fields.map(\.label).joined(separator: ", "))
  }

  /// Returns the number in brackets after `name`.
  private static func index(
    in text: String, behind name: String
  ) throws(PathSyntaxError) -> UInt64 {
    let digits = text.dropFirst(name.count + 1).dropLast()
    guard text.hasSuffix("]"), isDecimal(digits), let index = UInt64(digits) else {
      throw PathSyntaxError("\(text) is to be \(name)[NUMBER]")
    }
    return index
  }

  private static func number(_ text: String, below limit: Int) throws(PathSyntaxError) -> Int {
    guard isDecimal(text[...]), let number = Int(text), number < limit else {
      throw PathSyntaxError("\(text) is no slot of an internal node, 0 to \(limit - 1)")
    }
    return number
  }

  private static func isDecimal(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }
}
