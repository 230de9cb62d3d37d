import Foundation
import Glibc
import Testing

@testable import VCIConformance

/// A time in millions of milliseconds.
private func time(ran: Int, waited: Int) -> ProcessorTime {
  ProcessorTime(ran: ran * 1_000_000, waited: waited * 1_000_000)
}

struct `The time of an operation` {
  private let deadline = Deadline(milliseconds: 1_000_000)
  /// What is left, in millions of milliseconds.
  private var left: Int { (deadline.millisecondsLeft + 500_000) / 1_000_000 }

  @Test
  func `is longer by what a thread waits for a processor, up to ten times`() {
    #expect(left == 1)
    // What a thread had waited before is not of this operation; the longest wait counts.
    deadline.note([7: time(ran: 40, waited: 5)])
    #expect(left == 1)
    deadline.note([7: time(ran: 40, waited: 6), 8: time(ran: 0, waited: 0)])
    #expect(left == 2)
    deadline.note([7: time(ran: 40, waited: 6), 8: time(ran: 0, waited: 3)])
    #expect(left == 4)
    #expect(deadline.failure == .timedOut(milliseconds: 1_000_000))
    deadline.note([8: time(ran: 0, waited: 99)])
    #expect(left == 10)
    #expect(deadline.failure == .starved(milliseconds: 1_000_000))
  }

  @Test
  func `is no longer by what a thread waits for others of the same program`() {
    deadline.note([7: time(ran: 0, waited: 0), 8: time(ran: 0, waited: 0)])
    deadline.note([7: time(ran: 6, waited: 4), 8: time(ran: 4, waited: 6)])
    #expect(left == 1)
    deadline.note([7: time(ran: 6, waited: 4), 8: time(ran: 4, waited: 8)])
    #expect(left == 3)
  }
}

struct `The processor time of threads` {
  @Test
  func `is that of each of them`() throws {
    let before = ProcessTable.processorTimes(of: [getpid()])
    // Whether the system tells it at all.
    try #require(!before.isEmpty)
    let thread = Thread {
      while !Thread.current.isCancelled {}
    }
    thread.start()
    defer { thread.cancel() }
    func ran() -> Int {
      let now = ProcessTable.processorTimes(of: [getpid()]).filter { before[$0.key] == nil }
      return now.values.map(\.ran).max() ?? 0
    }
    for _ in 0..<2000 where ran() < 50 { usleep(10_000) }
    #expect(ran() >= 50)
  }
}
