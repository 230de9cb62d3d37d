import Testing
import VCIFormat

struct `The faults that can be planted` {
  /// The rules whose violations the faults of `side` silence.
  private func rules(_ side: String) throws -> Set<Rule> {
    Set(
      try Fault.allCases.map(\.rawValue).filter { $0.hasPrefix(side + "VCI-") }.map { name in
        let parts = name.split(separator: "/")
        return try #require(Rule(id: String(parts[1])), "\(name) is about no rule")
      })
  }

  @Test
  func `are in checker or reference, and those that silence a place are about a rule`() throws {
    let checker = try rules("checker/")
    let reference = try rules("reference/")
    #expect(checker == Set(Rule.allCases))
    #expect(
      reference
        == Set(
          Rule.allCases.filter { $0.stage(in: .cycle) <= .touch || $0.stage(in: .root) <= .touch }))
    let sides = Set(Fault.allCases.map { $0.rawValue.prefix { $0 != "/" } })
    #expect(sides == ["checker", "reference"])
  }

  #if !VCI_FAULTS
    @Test
    func `are never planted in an ordinary build`() {
      #expect(Fault.allCases.filter(\.isPlanted).isEmpty)
    }
  #endif
}
