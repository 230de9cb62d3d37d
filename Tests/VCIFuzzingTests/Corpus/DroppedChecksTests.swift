@testable import VCIFuzzing
import SystemPackage
import Testing
import VCIFormat
import VCIGenerators

/// The mistakes of a program that does not check a rule at all, or one of its comparisons.
private func dropped(_ rule: Rule) -> [Mistake] {
  Mistake.all.filter { mistake in
    guard mistake.rule == rule else { return false }
    return switch mistake {
    case .comparison(_, .dropped), .check(.bits(_, .dropped)), .check(.overlap(_, .dropped)),
      .check(.habit(.shared)), .check(.habit(.level)):
      true
    default: false
    }
  }
}

/// The rules without such a mistake: a program that does not check them does something else
/// instead, for which the catalogue has habits.
private let habitual: RuleSet = [
  .nodeEntriesFirst, .nodeEntriesWhole, .internalNodeUsed,
]

/// The rules for which an open for writing refuses an image, and no read.
private let modified: [Rule] = [
  .nodeNamedOnce, .nodeApart, .leavesLevel, .extentApartFromMetadata, .extentApartFromData,
]

/// The vectors that a rule alone refuses, and that no program takes which drops one comparison.
private let exceptions = [
  "int-003-swapped": "what a child holds begins and ends outside of the entry's range",
  "map-008-all": "header, map and root have clear bits",
  "node-001-inner": "the node is damaged if it is taken for one of the other type",
]

struct `A dropped check` {
  @Test
  func `is told by each vector that its rule alone refuses, and by no other open for writing`()
    throws
  {
    var counts: [Rule: Int] = [:]
    var untold: Set<String> = []
    for file in try CorpusBuilder.recipes(in: package.appending("Corpus")) {
      let built = try BuiltVector(reading: file)
      guard let model = built.image.model, let reasons = Reasons(model) else { continue }
      let interrogation = Interrogation(built.image.bytes, built.staged, ReadForecast(model))
      for rule in Set(built.staged.filter(\.isCorruption).map(\.finding.rule))
      where !habitual.contains(rule) {
        let isOnly = reasons.isOnly(rule)
        guard isOnly || modified.contains(rule) else { continue }
        let partings = dropped(rule).compactMap { interrogation.parting(from: $0) }
        if isOnly {
          if partings.isEmpty { untold.insert(built.recipe.front.id) }
          counts[rule, default: 0] += 1
        }
        guard modified.contains(rule) else { continue }
        let isWritten = partings.contains {
          if case .check(_, _, let isWritingWrong) = $0 { isWritingWrong } else { false }
        }
        #expect(!isWritten || isOnly, "\(built.recipe.front.id): \(rule)")
      }
    }
    #expect(untold == Set(exceptions.keys))
    #expect(counts.count >= 30)
    for rule in modified { #expect(counts[rule, default: 0] >= 2, "\(rule)") }
  }
}
