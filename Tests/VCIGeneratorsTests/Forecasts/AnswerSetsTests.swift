import Testing
import VCIFormat
import VCIGenerators

/// The answer sets of an image with these findings.
private func answers(
  _ findings: [(Rule, RuleClass, Stage)], hasRoom: Bool = true
) -> AnswerSets {
  AnswerSets(
    findings.map { StagedFinding(ForecastFinding($0.0, $0.1, at: 0), $0.2) },
    hasRoom: { hasRoom })
}

struct `The answer sets of an image` {
  @Test
  func `VCI-RD-002 VCI-RD-005 allow nothing but an open if there is no corruption`() {
    let sets = answers([
      (.headerReservedZero, .advice, .check), (.lruLinks, .summary, .check),
      (.blockOwned, .leak, .check),
    ])
    #expect(sets.refusedByProbe.isEmpty)
    #expect(sets.openForReading == OpenAnswers([.taken]))
    #expect(sets.openForWriting == OpenAnswers([.taken]))
    #expect(sets.corruptions.isEmpty)
    #expect(!sets.allowsRefusals)
  }

  @Test
  func `VCI-RD-001 VCI-RD-002 demand a refusal for corruptions up to stage open`() {
    let probe = answers([(.headerVersion, .corruption, .probe)])
    #expect(probe.refusedByProbe == [.headerVersion])
    #expect(probe.openForReading == OpenAnswers([.refused], [.headerVersion]))
    let open = answers([
      (.nodeType, .corruption, .open), (.headerReservedZero, .advice, .check),
    ])
    #expect(open.refusedByProbe.isEmpty)
    #expect(open.openForReading == OpenAnswers([.refused], [.nodeType]))
    #expect(open.openForWriting == OpenAnswers([.refused], [.nodeType]))
  }

  @Test
  func `VCI-RD-002 VCI-RD-004 allow a refusal for later corruptions`() {
    let touch = answers([(.nodeType, .corruption, .touch)], hasRoom: false)
    #expect(touch.openForReading == OpenAnswers([.taken, .refused], [.nodeType]))
    #expect(touch.openForWriting == OpenAnswers([.refused], [.nodeType]))
    #expect(!touch.allowsRefusals)
    let modify = answers([(.nodeApart, .corruption, .modify), (.nodeType, .corruption, .touch)])
    #expect(modify.openForReading.rules == [.nodeApart, .nodeType])
    #expect(modify.corruptions == [.nodeApart, .nodeType])
    #expect(modify.allowsRefusals)
  }

  @Test
  func `VCI-RD-003 allow a writer to rebuild the map or refuse`() {
    #expect(
      answers([(.extentAllocated, .corruption, .modify), (.mapFreeCount, .summary, .check)])
        .openForWriting == OpenAnswers([.taken, .refused], [.extentAllocated, .mapFreeCount]))
    #expect(
      answers([(.cleanShutdown, .dirty, .check), (.lruList, .summary, .check)]).openForWriting
        == OpenAnswers([.taken, .refused], [.cleanShutdown]))
    #expect(
      answers([(.extentAllocated, .corruption, .modify), (.nodeApart, .corruption, .modify)])
        .openForWriting == OpenAnswers([.refused], [.nodeApart, .extentAllocated]))
  }

  @Test
  func `VCI-RD-003 allow no-room where there is none`() {
    #expect(answers([], hasRoom: false).openForWriting == OpenAnswers([.taken, .noRoom]))
    #expect(
      answers([(.cleanShutdown, .dirty, .check)], hasRoom: false).openForWriting
        == OpenAnswers([.taken, .refused, .noRoom], [.cleanShutdown]))
  }
}
