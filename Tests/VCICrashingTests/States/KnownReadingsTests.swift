@testable import VCICrashing
import Testing

struct `Readings that are known` {
  private typealias Reading = KnownReadings.Reading

  @Test
  func `tell states apart by what was read alone`() throws {
    var known = KnownReadings()
    #expect(known.reading(of: [0, 0, 0], length: 512) == nil)
    known.add(Reading(sectors: [2, 0], isRight: true), of: [1, 5, 3], length: 512)
    // Sector 1 was not read.
    #expect(known.reading(of: [1, 9, 3], length: 512)?.sectors == [2, 0])
    #expect(known.reading(of: [0, 5, 3], length: 512) == nil)
    #expect(known.reading(of: [1, 5, 2], length: 512) == nil)
    #expect(known.reading(of: [1, 5, 3], length: 1024) == nil)
  }

  @Test
  func `may go on with other sectors after other bytes`() throws {
    var known = KnownReadings()
    known.add(Reading(sectors: [2, 0], isRight: true), of: [1, 5, 3], length: 512)
    known.add(Reading(sectors: [2, 1], isRight: false), of: [1, 5, 4], length: 512)
    known.add(Reading(sectors: [], isRight: true), of: [1, 5, 4], length: 0)
    let wrong = try #require(known.reading(of: [7, 5, 4], length: 512))
    #expect(wrong.sectors == [2, 1] && !wrong.isRight)
    #expect(known.reading(of: [1, 6, 4], length: 512) == nil)
    #expect(known.reading(of: [9, 9, 9], length: 0)?.isRight == true)
  }
}
