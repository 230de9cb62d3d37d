internal import VCIFormat

/// Parses a recipe line by line.
struct RecipeParser {
  /// The parts of a recipe in their order.
  private enum Part: Int {
    case front, plan, contents, edits

    var name: String {
      switch self {
      case .front: "front matter"
      case .plan: "the plan"
      case .contents: "contents"
      case .edits: "edits"
      }
    }
  }

  private var part = Part.front
  private var front = RecipeFront()
  private var plan = PlanParser()
  private var contents: [RecipeContent] = []
  private var contentEnd: UInt64 = 0
  private var keptBytes: UInt64 = 0
  private var edits: [Edit] = []
  /// The base, after the last line of the plan.
  private var base: Recipe.Base?
  /// What edits may name; `nil` if there is no plan.
  private var targets: EditTargets?
  /// The byte ranges of the plan's metadata, which contents may not overlap; ascending.
  private var metadata: [Range<UInt64>] = []
  /// The number of those ranges before the last content.
  private var metadataBefore = 0
  private var seen: Set<Substring> = []
  private var refits = 0
  private var moves = 0
  /// The most bytes that the image may hold outside of holes.
  private let limit: UInt64
  /// The line and the bytes of the largest content that is not a hole.
  private var largest: (line: Int, count: UInt64) = (0, 0)

  init(writing limit: UInt64) { self.limit = limit }

  /// Parses line `number`.
  mutating func parse(_ line: RecipeLine, _ number: Int) throws(WordError) {
    guard !line.isEmpty else { return }
    plan.lineNumber = number
    guard let key = line.key else { return try parseWords(line) }
    if !Self.repeated.contains(key) {
      guard seen.insert(key).inserted else { throw WordError("a second \(key):") }
    }
    if PlanParser.keys.contains(key) {
      try enter(.plan)
      try plan.set(key, line.words)
    } else {
      try enter(.front)
      try front.set(key, line)
    }
  }

  private static let repeated: Set<Substring> = ["finding", "read"]

  private mutating func parseWords(_ line: RecipeLine) throws(WordError) {
    switch line.words.first {
    case "leaf", "internal", "extent", "entry":
      try enter(.plan)
      try plan.parse(line.words)
    case "bytes", "fill", "pattern":
      try enter(.contents)
      try add(try RecipeContent(parsing: line.words))
    default:
      // Parsed first: an unknown line is reported before a plan that is not complete.
      let edits = try Self.edits(line)
      try enter(.edits)
      try add(edits, of: line)
    }
  }

  /// Begins a part, or continues it. Lines of earlier parts may not follow.
  private mutating func enter(_ next: Part) throws(WordError) {
    guard next.rawValue >= part.rawValue else {
      throw WordError("\(next.name) behind \(part.name)")
    }
    part = next
    guard part.rawValue > Part.plan.rawValue, base == nil else { return }
    let base = try plan.finish(keptBytes: &keptBytes, metadata: &metadata)
    if case .plan(let plan) = base { targets = EditTargets(plan) }
    self.base = base
  }

  private mutating func add(_ content: RecipeContent) throws(WordError) {
    guard content.offset >= contentEnd else {
      throw WordError("byte \(content.offset) stands before the end of the content above")
    }
    contentEnd = content.offset + content.count
    let range = content.offset..<contentEnd
    metadataBefore += metadata[metadataBefore...].prefix { $0.upperBound <= range.lowerBound }.count
    if metadataBefore < metadata.count, metadata[metadataBefore].overlaps(range) {
      let part = metadata[metadataBefore]
      throw WordError(
        "bytes \(range) meet the plan's metadata at \(part): use edits there")
    }
    try keep(content.keptBytes)
    guard contents.count < Recipe.contentLimit else {
      throw WordError("more than \(Recipe.contentLimit) lines of contents")
    }
    if content.isWritten, content.count > largest.count {
      largest = (plan.lineNumber, content.count)
    }
    contents.append(content)
  }

  private mutating func keep(_ bytes: UInt64) throws(WordError) {
    keptBytes += bytes
    guard keptBytes <= Recipe.keptLimit else {
      throw WordError("more than \(Recipe.keptLimit) bytes besides holes and data pattern")
    }
  }

  private mutating func add(_ edits: [Edit], of line: RecipeLine) throws(WordError) {
    guard self.edits.count + edits.count <= Recipe.editLimit else {
      throw WordError("more than \(Recipe.editLimit) edits")
    }
    for edit in edits {
      if case .raw(_, let bytes) = edit { try keep(UInt64(bytes.count) + 512) }
      if edit == .refit { refits += 1 }
      if case .move(let path, _) = edit { try addMove(of: path) }
      guard refits <= Recipe.refitLimit else {
        throw WordError("more than \(Recipe.refitLimit) times refit")
      }
      if case .hole = base, !edit.needsNoPlan {
        throw WordError("'\(line.text)' needs a plan: blocks, map, nodes")
      }
      try targets?.apply(edit)
    }
    self.edits += edits
  }

  /// Counts the bytes that are kept for what moves.
  private mutating func addMove(of path: Path) throws(WordError) {
    moves += 1
    guard moves <= Recipe.moveLimit else {
      throw WordError("more than \(Recipe.moveLimit) times move")
    }
    try keep(path == .field(.blockMap) ? Recipe.movedMapLimit : UInt64(Format.nodeSize) + 512)
  }

  /// Parses the edits of a line: one, or several of `flip FIRST to LAST`.
  private static func edits(_ line: RecipeLine) throws(WordError) -> [Edit] {
    if line.words.first?.unicodeScalars.first == Recipe.byteOrderMark {
      throw WordError("a byte order mark stands inside of the text")
    }
    if line.words.count == 4, line.words[0] == "flip", line.words[2] == "to" {
      guard case .toggle(let first) = try Edit(parsing: "flip \(line.words[1])"),
        case .toggle(let last) = try Edit(parsing: "flip \(line.words[3])")
      else { throw WordError("only bits are flipped") }
      guard first <= last, last.rawValue - first.rawValue < UInt64(Recipe.editLimit) else {
        throw WordError("no run of bits, or one of more than \(Recipe.editLimit)")
      }
      return (first.rawValue...last.rawValue).map { .toggle(BlockAddress($0)) }
    }
    do throws(WordError) {
      return [try Edit(parsing: line.text)]
    } catch {
      guard !line.words.contains(where: { $0.hasSuffix("=") || Self.verbs.contains($0) }) else {
        throw error
      }
      throw WordError(
        "'\(line.text.prefix(60))' is no line of a recipe: no KEY: VALUE, no node, content or edit")
    }
  }

  private static let verbs: Set<Substring> = ["clear", "flip", "move", "refit", "reshape", "raw"]

  /// Returns the recipe after the last line.
  mutating func finish() throws(RecipeError) -> Recipe {
    do throws(WordError) {
      try enter(.edits)
    } catch {
      throw RecipeError(line: plan.isEmpty ? 0 : plan.lineNumber, error.reason)
    }
    guard let base else { preconditionFailure("a recipe without a base") }
    let recipe = Recipe(front: front, base: base, contents: contents, edits: edits)
    let written = recipe.writtenBytes
    guard written <= limit else {
      let line = largest.count > plan.largest.count ? largest.line : plan.largest.line
      throw RecipeError(
        line: line, "the image has \(written) bytes outside of holes, and may have \(limit)")
    }
    return recipe
  }
}

extension RecipeContent {
  /// Whether it is not a hole.
  fileprivate var isWritten: Bool {
    if case .fill(_, _, 0) = self { false } else { true }
  }
}

extension Edit {
  /// Whether it applies to an image without a plan.
  fileprivate var needsNoPlan: Bool {
    switch self {
    case .raw, .resize: true
    case .change, .clear, .poke, .toggle, .reshape, .move, .refit: false
    }
  }
}
