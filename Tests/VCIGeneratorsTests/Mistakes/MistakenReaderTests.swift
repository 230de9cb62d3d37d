import PropertyEngine
import Testing
import VCIFormat

@testable import VCIGenerators

/// Edits of the cache below: one block more than a map can manage, and a map of no block.
private let tooLarge = """
  header.blocks = 17592186036225
  header.blockMapBlocks = 0
  map.blocks = 17592186036225
  map.free = 17592186036206
  """

struct `A reader with a mistake` {
  /// A cache of 64 blocks whose root leaf at block 4 holds two extents: 4 blocks from 10 on at
  /// block 12, and 3 from 20 on at block 16.
  private static let plan = ImagePlan(
    blocks: 64, mapAddress: 2, rootAddress: 4,
    extents: [
      Extent(offset: 10, blocks: 4, address: 12), Extent(offset: 20, blocks: 3, address: 16),
    ], size: 64 * 512)

  private func image(_ edits: [Edit] = []) -> EditableImage {
    var image = EditableImage(Self.plan)
    for edit in edits { image.apply(edit) }
    return image
  }

  private func parting(_ mistake: Mistake?, _ edits: [Edit] = []) throws -> Parting? {
    let image = image(edits)
    let model = try #require(image.model)
    let forecast = try #require(Forecast(model))
    return Interrogation(image.bytes, forecast.staged, ReadForecast(model)).parting(from: mistake)
  }

  @Test(
    arguments: [
      (nil, 9, 3, [.miss(1)]), (nil, 10, 4, [.hit(4, at: 12)]), (nil, 12, 9, [.hit(2, at: 14)]),
      (.habit(.hitAtStart), 12, 1, [.hit(1, at: 12)]), (.habit(.missWhole), 9, 3, [.miss(3)]),
      (.habit(.endHeld), 14, 1, [.hit(1, at: 16)]), (.habit(.startNotHeld), 10, 1, [.miss(1)]),
      (.habit(.hitNotLimited), 12, 9, [.hit(9, at: 14)]),
      (.number(.block, .keeps(8)), 266, 1, [.hit(1, at: 12)]),
      (.habit(.firstSlotSkipped), 10, 4, [.miss(4)]),
    ] as [(Mistake?, BlockOffset, BlockCount, [MistakenReader.Answer])])
  func `answers as the mistake says`(
    mistake: Mistake?, block: BlockOffset, count: BlockCount, answers: [MistakenReader.Answer]
  ) {
    let reader = MistakenReader(image().bytes, mistake)
    #expect(reader.opens())
    #expect([reader.answer(at: block, count: count)] == answers)
  }

  @Test(
    arguments: [
      (.habit(.hitAtStart), .read(13, 2)), (.habit(.missWhole), .read(0, 8_589_934_592)),
      (.comparison(.rootHigh, .strict), nil), (.comparison(.rootHigh, .lax), nil),
    ] as [(Mistake, Parting?)])
  func `is told by a valid image only where it matters`(
    mistake: Mistake, parting: Parting?
  ) throws {
    #expect(try self.parting(mistake) == parting)
  }

  @Test
  func `is told by a root that moved a block too far, and by no other mistake of its kind`() throws
  {
    let edits = [Edit.move(.field(.treeRoot), to: 57)]
    #expect(try parting(nil, edits) == nil)
    #expect(try parting(.comparison(.rootHigh, .lax), edits) == .open)
    #expect(try parting(.comparison(.rootHigh, .dropped), edits) == .open)
    #expect(try parting(.comparison(.rootHigh, .strict), edits) == nil)
    #expect(try parting(.comparison(.mapHigh, .lax), edits) == nil)
  }

  @Test(
    arguments: [
      // The byte at which the root begins is 2048 modulo 2^64, where the root is.
      ("header.treeRoot = 9223372036854775812", .comparison(.rootHigh, .signed(64)), .open),
      ("header.treeRoot = 9223372036854775812", .comparison(.rootHigh, .wraps(63)), .open),
      ("header.treeRoot = 9223372036854775812", .comparison(.rootHigh, .wraps(64)), nil),
      ("header.treeRoot = 9223372036854775812", .comparison(.rootHigh, .dropped), nil),
      // The map has 2^32 blocks.
      (tooLarge, .comparison(.blocksHigh, .lax), .open),
      (tooLarge, .comparison(.blocksHigh, .dropped), .open),
      (tooLarge, .comparison(.blocksHigh, .signed(64)), nil),
      (tooLarge, .comparison(.mapBlocks, .dropped), nil),
    ] as [(String, Mistake, Parting?)])
  func `computes in as few bits as the rule would allow that it gets wrong`(
    edits: String, mistake: Mistake, told: Parting?
  ) throws {
    let edits = try edits.split(separator: "\n").map { try Edit(parsing: String($0)) }
    #expect(try parting(nil, edits) == nil)
    #expect(try parting(mistake, edits) == told)
  }

  @Test
  func `that is none answers as every image demands`() throws {
    var count = 0
    for index in 0..<200 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 41, index: index, stream: .init(rawValue: 99)))
      var image = EditableImage(ImagePlan.drawn(from: &choices))
      guard let valid = image.model, valid.nodes.count < 60 else { continue }
      let rule = choices.element(of: Rule.allCases)
      for edit in Breakage.drawn(of: rule, in: valid, from: &choices) { image.apply(edit) }
      guard let model = image.model, let forecast = Forecast(model) else { continue }
      count += 1
      let interrogation = Interrogation(
        image.bytes, forecast.staged, ReadForecast(model))
      #expect(interrogation.parting(from: nil) == nil, "\(rule), image \(index)")
    }
    #expect(count > 100)
  }

  @Test
  func `is one of many, each of its own`() {
    #expect(Set(Mistake.all).count == Mistake.all.count)
    #expect(Mistake.all.count > 850)
    let names = Set(Mistake.all.map { "\($0.rule.map { "\($0)" } ?? "")\($0)" })
    #expect(names.count == Mistake.all.count)
  }
}
