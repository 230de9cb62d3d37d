import Testing

@testable import VCIConformance

struct `Contracts without a kit` {
  @Test
  func `are those of locks`() {
    let untold = ContractTest.allCases.filter { $0.untold != nil }
    #expect(
      untold.map(\.name)
        == ["contract/lock-other-writer", "contract/lock-other-reader", "contract/lock-own"])
  }
}
