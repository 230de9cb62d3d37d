import Testing
import VCIFormat

@testable import VCIGenerators

/// A cache of 64 blocks, the map at 2, a root leaf at 4 with two extents: 4 blocks at 12, and 2 at
/// 20.
private let plan = """
  blocks: 64
  map: 2
  leaf tree at 4
    extent 10+4 at 12 next 20
    extent 20+2 at 20 previous 12

  """

private func parting(_ mistake: CheckMistake?, _ edits: String = "") throws -> Parting? {
  let image = try Recipe(parsing: plan + edits).image()
  let model = try #require(image.model)
  let forecast = try #require(Forecast(model))
  return Interrogation(image.bytes, forecast.staged, ReadForecast(model))
    .parting(from: mistake.map { .check($0) })
}

private func missed(_ rules: Rule..., writing: Bool = false) -> Parting {
  .check(missed: rules, unexpected: [], isWritingWrong: writing)
}

private func unexpected(_ rules: Rule..., writing: Bool = false) -> Parting {
  .check(missed: [], unexpected: rules, isWritingWrong: writing)
}

struct `A checker with a mistake` {
  @Test(
    arguments: [
      (.bits(.data, .oneMore), unexpected(.extentAllocated)),
      (.bits(.data, .wholeBytes), nil), (.bits(.data, .reversed), unexpected(.extentAllocated)),
      (.bits(.root, .oneMore), nil), (.overlap(.data, .strict), nil),
      (.overlap(.dataAndNode, .strict), unexpected(.extentApartFromMetadata, writing: true)),
      (.habit(.totalsHeader), unexpected(.mapTotals)), (.habit(.listSums), nil),
      (.habit(.freeWholeBytes), nil), (.habit(.whole), missed(.headerBlocksWhole)),
    ] as [(CheckMistake, Parting?)])
  func `is told by a valid image only where it finds too much`(
    mistake: CheckMistake, told: Parting?
  ) throws {
    #expect(try parting(nil) == nil)
    #expect(try parting(mistake) == told)
  }

  @Test(
    arguments: [
      // A bit is clear, and another is set.
      ("flip bitmap[15]\nflip bitmap[40]", .bits(.data, .dropped), missed(.extentAllocated)),
      ("flip bitmap[15]\nflip bitmap[40]", .bits(.data, .counted), missed(.extentAllocated)),
      ("flip bitmap[15]\nflip bitmap[40]", .bits(.data, .notLast), missed(.extentAllocated)),
      ("flip bitmap[15]\nflip bitmap[40]", .bits(.data, .notFirst), nil),
      ("flip bitmap[15]\nflip bitmap[40]", .habit(.leakCounts), missed(.blockOwned)),
      ("flip bitmap[15]\nflip bitmap[40]", .habit(.leakInFile), missed(.blockOwned)),
      ("flip bitmap[15]\nflip bitmap[40]", .bits(.root, .dropped), nil),
      // Two extents share a block.
      (
        "tree/extent[1].blockAddress = 15\nrefit", .overlap(.data, .lax),
        missed(.extentApartFromData, writing: true)
      ),
      ("tree/extent[1].blockAddress = 15\nrefit", .overlap(.data, .laterStart), nil),
      (
        "tree/extent[1].blockAddress = 15\nrefit", .overlap(.data, .laterEnd),
        missed(.extentApartFromData, writing: true)
      ),
      // One counter has a block of the other.
      ("map.metadata += 1\nmap.data -= 1", .habit(.totalsSum), missed(.mapTotals)),
      ("map.metadata += 1\nmap.data -= 1", .total(.metadata, .dropped), nil),
      ("map.metadata += 1\nmap.free -= 1", .total(.metadata, .orMore), missed(.mapTotals)),
      ("map.metadata += 1\nmap.free -= 1", .total(.free, .orLess), missed(.mapFreeCount)),
      // A dirty image.
      (
        "header.uncleanShutdown = 1\nflip bitmap[15]", .habit(.bitsOfDirty),
        .check(missed: [.extentAllocated], unexpected: [.extentAllocated], isWritingWrong: false)
      ),
    ] as [(String, CheckMistake, Parting?)])
  func `is told by an edited image where it matters`(
    edits: String, mistake: CheckMistake, told: Parting?
  ) throws {
    #expect(try parting(nil, edits) == nil)
    #expect(try parting(mistake, edits) == told)
  }
}
