internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCIFuzzing

/// Runs units of work in processes of their own, as many at a time as there are jobs.
///
/// What comes of them does not depend on the number of jobs.
struct UnitPool<Outcome: Codable> {
  /// The number of units, which are done in the order of their indices.
  let units: Int
  let jobs: Int

  /// A line of a job: what came of a unit.
  private struct Line: Codable {
    let unit: Int
    let outcome: Outcome
  }

  /// The most jobs that are started in place of others that ended early.
  private static var mostRestarts: Int { 20 }

  /// What came of all units.
  struct Results {
    /// The outcomes, by unit; `nil` of those that were not done.
    var outcomes: [Outcome?]
    /// Why jobs ended early.
    var reasons: [String] = []
  }

  /// Makes what does a unit, once in each job; it stops waiting for programs at the end of the pipe
  /// that it is given.
  typealias Maker = (FileDescriptor) throws -> (Int) throws -> Outcome

  /// Runs all units. `progress` gets the number of those that are done.
  ///
  /// - Throws: `NotStarted` if no job can be started.
  func run(
    isInterrupted: () -> Bool, progress: (Int) -> Void, _ make: @escaping Maker
  ) throws(NotStarted) -> Results {
    var results = Results(outcomes: Array(repeating: nil, count: units))
    guard units > 0 else { return results }
    var (given, done, restarts, isStopped) = (0, 0, 0, false)
    var processes: [JobProcess] = []
    var isOpen: [Bool] = []
    func give(_ index: Int) {
      guard given < units, !isStopped else { return processes[index].give(nil) }
      processes[index].give(UInt64(given)..<UInt64(given) + 1)
      given += 1
    }
    for index in 0..<min(max(1, jobs), units) {
      processes.append(try Self.start(make))
      isOpen.append(true)
      give(index)
    }
    while isOpen.contains(true) {
      Self.wait(for: zip(processes, isOpen).filter(\.1).flatMap(\.0.files))
      if !isStopped, isInterrupted() {
        isStopped = true
        results.reasons.append("interrupted")
        for index in processes.indices { processes[index].give(nil) }
      }
      for index in processes.indices where isOpen[index] {
        let ending = processes[index].ending()
        for bytes in processes[index].newLines() {
          guard let line = try? JSONDecoder().decode(Line.self, from: Data(bytes)),
            results.outcomes.indices.contains(line.unit)
          else { continue }
          results.outcomes[line.unit] = line.outcome
          done += 1
          give(index)
        }
        progress(done)
        guard let ending else { continue }
        processes[index].close()
        isOpen[index] = false
        guard !ending.isSuccess else { continue }
        results.reasons.append(processes[index].reason(ending))
        guard !isStopped, given < units, restarts < Self.mostRestarts else { continue }
        restarts += 1
        processes[index] = try Self.start(make)
        isOpen[index] = true
        give(index)
      }
    }
    return results
  }

  private static func wait(for files: [FileDescriptor]) {
    var polled = files.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
    _ = unsafe poll(&polled, nfds_t(polled.count), 50)
  }

  private static func start(_ make: @escaping Maker) throws(NotStarted) -> JobProcess {
    do throws(Errno) {
      return try JobProcess { ranges, messages in
        Orphans.adopt()
        defer { Orphans.end() }
        let work = try make(ranges)
        while let range = try JobLink.range(from: ranges) {
          let unit = Int(range.lowerBound)
          let outcome = try work(unit)
          // What came while the run was interrupted says nothing.
          guard !hasEnded(ranges) else { return }
          let line = try JSONEncoder().encode(Line(unit: unit, outcome: outcome))
          try messages.writeAll(line + [UInt8(ascii: "\n")])
        }
      }
    } catch {
      throw NotStarted("no job can be started: \(error)")
    }
  }

  /// Whether the pipe from the run ended. While a unit is at work nothing else comes.
  private static func hasEnded(_ units: FileDescriptor) -> Bool {
    var polled = pollfd(fd: units.rawValue, events: 0, revents: 0)
    return unsafe poll(&polled, 1, 0) > 0
  }
}
