internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCIFuzzing

/// The jobs of a crash campaign, and what they have told so far.
struct CrashCrew {
  private struct Place {
    var process: JobProcess?
    /// The cases that it has and has not told of.
    var rest: Range<UInt64> = 0..<0
    /// The number of looks since it was dealt cases or told of one.
    var looks = 0
    var isStuck = false
  }

  private let campaign: CrashCampaign
  private var places: [Place]
  private var next: UInt64 = 0
  /// Cases that a job left behind when it died.
  private var returned: [Range<UInt64>] = []
  private var sums: [String: CrashCounts] = [:]
  private var distinct: Set<UInt64> = []
  private var findings: [(number: UInt64, finding: CrashOutcome.Finding)] = []
  private var done: UInt64 = 0
  private var isStopped = false
  /// The number of looks since the campaign was interrupted.
  private var looksSinceStop = 0
  private var restarts = 0

  /// The crew looks after its jobs every 100 ms. Of an interrupted campaign they are ended after 50
  /// looks (five seconds).
  static let look = Duration.milliseconds(100)
  private static let grace = 50
  /// Cases are dealt by so many.
  private static let group: UInt64 = 4
  /// The most digests that are kept; more states are not known to differ.
  private static let mostDigests = 1 << 25
  /// The most jobs that are started in place of others that died.
  private static let mostRestarts = 50

  init(_ campaign: CrashCampaign) {
    self.campaign = campaign
    places = Array(repeating: Place(), count: campaign.jobs)
  }

  var isAtWork: Bool { places.contains { $0.process != nil } }

  mutating func start() throws {
    for index in places.indices {
      try startProcess(index)
      deal(index)
    }
  }

  /// Deals no more; jobs end after the case that they are at, or are ended after `grace` looks.
  mutating func stop() {
    looksSinceStop += 1
    guard !isStopped else {
      if looksSinceStop > Self.grace { places.forEach { Self.end($0.process) } }
      return
    }
    isStopped = true
    for index in places.indices { places[index].process?.give(nil) }
  }

  /// Ends each job that has told nothing of its case for too long.
  mutating func lookAfterJobs() {
    for index in places.indices where !places[index].rest.isEmpty {
      places[index].looks += 1
      guard places[index].looks > Int(campaign.patience / Self.look) else { continue }
      places[index].isStuck = true
      Self.end(places[index].process)
    }
  }

  private static func end(_ process: JobProcess?) {
    if let process { kill(process.id, SIGKILL) }
  }

  /// Waits until a job has told something, for at most 100 ms.
  func wait() {
    var files = places.compactMap(\.process).flatMap(\.files).map {
      pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0)
    }
    _ = unsafe poll(&files, nfds_t(files.count), 100)
  }

  /// Takes what jobs have told, and attends to those that have ended.
  mutating func attend() throws {
    for index in places.indices {
      guard let ending = places[index].process.map({ $0.ending() }) else { continue }
      for line in places[index].process?.newLines() ?? [] {
        guard let line = try? JSONDecoder().decode(CrashLine.self, from: Data(line)) else {
          continue
        }
        take(line)
        places[index].looks = 0
        places[index].rest = line.number + 1..<places[index].rest.upperBound
        if places[index].rest.isEmpty { deal(index) }
      }
      guard let ending else { continue }
      let reason = places[index].process?.reason(ending) ?? ""
      places[index].process?.close()
      places[index].process = nil
      try replace(index, ending, reason)
    }
  }

  /// Starts a job in place of one that ended amid its cases.
  private mutating func replace(
    _ index: Int, _ ending: JobProcess.Ending, _ reason: String
  ) throws {
    let (rest, isStuck) = (places[index].rest, places[index].isStuck)
    places[index] = Place()
    guard !ending.isSuccess, !rest.isEmpty, !isStopped else { return }
    if isStuck {
      noteDeath(in: rest.lowerBound, CrashFlaw(.stuck, "it does not come back"))
    } else if ending.isOwnFault {
      noteDeath(in: rest.lowerBound, CrashFlaw(.trapped, reason))
    }
    // A case whose job somebody else ended is run again.
    let left = isStuck || ending.isOwnFault ? rest.dropFirst() : rest
    if !left.isEmpty { returned.append(left) }
    guard restarts < Self.mostRestarts else { return }
    restarts += 1
    try startProcess(index)
    deal(index)
  }

  private mutating func startProcess(_ index: Int) throws {
    let campaign = campaign
    places[index].process = try JobProcess { ranges, messages in
      try campaign.work(ranges, messages)
    }
  }

  private mutating func deal(_ index: Int) {
    guard !isStopped else { return }
    if !returned.isEmpty {
      places[index].rest = returned.removeFirst()
    } else if next < campaign.count {
      let end = min(campaign.count, next + Self.group)
      places[index].rest = next..<end
      next = end
    } else {
      places[index].process?.give(nil)
      return
    }
    let cases = places[index].rest
    places[index].looks = 0
    places[index].process?.give(cases)
  }

  private mutating func take(_ line: CrashLine) {
    done += 1
    sums[name(of: line.number), default: CrashCounts()] += line.counts
    for finding in line.findings { findings.append((line.number, finding)) }
    line.forEachDigest { digest in
      if distinct.count < Self.mostDigests { distinct.insert(digest) }
    }
  }

  /// Counts a case that ended its job as one with a finding.
  private mutating func noteDeath(in number: UInt64, _ flaw: CrashFlaw) {
    done += 1
    var counts = CrashCounts()
    counts.findings = 1
    sums[name(of: number), default: CrashCounts()] += counts
    let sequence =
      switch campaign.crashCase(number) {
      case .sequence(let sequence), .whole(let sequence): sequence.description
      case .iteration(_, let iteration): "iteration \(iteration)"
      }
    findings.append(
      (
        number,
        CrashOutcome.Finding(
          flaw: flaw, sequence: sequence, state: "in some state")
      ))
  }

  /// The name of the row of the report in which a case counts.
  private func name(of number: UInt64) -> String {
    switch campaign.crashCase(number) {
    case .sequence(let sequence), .whole(let sequence): sequence.image.rawValue
    case .iteration: CrashReport.drawn
    }
  }

  var progress: CrashCampaign.Progress {
    let sum = sums.values.reduce(into: CrashCounts()) { $0 += $1 }
    return CrashCampaign.Progress(
      done: done, total: campaign.count, tried: sum.tried, findings: sum.findings)
  }

  /// The report about the cases that are done.
  var report: CrashReport {
    let names = CrashImage.allCases.map(\.rawValue) + [CrashReport.drawn]
    let sorted = findings.enumerated().sorted {
      ($0.element.number, $0.offset) < ($1.element.number, $1.offset)
    }
    return CrashReport(
      campaign, rows: names.compactMap { name in sums[name].map { (name, $0) } },
      distinct: UInt64(distinct.count), findings: sorted.map(\.element.finding),
      ending: done == campaign.count ? .complete : isStopped ? .interrupted : .givenUp)
  }
}
