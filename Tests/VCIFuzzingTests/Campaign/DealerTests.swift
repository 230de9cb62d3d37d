@testable import VCIFuzzing
import Testing
import VCIFormat

struct `A dealer` {
  @Test
  func `deals each iteration once, in groups of 64`() {
    var dealer = Dealer(end: 150)
    #expect(dealer.deal() == 0..<64)
    #expect(dealer.deal() == 64..<128)
    #expect(!dealer.isExhausted)
    #expect(dealer.deal() == 128..<150)
    #expect(dealer.deal() == nil)
    #expect(dealer.isExhausted)
    #expect(dealer.done(without: []) == [0...149])
  }

  @Test(arguments: [Target.all, .check, .ops])
  func `deals groups that have as many operations as any other`(target: Target) {
    var dealer = Dealer(end: 640)
    var maker = CaseMaker(seed: 1, target: target, corpus: [])
    var counts: Set<Int> = []
    while let group = dealer.deal() {
      // After some workloads a sector is damaged, in place of a comparison.
      let cases = group.map { maker.make($0) }
      counts.insert(cases.count { $0.workload != nil || [.stale, .misdirected].contains($0.kind) })
    }
    #expect(counts == [[.all: 16, .check: 0, .ops: 64][target] ?? -1])
  }

  @Test
  func `deals what was given back first, the lowest before others`() {
    var dealer = Dealer(end: 200)
    for _ in 0..<3 { _ = dealer.deal() }
    dealer.takeBack(130..<192)
    dealer.takeBack(10..<64)
    dealer.takeBack(70..<70)
    #expect(dealer.done(without: []) == [0...9, 64...129])
    #expect(dealer.deal() == 10..<64)
    #expect(dealer.deal() == 130..<192)
    #expect(dealer.deal() == 192..<200)
    #expect(dealer.done(without: [0..<64, 100..<128, 199..<200]) == [64...99, 128...198])
  }

  @Test
  func `deals nothing new once it is closed`() {
    var dealer = Dealer(end: 1000)
    _ = dealer.deal()
    dealer.close()
    dealer.takeBack(60..<64)
    #expect(dealer.deal() == 60..<64)
    #expect(dealer.deal() == nil)
    #expect(!dealer.isExhausted)
    #expect(dealer.done(without: []) == [0...63])
  }

  @Test
  func `has done nothing before it deals`() {
    #expect(Dealer(end: 5).done(without: []) == [])
    #expect(Dealer(end: 0).isExhausted)
  }
}

struct `A shelf of findings` {
  private func found(
    _ iteration: UInt64, _ kinds: DiscrepancyKind..., number: Int = 1, isNew: Bool = true
  ) -> FoundCase {
    FoundCase(
      iteration: iteration,
      discrepancies: kinds.map { Discrepancy($0, nil, "\(iteration)") },
      storing: .stored(CaseFiles(number: number, isNew: isNew)))
  }

  @Test
  func `keeps the first eight of a kind, in whatever order they come`() {
    var shelf = DiscrepancyShelf()
    var dropped: [UInt64] = []
    for iteration in [9, 3, 12, 1, 7, 5, 11, 2, 4, 10, 8, 6] as [UInt64] {
      dropped += shelf.put(found(iteration, .missed)).map(\.iteration)
    }
    #expect(shelf.discrepancies.map(\.case.iteration) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(dropped == [12, 11, 10, 9])
  }

  @Test
  func `keeps a case as long as one of its findings is kept`() {
    var shelf = DiscrepancyShelf()
    #expect(shelf.put(found(100, .missed, .stuck)).isEmpty)
    for iteration in 0..<8 as Range<UInt64> {
      #expect(shelf.put(found(iteration, .missed)).isEmpty)
    }
    #expect(shelf.discrepancies.map(\.case.iteration) == [0, 1, 2, 3, 4, 5, 6, 7, 100])
    #expect(shelf.discrepancies.last?.discrepancy.kind == .stuck)
  }

  @Test
  func `drops no file that was there before`() {
    var shelf = DiscrepancyShelf()
    for iteration in 0..<8 as Range<UInt64> { _ = shelf.put(found(iteration, .missed)) }
    #expect(shelf.put(found(8, .missed, isNew: false)).isEmpty)
    #expect(shelf.put(found(9, .missed)).map(\.iteration) == [9])
  }

  @Test
  func `has each iteration once, and remembers who made its files`() {
    var shelf = DiscrepancyShelf()
    _ = shelf.put(found(5, .missed))
    #expect(shelf.put(found(5, .missed, isNew: false)).isEmpty)
    #expect(shelf.discrepancies.map(\.case.storing) == [.stored(CaseFiles(number: 1, isNew: true))])
    let dropped = shelf.put(found(5, .trapped, number: 2))
    #expect(dropped.map(\.number) == [1])
    #expect(shelf.discrepancies.map(\.discrepancy.kind) == [.trapped])
  }

  @Test
  func `is told of what a job need not store`() {
    var log = FirstDiscrepancies()
    let missed = [Discrepancy(.missed, nil, "")]
    // Iterations that another job gave back may be lower than those before.
    let iterations: [UInt64] = [10, 11, 12, 13, 14, 15, 16, 17, 18, 3, 17]
    let isAmong = iterations.map { log.isAmongFirst($0, missed) }
    #expect(isAmong == [true, true, true, true, true, true, true, true, false, true, false])
    let isOther = log.isAmongFirst(18, missed + [Discrepancy(.missed, .treeDepth, "")])
    #expect(isOther)
  }
}
