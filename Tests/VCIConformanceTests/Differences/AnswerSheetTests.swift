import SystemPackage
import Testing
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

private let recipe = """
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 100+8 at 16

  fill 8192+4096 = 61

  """

/// What a reader of this image says of a read, `count` blocks at a time.
private func sheet(
  _ recipe: String = recipe, pieces count: UInt64 = .max, letter: UInt8 = UInt8(ascii: "a"),
  features: Set<Feature> = Set(Feature.allCases),
  refuses: @escaping (Range<UInt64>) -> Bool = { _ in false }
) throws -> [AnswerSheet.Entry] {
  let expected = try Expectations(Recipe(parsing: recipe).image(), Checker())
  let adapter = FakeAdapter(["open-ro", "read", "extents", "check", "probe"], features: features) {
    request in
    switch request {
    case .read(_, let block, let blocks, let file):
      if refuses(block..<block + blocks) { return .refused(.init(class: "data")) }
      let borders: [UInt64] = [100, 108, .max]
      let border = borders.first { $0 > block } ?? .max
      let end = min(block + min(blocks, count), border)
      let isHit = (100..<108).contains(block)
      if isHit {
        put([UInt8](repeating: letter, count: Int(end - block) * 512), at: 0, in: file)
      }
      return .done(.runs([.init(isHit: isHit, block: block, count: end - block)]))
    case .extents:
      return .done(.extents([.init(block: 100, count: 3), .init(block: 103, count: 5)]))
    case .check: return .done(.findings([]))
    default: return .done(.nothing)
    }
  }
  return try AnswerSheet(adapter, expected, in: try WorkFolder()).entries
}

private func answer(_ sheet: [AnswerSheet.Entry], to words: String) -> String? {
  sheet.first { $0.question.words == words }?.answer.words
}

struct `The answers of a program` {
  @Test
  func `are the same however they are divided`() throws {
    let whole = try sheet()
    #expect(answer(whole, to: "read IMG 99 2 OUT") == "miss 99 1, hit 100 1")
    #expect(answer(whole, to: "extents IMG") == "1 runs: 100+8")
    #expect(answer(whole, to: "probe IMG") == "taken")
    #expect(try sheet(pieces: 1) == whole)
    #expect(try sheet(pieces: 3) == whole)
  }

  @Test
  func `have other bytes by what these are`() throws {
    let other = try sheet(letter: UInt8(ascii: "x"))
    #expect(answer(other, to: "read IMG 99 2 OUT") == "miss 99 1, hit with other bytes 100 1")
    #expect(try sheet(pieces: 2, letter: UInt8(ascii: "x")) == other)
    #expect(try sheet(letter: UInt8(ascii: "y")) != other)
  }

  @Test
  func `say of a refused read which blocks are refused alone`() throws {
    let sheet = try sheet(refuses: { $0.contains(107) })
    #expect(answer(sheet, to: "read IMG 107 2 OUT") == "refused 107 1, miss 108 1")
  }

  @Test
  func `are none about an image that needs what it does not declare`() throws {
    let wide = recipe.replacing("extent 100+8 at 16", with: "extent 8589934592+8 at 16")
    #expect(try sheet(wide, features: []).isEmpty)
    #expect(try !sheet(wide, features: [.wideDisks]).isEmpty)
  }
}
