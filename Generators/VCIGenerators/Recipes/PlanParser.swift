internal import VCIFormat

/// Parses the lines of a plan, or of a hole, which has a size only.
struct PlanParser {
  /// The keys of a plan's lines.
  static let keys: Set<Substring> = [
    "blocks", "type", "dirty", "map", "bits", "size", "uuid", "modification",
  ]

  /// The number of the current line, which errors and `largest` refer to.
  var lineNumber = 0
  private var blocks: UInt64?
  private var type = CacheType.dynamic
  private var isDirty = false
  private var isMapClear = false
  private var map: UInt64?
  private var size: UInt64?
  private var imageUUID = ImagePlan.usualUUID
  private var modificationUUID = ImageUUID.nil
  /// The line of the extent with the most bytes of the data pattern, and these bytes.
  private(set) var largest: (line: Int, count: UInt64) = (0, 0)
  private var nodes: [NodePlan] = []
  private var paths: [NodePath] = []
  private var indices: [NodePath: Int] = [:]

  /// Whether there was no line of a plan.
  var isEmpty: Bool { blocks == nil && map == nil && size == nil && nodes.isEmpty }

  mutating func set(_ key: Substring, _ words: [Substring]) throws(WordError) {
    guard words.count == 1 else { throw WordError("\(key): is to be one word") }
    let word = words[0]
    switch key {
    case "blocks": blocks = try RecipeNumber.parse(word)
    case "type":
      guard let named = CacheType.allCases.first(where: { "\($0)" == word }) else {
        throw WordError("a cache is dynamic or fixed, not \(word)")
      }
      type = named
    case "dirty":
      guard word == "yes" || word == "no" else { throw WordError("dirty: is yes or no") }
      isDirty = word == "yes"
    case "bits":
      guard word == "set" || word == "clear" else { throw WordError("bits: is set or clear") }
      isMapClear = word == "clear"
    case "map": map = try RecipeNumber.parse(word)
    case "size":
      let bytes = try RecipeNumber.parse(word)
      guard bytes <= Edit.offsetLimit else { throw WordError("no file has \(bytes) bytes") }
      size = bytes
    case "uuid": imageUUID = try Self.uuid(word)
    default: modificationUUID = try Self.uuid(word)
    }
  }

  private static func uuid(_ word: Substring) throws(WordError) -> ImageUUID {
    guard let uuid = ImageUUID(String(word)) else { throw WordError("\(word) is no UUID") }
    return uuid
  }

  /// Parses the line of a node or a slot.
  mutating func parse(_ words: [Substring]) throws(WordError) {
    switch words[0] {
    case "leaf": try addNode(words, .leaf([]))
    case "internal": try addNode(words, .internal([]))
    case "extent": try addExtent(words)
    default: try addEntry(words)
    }
  }

  private mutating func addNode(
    _ words: [Substring], _ content: NodePlan.Content
  ) throws(WordError) {
    guard words.count == 4, words[2] == "at" else {
      throw WordError("it is to be: \(words[0]) PATH at BLOCK")
    }
    let path = try Self.nodePath(words[1])
    guard indices[path] == nil else { throw WordError("a second \(path)") }
    if nodes.isEmpty {
      guard path == .root else { throw WordError("the first node is tree, not \(path)") }
    } else {
      guard let parent = path.parent, let index = indices[parent] else {
        throw WordError("\(path) stands before the node that leads to it, or leads to nothing")
      }
      guard path[Int(path.depth) - 1] < nodes[index].entries.count else {
        throw WordError("\(parent) has \(nodes[index].entries.count) entries: none for \(path)")
      }
    }
    let node = NodePlan(address: BlockAddress(try RecipeNumber.parse(words[3])), content)
    guard node.range.isWithin(0, ImagePlan.addressLimit) else {
      throw WordError("no file has a node at \(words[3])")
    }
    guard nodes.count < Int(Recipe.keptLimit) / Format.nodeSize else {
      throw WordError("more than \(nodes.count) nodes")
    }
    indices[path] = nodes.count
    nodes.append(node)
    paths.append(path)
  }

  private static func nodePath(_ word: Substring) throws(WordError) -> NodePath {
    guard let path = try? Path(parsing: word), case .node(let node, nil) = path else {
      throw WordError("\(word) is no node: tree, tree/0, tree/0/3 and so on")
    }
    return node
  }

  private mutating func addExtent(_ words: [Substring]) throws(WordError) {
    let form = "it is to be: extent OFFSET+COUNT at BLOCK [previous N] [next N] [flags N]"
    guard words.count >= 4, words[2] == "at", words.count % 2 == 0 else { throw WordError(form) }
    let run = try RecipeNumber.run(words[1])
    var extent = Extent(
      offset: BlockOffset(run.first), blocks: BlockCount(run.count),
      address: BlockAddress(try RecipeNumber.parse(words[3])))
    for index in stride(from: 4, to: words.count, by: 2) {
      let value = try RecipeNumber.parse(words[index + 1])
      switch words[index] {
      case "previous": extent.previous = BlockAddress(value)
      case "next": extent.next = BlockAddress(value)
      case "flags": extent.flags = try Self.byte(value)
      case "reserved": extent.reserved = try Self.byte(value)
      default: throw WordError(form)
      }
    }
    try Self.limit(run.count)
    guard extent.data.isWithin(0, ImagePlan.addressLimit) else {
      throw WordError("no file has \(extent.data): use an edit")
    }
    guard case .leaf(var extents)? = nodes.last?.content else {
      throw WordError("an extent outside of a leaf")
    }
    guard extents.count < Format.extentsPerLeaf else {
      throw WordError("more than \(Format.extentsPerLeaf) extents")
    }
    let written = DataPattern.byteCount(of: extent.data)
    if written > largest.count { largest = (lineNumber, written) }
    // An empty array meanwhile, so that `extents` is the only owner and grows in place.
    nodes[nodes.count - 1].content = .leaf([])
    extents.append(extent)
    nodes[nodes.count - 1].content = .leaf(extents)
  }

  private mutating func addEntry(_ words: [Substring]) throws(WordError) {
    guard words.count == 2 else { throw WordError("it is to be: entry OFFSET+COUNT") }
    let run = try RecipeNumber.run(words[1])
    try Self.limit(run.count)
    guard case .internal(let entries)? = nodes.last?.content else {
      throw WordError("an entry outside of an internal node")
    }
    guard entries.count < Format.entriesPerInternalNode else {
      throw WordError("more than \(Format.entriesPerInternalNode) entries")
    }
    // `connect()` sets the node after all have been parsed.
    let entry = EntryPlan(
      offset: BlockOffset(run.first), blocks: BlockCount(run.count), node: 0)
    nodes[nodes.count - 1].content = .internal(entries + [entry])
  }

  private static func byte(_ value: UInt64) throws(WordError) -> UInt8 {
    guard let byte = UInt8(exactly: value) else { throw WordError("\(value) is no byte") }
    return byte
  }

  private static func limit(_ count: UInt64) throws(WordError) {
    guard count <= UInt32.max else { throw WordError("a count of \(count) has more than 32 bits") }
  }
}

extension PlanParser {
  /// Returns the base after the last line. Adds the bytes that are kept for it, and sets the byte
  /// ranges of its metadata.
  mutating func finish(
    keptBytes: inout UInt64, metadata: inout [Range<UInt64>]
  ) throws(WordError) -> Recipe.Base {
    if blocks == nil, map == nil, nodes.isEmpty {
      guard let size else {
        throw WordError("there is neither a plan (blocks, map, leaf tree) nor a size")
      }
      return .hole(size: size)
    }
    guard let blocks else { throw WordError("a plan without blocks:") }
    guard let map else { throw WordError("a plan without map:") }
    guard !nodes.isEmpty else { throw WordError("a plan without a root: leaf tree at BLOCK") }
    guard blocks <= Format.maximumBlocks.rawValue else {
      throw WordError("a plan of more than \(Format.maximumBlocks) blocks: use an edit")
    }
    try connect()
    var plan = ImagePlan(
      blocks: BlockCount(blocks), type: type, isDirty: isDirty, mapAddress: BlockAddress(map),
      nodes: nodes, size: 0, imageUUID: imageUUID, modificationUUID: modificationUUID,
      isMapClear: isMapClear)
    metadata = try Self.metadata(of: plan)
    plan.size = size ?? plan.usualSize
    keptBytes += plan.keptBytes
    guard keptBytes <= Recipe.keptLimit else {
      throw WordError("a plan of more than \(Recipe.keptLimit) bytes of metadata")
    }
    return .plan(plan)
  }

  /// Makes each entry lead to the node of its path.
  private mutating func connect() throws(WordError) {
    for index in nodes.indices where nodes[index].type == .internal {
      var entries = nodes[index].entries
      for slot in entries.indices {
        guard paths[index].depth < Format.maximumLevels - 1 else {
          throw WordError("\(paths[index]) stands at level 16, where no entry leads on: use edits")
        }
        guard let child = indices[paths[index].child(slot)] else {
          throw WordError("entry \(slot) of \(paths[index]) leads to no node")
        }
        entries[slot].node = child
      }
      nodes[index].content = .internal(entries)
    }
  }

  /// Returns the byte ranges of header, map and nodes, ascending.
  private static func metadata(of plan: ImagePlan) throws(WordError) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    for part in plan.metadata.sorted(by: { $0.first < $1.first }) {
      guard part.isWithin(0, ImagePlan.addressLimit) else { throw WordError("no file has \(part)") }
      let range = part.first.bytes..<part.first.bytes + part.count.bytes
      if let last = ranges.last, last.overlaps(range) {
        throw WordError("header, map and nodes overlap at block \(part.first): use an edit")
      }
      ranges.append(range)
    }
    return ranges
  }
}

extension ImagePlan {
  /// The most bytes that are kept for the plan's image: header, nodes, and map blocks with set
  /// bits.
  var keptBytes: UInt64 {
    let metadata = 2048 + UInt64(nodes.count) * UInt64(Format.nodeSize)
    guard !isMapClear else { return metadata }
    let bits = BlockRuns(owned).below((map.count.rawValue - 1) * Format.bitsPerMapBlock)
    return bits.runs.reduce(metadata) { $0 + ($1.upperBound - $1.lowerBound) / 8 + 1024 }
  }
}

extension NodePath {
  /// The path of the parent; `nil` for the root.
  var parent: NodePath? {
    guard depth > 0 else { return nil }
    return (0..<Int(depth) - 1).reduce(NodePath.root) { $0.child(self[$1]) }
  }
}
