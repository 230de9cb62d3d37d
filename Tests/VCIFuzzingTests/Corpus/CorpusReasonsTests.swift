@testable import VCIFuzzing
import SystemPackage
import Testing
import VCICorpus
import VCIFormat
import VCIGenerators

/// The rules of which no image has them as the only reason to be refused; `LoneBreakageTests` tells
/// why.
private let impossible: RuleSet = [.fileHoldsHeader, .headerBlocks]

/// The rules that are the only reason in some image of the corpus, with the names of the images.
private let lone: [Rule: [String]] = {
  var names: [Rule: [String]] = [:]
  for file in (try? CorpusBuilder.recipes(in: package.appending("Corpus"))) ?? [] {
    guard let built = try? BuiltVector(reading: file),
      let reasons = built.image.model.flatMap({ Reasons($0) })
    else { continue }
    for rule in Set(built.recipe.front.findings.map(\.rule)) where reasons.isOnly(rule) {
      names[rule, default: []].append(built.recipe.front.id)
    }
  }
  return names
}()

struct `The corpus, rule by rule` {
  @Test(arguments: Rule.allCases.filter { $0.ruleClass(dirty: false) == .corruption })
  func `has an image that is refused for one reason`(_ rule: Rule) {
    let names = lone[rule, default: []]
    #expect(names.isEmpty == impossible.contains(rule), "\(rule): \(names)")
  }

  @Test(arguments: [
    Rule.nodeType, .nodeEntriesFirst, .nodeEntriesWhole, .childInRange, .dataInFile, .entryOrder,
    .childWithinEntry, .extentOrder, .extentInRange, .extentFlags, .rootInRange, .mapInRange,
    .mapApartFromRoot, .mapBlocksFit, .nodeApart,
  ])
  func `has at least two of the rules that can be broken at several depths or ends`(_ rule: Rule) {
    #expect(lone[rule, default: []].count >= 2, "\(lone[rule, default: []])")
  }
}
