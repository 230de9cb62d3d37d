internal import VCIFormat

extension Recipe: CustomStringConvertible {
  /// The recipe's text, which `Recipe(parsing:)` parses.
  package var description: String {
    var text = front.description
    switch base {
    case .plan(let plan): text += plan.recipeText
    case .hole(let size): text += "size: \(size)\n"
    }
    if !contents.isEmpty { text += "\n" }
    for content in contents { text += "\(content)\n" }
    if !edits.isEmpty { text += "\n" }
    for line in Self.lines(of: edits) { text += line + "\n" }
    return text
  }

  /// The lines of edits. Flips of consecutive bits share one.
  private static func lines(of edits: [Edit]) -> [String] {
    var lines: [String] = []
    var index = 0
    while index < edits.count {
      guard case .toggle(let first) = edits[index] else {
        lines.append(edits[index].description)
        index += 1
        continue
      }
      var last = first
      index += 1
      while index < edits.count, last.rawValue < .max,
        edits[index] == .toggle(BlockAddress(last.rawValue + 1))
      {
        last = BlockAddress(last.rawValue + 1)
        index += 1
      }
      lines.append(
        first == last
          ? Edit.toggle(first).description
          : "flip \(Path.bit(first)) to \(Path.bit(last))")
    }
    return lines
  }
}

extension RecipeFront: CustomStringConvertible {
  package var description: String {
    var lines: [String] = []
    if !id.isEmpty { lines.append("id: \(id)") }
    if !title.isEmpty { lines.append("title: \(title)") }
    if !rules.isEmpty { lines.append("rules: " + rules.map(\.id).joined(separator: " ")) }
    if !faults.isEmpty { lines.append("faults: " + faults.joined(separator: " ")) }
    if let provenance {
      lines.append("tool: \(provenance.tool)")
      lines.append("version: \(provenance.version)")
      lines.append("how: \(provenance.how)")
    }
    if let crc32 { lines.append("crc32: 0x\(String(crc32, radix: 16))") }
    lines += findings.map {
      "finding: \($0.rule) \($0.ruleClass) at 0x\(String($0.offset, radix: 16))"
    }
    if let verdict { lines.append("exit: \(verdict.rawValue)") }
    lines += reads.map { "read: \($0)" }
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n\n"
  }
}

extension RecipeRead: CustomStringConvertible {
  package var description: String {
    let answer =
      switch answer {
      case .hit(let blocks, let address): "hit \(blocks) at \(address)"
      case .miss(let blocks): "miss \(blocks)"
      case .refused(let rule): "refused \(rule)"
      }
    return "\(block)+\(count) = \(answer)"
  }
}

extension RecipeContent: CustomStringConvertible {
  package var description: String {
    let place = "0x\(String(offset, radix: 16))"
    return switch self {
    case .bytes(_, let bytes): "bytes \(place) = \(Self.hexadecimal(bytes))"
    case .fill(_, let count, let byte): "fill \(place)+\(count) = \(Self.hexadecimal([byte]))"
    case .pattern(_, let count): "pattern \(place)+\(count)"
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}

extension ImagePlan {
  /// The file's size if a recipe names none: that of the cache for a fixed image; a dynamic one
  /// ends after its last owned block.
  var usualSize: UInt64 { type == .fixed ? blocks.bytes : end.bytes }

  /// The plan's lines, without those whose values are the usual ones.
  var recipeText: String {
    var lines = ["blocks: \(blocks)"]
    if type != .dynamic { lines.append("type: \(type)") }
    if isDirty { lines.append("dirty: yes") }
    lines.append("map: \(mapAddress)")
    if isMapClear { lines.append("bits: clear") }
    if size != usualSize { lines.append("size: \(size)") }
    if imageUUID != Self.usualUUID { lines.append("uuid: \(imageUUID)") }
    if modificationUUID != .nil { lines.append("modification: \(modificationUUID)") }
    for (node, path) in zip(nodes, nodePaths) {
      lines.append("\(node.type) \(path) at \(node.address)")
      lines += node.extents.map { "  extent \($0.recipeText)" }
      lines += node.entries.map { "  entry \($0.offset)+\($0.blocks)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Extent {
  /// The words after `extent` in a plan, without links, flags and reserved bytes that are 0.
  fileprivate var recipeText: String {
    let more: [(String, UInt64)] = [
      ("previous", previous.rawValue), ("next", next.rawValue), ("flags", UInt64(flags)),
      ("reserved", UInt64(reserved)),
    ]
    return "\(offset)+\(blocks) at \(address)"
      + more.filter { $0.1 != 0 }.map { " \($0.0) \($0.1)" }.joined()
  }
}
