import Testing
import VCIFormat
import VCIGenerators

/// A cache of 128 blocks, the map at 2, a root at 4. Blocks 0 to 99 lead to an internal node at 12
/// and a leaf at 20, with 2 blocks from 0 on; blocks 100 to 199 to an internal node at 28 and a
/// leaf at 36, with 4 blocks from 150 on at 48.
private let plan = """
  blocks: 128
  map: 2
  internal tree at 4
    entry 0+100
    entry 100+100
  internal tree/0 at 12
    entry 0+100
  leaf tree/0/0 at 20
    extent 0+2 at 44
  internal tree/1 at 28
    entry 100+100
  leaf tree/1/0 at 36
    extent 150+4 at 48

  """

private func parting(_ mistake: Mistake?, _ edits: String) throws -> Parting? {
  let image = try Recipe(parsing: plan + edits).image()
  let model = try #require(image.model)
  let forecast = try #require(Forecast(model))
  return Interrogation(image.bytes, forecast.staged, ReadForecast(model)).parting(from: mistake)
}

private let wholeNode = "tree/0/0.type = 7"
private let singleEntry = "tree/0/0/extent[0].flags = 1"
private let singleRootEntry = "tree/entry[0].childAddress = 1"
private let modified = "flip bitmap[48]"
private let noEntries = "reshape tree/0 internal"
private let behindDisk = "tree/0/0/extent[0].blockOffset = 18446744073709551614"

struct `A reader with a mistake, of a damaged tree` {
  @Test(
    arguments: [
      // Damage of a whole node, or of an entry below another one, concerns its range only.
      (wholeNode, .habit(.startNotHeld), .read(150, 1)),
      (wholeNode, .habit(.gapInEntryRefused), .read(149, 2)),
      (singleEntry, .habit(.startNotHeld), .read(150, 1)),
      // Damage of an entry of the root, and clear bits, concern all of the disk.
      (singleRootEntry, .habit(.startNotHeld), nil),
      (singleRootEntry, .habit(.gapInEntryRefused), nil),
      (singleRootEntry, .habit(.hitAtStart), .read(153, 1)),
      (modified, .habit(.startNotHeld), nil), (modified, .habit(.gapInEntryRefused), nil),
    ] as [(String, Mistake, Parting?)])
  func `may miss and refuse the blocks that the damage concerns`(
    edits: String, mistake: Mistake, told: Parting?
  ) throws {
    #expect(try parting(nil, edits) == nil)
    let answer = try parting(mistake, edits)
    #expect(answer.map(kind) == told.map(kind))
  }

  private func kind(_ parting: Parting) -> String {
    switch parting {
    case .probe: "probe"
    case .open: "open"
    case .read: "read"
    case .openForWriting: "open for writing"
    case .check: "check"
    }
  }

  @Test(
    arguments: [
      (noEntries, .scope(.internalNodeUsed, .rootOnly), .openForWriting),
      (noEntries, .scope(.internalNodeUsed, .oneLevelBelow), nil),
      (noEntries, .scope(.internalNodeUsed, .belowRoot), nil),
      (noEntries, .habit(.emptyIsMiss), .openForWriting),
      // The sum wraps to 0.
      (behindDisk, .scope(.extentWithinDisk, .rootOnly), .read(0, 18_446_744_073_709_551_615)),
      (behindDisk, .scope(.extentWithinDisk, .oneLevelBelow), .read(0, 18_446_744_073_709_551_615)),
      (behindDisk, .scope(.extentWithinDisk, .belowRoot), nil),
      (behindDisk, .comparison(.extentEnd, .dropped), nil),
    ] as [(String, Mistake, Parting?)])
  func `is told by an open for writing or a long read if no other question tells it`(
    edits: String, mistake: Mistake, told: Parting?
  ) throws {
    #expect(try parting(nil, edits) == nil)
    #expect(try parting(mistake, edits) == told)
  }
}
