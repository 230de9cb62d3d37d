import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

private let stream = RandomStream(rawValue: 24)

private func recipe(of bytes: SparseBytes) throws -> Recipe {
  let recipe = try Disassembly.recipe(of: SparseImage(bytes))
  let text = recipe.description
  #expect(try Recipe(parsing: text) == recipe)
  return recipe
}

/// Returns whether two images have the same bytes outside the holes that both have.
private func isSame(_ left: SparseBytes, _ right: SparseBytes) -> Bool {
  guard left.size == right.size else { return false }
  var next: UInt64 = 0
  while let data = [left.nextData(from: next), right.nextData(from: next)].compactMap(\.self).min()
  {
    var parts = [[UInt8]](repeating: [UInt8](repeating: 0, count: 4096), count: 2)
    for (index, image) in [left, right].enumerated() {
      var span = parts[index].mutableSpan
      var buffer = unsafe span.mutableBytes
      _ = image.read(at: data, into: &buffer)
    }
    if parts[0] != parts[1] { return false }
    next = data + 4096
  }
  return true
}

struct `A disassembly` {
  @Test
  func `of a drawn image is its plan and nothing else`() throws {
    var count = 0
    for index in 0..<500 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 25, index: index, stream: stream))
      let plan = ImagePlan.drawn(from: &choices)
      guard plan.isQuick else { continue }
      let image = EditableImage(plan)
      count += 1
      let recipe = try recipe(of: image.bytes)
      #expect(recipe.plan == plan.walked, "plan \(index)")
      #expect(recipe.contents == [] && recipe.edits == [], "plan \(index)")
      #expect(isSame(recipe.image().bytes, image.bytes), "plan \(index)")
    }
    #expect(count > 300)
  }

  @Test
  func `of advice, summaries and leaks has edits and no bytes`() throws {
    var count = 0
    for index in 0..<300 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 26, index: index, stream: stream))
      let plan = ImagePlan.drawn(from: &choices)
      guard plan.isQuick else { continue }
      var image = EditableImage(plan)
      guard let model = image.model else { continue }
      let rule = choices.element(
        of: Rule.allCases.filter {
          $0.ruleClass(dirty: false) != .corruption && $0 != .lruLinks && $0 != .leafUsed
        })
      for edit in Breakage.drawn(of: rule, in: model, from: &choices) { image.apply(edit) }
      guard let edited = image.model, let forecast = Forecast(edited),
        forecast.findings.allSatisfy({ $0.ruleClass != .corruption })
      else { continue }
      count += 1
      let recipe = try recipe(of: image.bytes)
      #expect(recipe.edits.allSatisfy { !$0.isBlind }, "\(rule), plan \(index)")
      #expect(isSame(recipe.image().bytes, image.bytes), "\(rule), plan \(index)")
    }
    #expect(count > 100)
  }

  @Test
  func `of a damaged image gives the same bytes`() throws {
    var count = 0
    for index in 0..<400 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 27, index: index, stream: stream))
      let plan = ImagePlan.drawn(from: &choices)
      guard plan.isQuick else { continue }
      var image = EditableImage(plan)
      guard let model = image.model else { continue }
      let rule = choices.element(of: Rule.allCases)
      for edit in Breakage.drawn(of: rule, in: model, from: &choices) { image.apply(edit) }
      guard image.bytes.size < 1 << 24 else { continue }
      count += 1
      #expect(isSame(try recipe(of: image.bytes).image().bytes, image.bytes), "\(rule), \(index)")
    }
    #expect(count > 200)
  }

  @Test
  func `of blind mutants gives the same bytes`() throws {
    var count = 0
    for index in 0..<400 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 28, index: index, stream: stream))
      let plan = ImagePlan.drawn(from: &choices)
      guard plan.isQuick else { continue }
      var image = EditableImage(plan)
      for edit in BlindMutation.drawn(on: image.bytes, from: &choices) { image.apply(edit) }
      guard image.bytes.size < 1 << 24 else { continue }
      count += 1
      #expect(isSame(try recipe(of: image.bytes).image().bytes, image.bytes), "\(index)")
    }
    #expect(count > 200)
  }

  @Test
  func `of random bytes gives the same bytes`() throws {
    for index in 0..<200 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 29, index: index, stream: stream))
      let count = Int(choices.magnitude(upTo: 20_000))
      let isSparse = choices.chance(1, in: 2)
      let bytes = (0..<count).map { _ in
        isSparse && !choices.chance(1, in: 200) ? 0 : UInt8(choices.number(upTo: 255))
      }
      let image = SparseBytes(bytes)
      #expect(try recipe(of: image).image().bytes.materialized(limit: 1 << 20) == bytes, "\(index)")
    }
  }

  @Test
  func `finds data, holes and bytes in a foreign image`() throws {
    let text = """
      blocks: 4096
      map: 2
      leaf tree at 4
        extent 0+4 at 12

      fill 0x1a00+512 = 00
      fill 0x1c00+512 = 0c
      bytes 0x1e00 = 48 69 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      fill 0x1e10+496 = 00
      """
    let image = try Recipe(parsing: text).image().bytes
    let found = try recipe(of: image)
    #expect(
      found.contents.prefix(3) == [
        .fill(offset: 0x1a00, count: 512, byte: 0), .fill(offset: 0x1c00, count: 512, byte: 12),
        .bytes(offset: 0x1e00, [0x48, 0x69] + [UInt8](repeating: 0, count: 14)),
      ])
    #expect(found.edits == [])
    #expect(isSame(found.image().bytes, image))
  }

  @Test
  func `of a cache of petabytes is short`() throws {
    let text = """
      size: 2199023257088
      bytes 0x0 = 56 43 49 00 01 00 00 00 00 e0 ff ff ff 0f 00 00
      fill 0x10000000000+1 = 5
      """
    let image = try Recipe(parsing: text).image().bytes
    let found = try recipe(of: image)
    #expect(found.description.utf8.count < 2000)
    #expect(isSame(found.image().bytes, image))
  }

  @Test
  func `throws if an image holds too much`() {
    let bytes = SparseImage(SparseBytes((0..<100).map { UInt8($0) }))
    #expect(throws: Never.self) { try Disassembly.recipe(of: bytes) }
    let flood = Flood()
    #expect(throws: DisassemblyError.tooLarge) { try Disassembly.recipe(of: flood, limit: 1 << 18) }
    #expect(flood.bytesRead < 1 << 20)
  }
}

/// A file of 1 TiB without a hole.
private final class Flood: ByteSource {
  private(set) var bytesRead = 0

  func byteCount() throws(StorageError) -> UInt64 { 1 << 40 }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    bytesRead += buffer.byteCount
    for index in stride(from: 0, to: buffer.byteCount - 7, by: 8) {
      buffer.put(offset &+ UInt64(index) | 1, at: index)
    }
    return buffer.byteCount
  }
}

extension ImagePlan {
  /// Whether a build without optimization compares all of its bytes quickly.
  fileprivate var isQuick: Bool {
    extents.reduce(0) { $0 + $1.blocks.rawValue } < 200 && nodes.count < 40
      && blocks.rawValue < 1 << 20
  }

  /// The plan with its nodes in walk order.
  fileprivate var walked: ImagePlan {
    var order: [Int] = []
    func visit(_ node: Int) {
      order.append(node)
      for entry in nodes[node].entries { visit(entry.node) }
    }
    visit(0)
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    var plan = self
    plan.nodes = order.map { index in
      guard case .internal(let entries) = nodes[index].content else { return nodes[index] }
      return NodePlan(
        address: nodes[index].address,
        .internal(
          entries.map {
            EntryPlan(offset: $0.offset, blocks: $0.blocks, node: places[$0.node] ?? 0)
          }))
    }
    return plan
  }
}
