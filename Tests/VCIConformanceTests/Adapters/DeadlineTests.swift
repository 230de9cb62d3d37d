import Testing

@testable import VCIConformance

struct `The time of an operation` {
  @Test
  func `is longer by what the program waits for a processor, up to ten times`() {
    let deadline = Deadline(milliseconds: 1_000_000)
    func left() -> Int { (deadline.millisecondsLeft + 500_000) / 1_000_000 }
    #expect(left() == 1)
    // What a process had waited before is not of this operation; the longest wait counts.
    deadline.note(waits: [7: 5_000_000])
    #expect(left() == 1)
    deadline.note(waits: [7: 6_000_000, 8: 100])
    #expect(left() == 2)
    deadline.note(waits: [7: 6_000_000, 8: 3_000_100])
    #expect(left() == 4)
    #expect(deadline.failure == .timedOut(milliseconds: 1_000_000))
    deadline.note(waits: [8: 99_000_000])
    #expect(left() == 10)
    #expect(deadline.failure == .starved(milliseconds: 1_000_000))
  }
}
