internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCIFuzzing

/// A campaign of crashes: all sequences of the catalogue, then iterations that are drawn.
package struct CrashCampaign: Sendable {
  package let catalogue: CrashCatalogue
  package let longest: Int
  package let iterations: UInt64
  package let seed: UInt64
  package let jobs: Int
  package let isPruning: Bool
  /// How long a job may tell nothing of the case that it runs.
  package let patience: Duration
  /// The only case, if a single one is run.
  private let alone: CrashCase?

  /// Makes a campaign of all sequences of at most `longest` operations, none if it is negative, and
  /// of `iterations`.
  package init(
    longest: Int, iterations: UInt64, seed: UInt64, jobs: Int, isPruning: Bool,
    patience: Duration = defaultPatience
  ) {
    catalogue = CrashCatalogue(upTo: longest)
    self.longest = longest
    self.iterations = iterations
    self.seed = seed
    self.jobs = jobs
    self.isPruning = isPruning
    self.patience = patience
    alone = nil
  }

  /// Makes a campaign of one case.
  package init(
    of alone: CrashCase, seed: UInt64, isPruning: Bool, patience: Duration = defaultPatience
  ) {
    catalogue = CrashCatalogue(upTo: -1)
    longest = 0
    iterations = 0
    self.seed = seed
    jobs = 1
    self.isPruning = isPruning
    self.patience = patience
    self.alone = alone
  }

  /// The longest case takes some seconds.
  package static let defaultPatience = Duration.seconds(300)

  /// The number of cases.
  package var count: UInt64 { alone == nil ? UInt64(catalogue.count) + iterations : 1 }

  /// Returns the case with this number.
  package func crashCase(_ number: UInt64) -> CrashCase {
    if let alone { return alone }
    return number < UInt64(catalogue.count)
      ? .sequence(catalogue[Int(number)])
      : .iteration(seed: seed, number - UInt64(catalogue.count))
  }

  /// The progress of a campaign.
  package struct Progress: Sendable {
    package let done: UInt64
    package let total: UInt64
    package let tried: UInt64
    package let findings: UInt64
  }

  /// Runs all cases in jobs that are forked from this process, which must have one thread. After
  /// `isInterrupted` returns `true`, jobs end the cases that they are at, or are ended after five
  /// seconds, and the report is about the cases that are done.
  ///
  /// - Throws: `JobFailure` if no job can be started.
  package func run(
    isInterrupted: () -> Bool, progress: (Progress) -> Void
  ) throws -> CrashReport {
    _ = signal(SIGCHLD, SIG_DFL)
    _ = signal(SIGPIPE, SIG_IGN)
    var crew = CrashCrew(self)
    try crew.start()
    var last = ContinuousClock.now
    while crew.isAtWork {
      crew.wait()
      try crew.attend()
      guard ContinuousClock.now - last >= CrashCrew.look else { continue }
      last = ContinuousClock.now
      if isInterrupted() { crew.stop() }
      crew.lookAfterJobs()
      progress(crew.progress)
    }
    return crew.report
  }

  /// Runs the cases that `ranges` gives, and writes a line for each. Ends before the next case once
  /// the other end of `ranges` is closed.
  func work(_ ranges: FileDescriptor, _ messages: FileDescriptor) throws {
    while let range = try JobLink.range(from: ranges) {
      for number in range where !Self.isClosed(ranges) {
        let line = CrashLine(number, crashCase(number).run(isPruning: isPruning))
        try messages.writeAll(try JSONEncoder().encode(line) + [UInt8(ascii: "\n")])
      }
    }
  }
}

extension CrashCampaign {
  /// Whether the other end of a pipe is closed.
  private static func isClosed(_ pipe: FileDescriptor) -> Bool {
    var request = pollfd(fd: pipe.rawValue, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, 0) > 0 && request.revents & Int16(POLLHUP) != 0
  }
}

/// What a job tells of a case: a line of JSON.
struct CrashLine: Codable {
  let number: UInt64
  let counts: CrashCounts
  let findings: [CrashOutcome.Finding]
  /// The digests, 16 hexadecimal digits each.
  let digests: String

  init(_ number: UInt64, _ outcome: CrashOutcome) {
    self.number = number
    counts = outcome.counts
    findings = outcome.findings
    var text: [UInt8] = []
    text.reserveCapacity(outcome.digests.count * 16)
    for digest in outcome.digests {
      for place in 0..<16 as Range<UInt64> {
        let digit = UInt8(truncatingIfNeeded: digest >> (60 - place * 4)) & 15
        text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
    digests = String(decoding: text, as: UTF8.self)
  }

  /// Calls `body` with each digest.
  func forEachDigest(_ body: (UInt64) -> Void) {
    var digest: UInt64 = 0
    var count = 0
    for byte in digests.utf8 {
      let digit =
        byte < UInt8(ascii: "a") ? byte - UInt8(ascii: "0") : byte - UInt8(ascii: "a") + 10
      digest = digest << 4 | UInt64(digit)
      count += 1
      if count % 16 == 0 { body(digest) }
    }
  }
}
