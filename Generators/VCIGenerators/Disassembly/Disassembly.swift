package import VCIFormat

/// The reason why an image cannot be disassembled.
package enum DisassemblyError: Error, Hashable, Sendable, CustomStringConvertible {
  case storage(StorageError)
  case tooLarge

  package var description: String {
    switch self {
    case .storage(let error): "\(error)"
    case .tooLarge:
      "it holds more than a recipe may: \(Recipe.keptLimit) bytes besides holes and the data "
        + "pattern, and \(Recipe.writtenLimit) of that pattern"
    }
  }
}

/// Makes a recipe of an image that assembles to the same bytes.
///
/// The image's own header, map and nodes lead to a plan. Bytes that differ from the plan's image
/// become contents outside metadata and edits inside; an edit is blind only if no other kind has
/// its effect. Memory is bounded by what a recipe may hold, and time by the image's bytes outside
/// holes.
package struct Disassembly {
  let image: ImageReader
  /// The plan's image under the edits so far, or a hole.
  private var draft: EditableImage
  private var recipe: Recipe
  /// The number of bytes that may still be kept.
  private var budget: UInt64

  /// Returns the recipe of the image in `source`, without front matter. It keeps at most `limit`
  /// bytes.
  ///
  /// - Precondition: `limit` is at most `Recipe.keptLimit`.
  package static func recipe(
    of source: any ByteSource, limit: UInt64 = Recipe.keptLimit
  ) throws(DisassemblyError) -> Recipe {
    precondition(limit <= Recipe.keptLimit, "a recipe of \(limit) bytes")
    let image = try ImageReader(source)
    let plan = try DisassembledPlan.plan(of: image)
    let kept = plan?.keptBytes ?? 0
    guard kept <= limit else { throw .tooLarge }
    var disassembly = Disassembly(image, plan, budget: limit - kept)
    try disassembly.run()
    guard disassembly.recipe.writtenBytes <= Recipe.writtenLimit else { throw .tooLarge }
    return disassembly.recipe
  }

  private init(_ image: ImageReader, _ plan: ImagePlan?, budget: UInt64) {
    self.image = image
    let base = plan.map { Recipe.Base.plan($0) } ?? .hole(size: image.size)
    recipe = Recipe(base: base)
    draft = recipe.image()
    self.budget = budget
  }

  private mutating func run() throws(DisassemblyError) {
    let metadata = recipe.plan.map { Self.metadata(of: $0, below: image.size) } ?? []
    var contents = DisassembledContents(
      image, data: recipe.plan?.patternBlocks ?? [], budget: budget)
    var next: UInt64 = 0
    for part in metadata {
      try contents.collect(next..<part.lowerBound)
      next = part.upperBound
    }
    try contents.collect(next..<max(next, image.size))
    recipe.contents = contents.contents
    budget = contents.budget
    if let plan = recipe.plan { try edit(plan, metadata) }
  }

  /// Returns the byte ranges of header, map and nodes up to the file's end, ascending.
  private static func metadata(of plan: ImagePlan, below size: UInt64) -> [Range<UInt64>] {
    plan.metadata.sorted { $0.first < $1.first }
      .map { ($0.first.bytes..<$0.first.bytes + $0.count.bytes).clamped(to: 0..<size) }
  }

  /// Adds the edits that turn the plan's image into this one.
  private mutating func edit(
    _ plan: ImagePlan, _ metadata: [Range<UInt64>]
  ) throws(DisassemblyError) {
    guard let model = draft.model else { return }
    let finder = DisassembledEdits(image, model, draft.bytes)
    for edit in try finder.edits() {
      draft.apply(edit)
      recipe.edits.append(edit)
    }
    for part in metadata { try addRawEdits(in: part) }
  }

  /// Adds blind edits for the bytes in which the draft still differs from the image.
  private mutating func addRawEdits(in part: Range<UInt64>) throws(DisassemblyError) {
    var edits: [Edit] = []
    try image.compare(with: draft.bytes, in: part) { offset, actual, planned in
      for row in stride(from: 0, to: actual.count, by: Self.rowBytes) {
        let end = min(row + Self.rowBytes, actual.count)
        let places = (row..<end).filter { actual[$0] != planned[$0] }
        guard let first = places.first, let last = places.last else { continue }
        edits.append(.raw(offset: offset + UInt64(first), Array(actual[first...last])))
      }
    }
    let cost = UInt64(edits.count) * (512 + UInt64(Self.rowBytes))
    guard cost < budget else { throw .tooLarge }
    budget -= cost
    recipe.edits += edits
  }

  /// The bytes on a line.
  static let rowBytes = 16
}

/// Reads an image for its disassembly.
struct ImageReader {
  private let source: any ByteSource
  /// The image's size in bytes.
  let size: UInt64

  init(_ source: any ByteSource) throws(DisassemblyError) {
    self.source = source
    let count = try Self.run { () throws(StorageError) in try source.byteCount() }
    size = min(count, Edit.offsetLimit)
  }

  private static func run<Value>(
    _ read: () throws(StorageError) -> Value
  ) throws(DisassemblyError) -> Value {
    do throws(StorageError) {
      return try read()
    } catch {
      throw .storage(error)
    }
  }

  /// Returns `count` bytes from `offset` on; zeros past the end.
  func bytes(at offset: UInt64, _ count: Int) throws(DisassemblyError) -> [UInt8] {
    guard offset < size else { return [UInt8](repeating: 0, count: count) }
    return try Self.run { () throws(StorageError) in
      try [UInt8](zeros: count) { (buffer) throws(StorageError) in
        _ = try source.read(at: offset, into: &buffer)
      }
    }
  }

  /// Returns the first offset from `offset` on that is not in a hole.
  func nextData(from offset: UInt64) throws(DisassemblyError) -> UInt64? {
    guard offset < size else { return nil }
    return try Self.run { () throws(StorageError) in try source.nextData(from: offset) }
  }

  /// Calls `visit` with the pieces of `range` in which the image and `planned` differ, and the
  /// bytes of both. Holes that both have are skipped.
  func compare(
    with planned: SparseBytes, in range: Range<UInt64>,
    _ visit: (_ offset: UInt64, _ actual: [UInt8], _ planned: [UInt8]) -> Void
  ) throws(DisassemblyError) {
    var next = range.lowerBound
    while next < range.upperBound {
      let data = [try nextData(from: next), planned.nextData(from: next)].compactMap(\.self).min()
      guard let data, data < range.upperBound else { return }
      next = max(next, data / 512 * 512)
      let count = Int(min(4096, range.upperBound - next))
      let actual = try bytes(at: next, count)
      let other = planned.bytes(at: next, count: count)
      if actual != other { visit(next, actual, other) }
      next += UInt64(count)
    }
  }
}
