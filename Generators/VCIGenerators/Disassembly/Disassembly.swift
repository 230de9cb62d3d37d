public import VCIFormat

/// Why an image is not disassembled.
public enum DisassemblyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file failed.
  case storage(StorageError)
  /// The image holds more than a recipe may.
  case tooLarge

  public var description: String {
    switch self {
    case .storage(let error): "\(error)"
    case .tooLarge:
      "it holds more than a recipe may: \(Recipe.keptLimit) bytes besides holes and the data pattern, "
        + "and \(Recipe.writtenLimit) of that pattern"
    }
  }
}

/// Makes the recipe of an image: one that assembles to the same bytes.
///
/// The image's own numbers lead to the nearest plan; what that does not explain becomes contents
/// outside of metadata and edits inside, blind ones where nothing better is at hand. Memory is bounded
/// by what a recipe may hold, and time by the image's bytes outside of holes.
public struct Disassembly {
  let image: ImageReader
  /// The image's plan under edits, or a hole.
  private var draft: EditableImage
  private var recipe: Recipe
  /// How many more bytes may be kept.
  private var budget: UInt64

  /// The recipe of the image in `source`, without a front matter, which holds at most `limit` bytes.
  ///
  /// - Throws: `DisassemblyError`.
  /// - Precondition: the limit is not above that of recipes.
  public static func recipe(
    of source: any ByteSource, limit: UInt64 = Recipe.keptLimit
  ) throws(DisassemblyError) -> Recipe {
    precondition(limit <= Recipe.keptLimit, "a recipe of \(limit) bytes")
    let image: ImageReader
    do throws(StorageError) {
      image = try ImageReader(source)
    } catch {
      throw .storage(error)
    }
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
    var contents = DisassembledContents(image, data: recipe.plan?.extents ?? [], budget: budget)
    var next: UInt64 = 0
    for part in metadata {
      try contents.take(next..<part.lowerBound)
      next = part.upperBound
    }
    try contents.take(next..<max(next, image.size))
    recipe.contents = contents.contents
    budget = contents.budget
    if let plan = recipe.plan { try edit(plan, metadata) }
  }

  /// The bytes of header, map and nodes that the file has, ascending.
  private static func metadata(of plan: ImagePlan, below size: UInt64) -> [Range<UInt64>] {
    let parts = [BlockRange(0, Format.headerBlocks), plan.map] + plan.nodes.map(\.place)
    return parts.sorted { $0.first < $1.first }
      .map { ($0.first.bytes..<$0.first.bytes + $0.count.bytes).clamped(to: 0..<size) }
  }

  /// Adds the edits that lead from the plan to the image.
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

  /// Adds blind edits where the edited plan still differs from the image.
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

  /// How many bytes share a line.
  static let rowBytes = 16
}

/// Reads an image that is taken apart.
struct ImageReader {
  private let source: any ByteSource
  /// The image's bytes.
  let size: UInt64

  init(_ source: any ByteSource) throws(StorageError) {
    self.source = source
    size = min(try source.byteCount(), Edit.placeLimit)
  }

  /// The `count` bytes from `offset` on; zeros past the end.
  func bytes(at offset: UInt64, _ count: Int) throws(DisassemblyError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard offset < size else { return bytes }
    do throws(StorageError) {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      _ = try source.read(at: offset, into: &buffer)
    } catch {
      throw .storage(error)
    }
    return bytes
  }

  /// The first byte from `offset` on that stands outside of a hole.
  func nextData(from offset: UInt64) throws(DisassemblyError) -> UInt64? {
    guard offset < size else { return nil }
    do throws(StorageError) {
      return try source.nextData(from: offset)
    } catch {
      throw .storage(error)
    }
  }

  /// Hands over the pieces of a range in which either the image or `planned` has something, with the
  /// bytes of both.
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
      var other = [UInt8](repeating: 0, count: count)
      var span = other.mutableSpan
      var buffer = unsafe span.mutableBytes
      _ = planned.read(at: next, into: &buffer)
      if actual != other { visit(next, actual, other) }
      next += UInt64(count)
    }
  }
}
