import PropertyEngine
import Testing
import VCIChecker
import VCIFormat
import VCIGenerators

@testable import VCIFuzzing

/// What a check finds in an image.
private func rules(_ image: EditableImage) throws -> Set<Rule> {
  Set(try Checker().check(SparseImage(image.bytes)).findings.map(\.rule))
}

struct `An image that a test is about` {
  @Test(arguments: [ImageChoice.Kind.valid, .edited])
  func `has the bytes of the image of its series`(kind: ImageChoice.Kind) throws {
    for index in UInt64(0)..<24 {
      let choice = ImageChoice(seed: 1, kind: kind, first: index)
      var series = ImageSeries(choice, largest: 1 << 43, mostTried: 1)
      guard let image = try? series.image(isInterrupted: { false }) else { continue }
      #expect(PlannedImage(first: choice).image.bytes == image.bytes)
    }
  }

  @Test
  func `shrinks to one edit of a small image`() throws {
    // Several edits of one image, of which one breaks the rule.
    let start = try #require(
      (UInt64(0)..<2000).lazy
        .map { PlannedImage(first: ImageChoice(seed: 1, kind: .edited, first: $0)) }
        .first { image in
          image.edits.count > 1 && image.image.bytes.size < 1 << 20
            && (try? rules(image.image).contains(.extentInRange)) == true
        })
    let small = start.shrunk(ShrinkEffort(limit: 2000)) { image in
      (try? rules(image.image).contains(.extentInRange)) == true
    }
    #expect(small.edits.count == 1)
    #expect(small.image.bytes.size <= start.image.bytes.size)
    #expect(try rules(small.image).contains(.extentInRange))
    #expect(
      try !rules(EditableImage(small.valid.materialized(limit: 1 << 20) ?? [])).contains(
        .extentInRange))
    let recipe = try Recipe(parsing: try #require(small.recipe))
    #expect(recipe.image().bytes == small.image.bytes)
  }

  @Test
  func `shrinks to the fewest operations, and keeps what it is told to`() {
    let operations: [CacheOperation] = (0..<40).map { .write(BlockOffset($0 * 3), 2, version: 1) }
    let start = PlannedImage(blocks: 4096, isFixed: true, operations)
    let small = start.shrunk(ShrinkEffort(limit: 2000)) { image in
      image.operations.count { if case .write = $0 { true } else { false } } >= 3
    }
    #expect(small.operations.count == 3)
    #expect(small.created?.blocks == 21)
    #expect(small.created?.isFixed == false)
  }

  @Test
  func `stays as it is without attempts`() {
    let start = PlannedImage(blocks: 512, isFixed: false, [.flush, .flush])
    let same = start.shrunk(ShrinkEffort(limit: 0)) { _ in true }
    #expect(same.operations == start.operations)
    #expect(same.created?.blocks == 512)
    let stopped = start.shrunk(ShrinkEffort(limit: 100) { _ in true }) { _ in true }
    #expect(stopped.operations == start.operations)
  }
}
