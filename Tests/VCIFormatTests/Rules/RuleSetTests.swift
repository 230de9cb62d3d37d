import Testing
import VCIFormat

struct `A set of rules` {
  @Test
  func `has what was put into it and nothing else`() {
    for rule in Rule.allCases {
      var set = RuleSet()
      #expect(set.isEmpty)
      set.insert(rule)
      set.insert(rule)
      #expect(!set.isEmpty)
      #expect(set.rules == [rule])
      #expect(Rule.allCases.filter(set.contains) == [rule])
    }
  }

  @Test
  func `gives its rules in the order of the catalogue`() {
    let set: RuleSet = [.blockOwned, .mapMagic, .fileHoldsHeader]
    #expect(set.rules == [.fileHoldsHeader, .mapMagic, .blockOwned])
    #expect(set == RuleSet(set.rules.reversed()))
  }

  @Test
  func `intersects and unites`() {
    var set: RuleSet = [.mapMagic, .mapVersion]
    #expect(set.intersects([.mapVersion, .blockOwned]))
    #expect(!set.intersects([.blockOwned]))
    #expect(!set.intersects([]))
    set.formUnion([.mapVersion, .blockOwned])
    #expect(set.rules == [.mapMagic, .mapVersion, .blockOwned])
  }
}
