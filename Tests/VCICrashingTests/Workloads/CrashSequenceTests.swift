@testable import VCICrashing
import Testing
import VCIFormat
import VCIFuzzing
import VCIGenerators

struct `Sequences that are crashed` {
  @Test
  func `are parsed from what is printed of them`() throws {
    let text = "empty: write 0+1 = 1; flush; write 3+2 = 3"
    let sequence = try #require(CrashSequence(parsing: text))
    #expect(sequence.image == .empty)
    #expect(
      sequence.operations == [.write(0, 1, version: 1), .flush, .write(3, 2, version: 3)])
    #expect(sequence.description == text)
    #expect(CrashSequence(parsing: "fixed: create")?.operations == .some(nil))
    #expect(CrashSequence(parsing: "full: ")?.operations == [])
    for wrong in ["none: flush", "empty flush", "empty: flushes", "empty: create; flush"] {
      #expect(CrashSequence(parsing: wrong) == nil)
    }
  }

  @Test
  func `are all that there are, the shorter ones first`() {
    let catalogue = CrashCatalogue(upTo: 2)
    let alphabets = CrashImage.allCases.map(\.alphabet.count)
    let expected = alphabets.reduce(0) { $0 + 1 + 1 + $1 + $1 * $1 }
    #expect(catalogue.count == expected)
    let all = (0..<catalogue.count).map { catalogue[$0] }
    #expect(Set(all).count == expected)
    #expect(all[0].operations == nil && all[7].operations == [])
    let lengths = all.map { $0.operations?.count ?? -1 }
    #expect(lengths == lengths.sorted())
    #expect(CrashCatalogue(upTo: -1).count == 0)
  }

  @Test
  func `start from images that are as they are described`() throws {
    for image in CrashImage.allCases {
      let start = try image.make()
      #expect(start.bytes[16] == 0)
    }
    #expect(try CrashImage.split.make().model.runs.count == 107)
    #expect(try CrashImage.shrink.make().model.runs.count == 67)
  }

  @Test
  func `evict from a full cache, split a full leaf, and shrink a tree`() throws {
    let full = try CrashImage.full.make()
    let evicting = RecordedWork(
      [.write(100, 1, version: 1)], on: full.bytes, caching: full.model)
    #expect(evicting.flaw == nil && !evicting.lost[0].isEmpty)
    for (image, operation, types) in [
      (CrashImage.split, CacheOperation.write(1000, 1, version: 1), [2, 1]),
      (.shrink, .discard(0, 1), [1, 1]), (.shrink, .discard(428, 1), [1, 2]),
    ] {
      let start = try image.make()
      let work = RecordedWork([operation], on: start.bytes, caching: start.model)
      #expect(work.flaw == nil)
      #expect([start.bytes, work.trace.applied].map(rootType) == types)
    }
  }

  /// The type of an image's root: 1 internal, 2 leaf.
  private func rootType(_ bytes: [UInt8]) -> Int {
    let root = (0..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[21 + $1]) }
    return Int(bytes[root * 512])
  }
}
