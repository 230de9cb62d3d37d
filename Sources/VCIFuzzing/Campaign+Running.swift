internal import Glibc
internal import Subprocess
public import SystemPackage
internal import VCICorpus
public import VCIFormat

/// What a running campaign tells of itself, now and then; never part of its report.
public struct CampaignProgress: Sendable {
  /// Iterations done so far.
  public let done: UInt64
  /// Iterations asked for.
  public let total: UInt64
  /// Findings so far.
  public let findings: UInt64
}

/// What a process of a campaign is started for.
public enum JobPurpose: Sendable {
  /// To run a lane.
  case run(lane: Int)
  /// To store the case of an iteration in which a job died.
  case store(iteration: UInt64, kind: DiscrepancyKind, detail: String)
}

extension Campaign {
  /// Runs the campaign: its jobs are processes of `tool`, started with `arguments`.
  ///
  /// A job that dies is a finding; another takes its lane, one iteration further. `heading` is told
  /// before anything is run, `progress` about twice a second. Where `isInterrupted` says so, the
  /// jobs end their iterations, and the report covers what was done.
  ///
  /// - Throws: `CorpusError`, `StorageError`, `JobFailure`.
  public func run(
    tool: FilePath, arguments: @escaping @Sendable (JobPurpose) -> [FileName],
    replay: @escaping @Sendable (UInt64) -> String, isInterrupted: @escaping @Sendable () -> Bool,
    heading: (String) -> Void, progress: @escaping @Sendable (CampaignProgress) -> Void
  ) async throws -> CampaignReport {
    defer { Self.removeFolder(workplace) }
    let corpus = try readCorpus()
    heading(
      CampaignReport.heading(
        seed: seed, iterations: iterations, target: target, corpusImages: corpus.images.count,
        corpusDigest: corpus.digest))
    try StoredFile.makeFolder(drafts)
    let watch = Watch(
      board: try JobBoard(at: board, lanes: jobs, creating: true), campaign: self)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for lane in 0..<jobs {
        group.addTask {
          try await run(lane: lane, watch, tool: tool, arguments: arguments)
          return true
        }
      }
      group.addTask {
        await watch.watch(isInterrupted: isInterrupted, progress: progress)
        return false
      }
      var open = jobs
      while open > 0, let wasJob = try await group.next() { open -= wasJob ? 1 : 0 }
      group.cancelAll()
    }
    return try report(
      watch.tally(), corpus: (corpus.images.count, corpus.digest), replay: replay,
      isInterrupted: watch.wasStopped)
  }

  /// Runs a lane to its end, with as many processes as it takes.
  private func run(
    lane: Int, _ watch: Watch, tool: FilePath,
    arguments: @Sendable (JobPurpose) -> [FileName]
  ) async throws {
    while true {
      let ended = try await start(tool, arguments(.run(lane: lane))) {
        watch.started(lane, process: $0)
      }
      let wasStuck = watch.ended(lane)
      guard !ended.isSuccess else { return }
      guard let iteration = watch.current(of: lane) else {
        throw JobFailure(reason: ended.reason)
      }
      let purpose = JobPurpose.store(
        iteration: iteration, kind: wasStuck ? .stuck : .trapped, detail: ended.reason)
      // Where even making the case kills a process, the iteration stays uncounted and the campaign
      // cannot go on: the fault is the generator's.
      let stored = try await start(tool, arguments(purpose)) { _ in }
      guard stored.isSuccess else {
        throw JobFailure(reason: "iteration \(iteration) cannot be made: \(stored.reason)")
      }
      watch.skip(iteration, in: lane)
    }
  }

  private func start(
    _ tool: FilePath, _ arguments: [FileName], started: @Sendable (Int32) -> Void
  ) async throws -> (isSuccess: Bool, reason: String) {
    let ended = try await Subprocess.run(
      .path(tool), arguments: Arguments(arguments.map { $0.bytes + [0] }),
      environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]), input: .none,
      output: .discarded, error: .string(limit: 1 << 16)
    ) { execution in
      started(execution.processIdentifier.value)
    }
    return (
      ended.terminationStatus.isSuccess,
      Self.reason(ended.standardError, ended.terminationStatus)
    )
  }

  /// The line in which a dying process says why, or else how it ended.
  private static func reason(_ output: String?, _ status: TerminationStatus) -> String {
    let lines = (output ?? "").split(separator: "\n")
    let fatal = lines.first { $0.contains("Fatal error") || $0.contains("ERROR: ") }
    // A path in front of the message differs from machine to machine.
    let text = fatal.map { line in
      line.split(separator: "/").last.map(String.init) ?? String(line)
    }
    return [text, "\(status)"].compactMap(\.self).joined(separator: "; ")
  }

  static func removeFolder(_ path: FilePath) {
    for file in (try? StoredFile.files(in: path)) ?? [] { StoredFile.remove(file) }
    for folder in [path.appending("cases"), path] {
      _ = unsafe folder.withPlatformString { unsafe rmdir($0) }
    }
  }
}

/// A job that could not go on, for a reason that lies in no iteration.
public struct JobFailure: Error, CustomStringConvertible {
  let reason: String
  public var description: String { "a job failed: \(reason)" }
}
