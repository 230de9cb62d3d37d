internal import PropertyEngine
public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators

/// One stored case, minimized and stored beside it.
public struct Minimization: Sendable {
  /// How large a case is.
  public struct Measure: Hashable, Sendable {
    /// Its edits.
    public let edits: Int
    /// Its operations.
    public let operations: Int
    /// The bytes of its image.
    public let bytes: UInt64

    init(_ fuzzCase: FuzzCase) {
      (edits, bytes) = (fuzzCase.edits.count, fuzzCase.image.bytes.size)
      operations = fuzzCase.workload?.operations.count ?? 0
    }
  }

  /// How large the plan of the minimized case is, without edits.
  public struct Plan: Hashable, Sendable {
    /// The blocks of the cache.
    public let blocks: UInt64
    /// The bytes of the file.
    public let bytes: UInt64
    /// The nodes; `nil` where the image of the corpus that stands for a plan has no tree.
    public let nodes: Int?
    /// The extents; `nil` where the image of the corpus that stands for a plan has no tree.
    public let extents: Int?
  }

  /// How far it is.
  public struct Progress: Sendable {
    /// The attempts so far.
    public let attempts: Int
    /// The attempts at most.
    public let limit: Int
  }

  /// What is kept: kind and rule of the finding; where the minimized case has a forecast and the
  /// case had none, the rule alone.
  public let key: String
  /// How large the case was.
  public let before: Measure
  /// How large it is now.
  public let after: Measure
  /// What it stands on.
  public let plan: Plan
  /// The edits that are left, in words.
  public let edits: [String]
  /// The operations that are left, in words.
  public let operations: [String]
  /// What is found in the minimized case: kind, rule, and what was expected and came.
  public let findings: [String]
  /// The cases that were tried.
  public let attempts: Int
  /// Whether nothing more could be left out or lowered, rather than that attempts ran out or it was
  /// interrupted.
  public let isFinished: Bool
  /// The file of the minimized case.
  public let path: FilePath

  /// Minimizes the case in the file at `path`, and stores what comes of it in `folder`; in the
  /// case's own where that is `nil`.
  ///
  /// The case itself is kept. Where `isInterrupted` says so, the smallest case so far is stored. A
  /// case that ends the process that runs it is run in processes of `tool`, in `workplace`, a new
  /// folder.
  ///
  /// - Throws: `CorpusError` where a file cannot be read or written; `MinimizationFailure`.
  public init(
    case path: FilePath, corpus: FilePath?, into folder: FilePath?, attempts limit: Int? = nil,
    tool: FilePath, workplace: @escaping () throws -> FilePath,
    isInterrupted: @escaping () -> Bool, progress: @escaping (Progress) -> Void
  ) throws {
    let limit = limit ?? Minimizer.attempts
    let effort = ShrinkEffort(limit: limit) { spent in
      progress(Progress(attempts: spent, limit: limit))
      return isInterrupted()
    }
    var made: FilePath?
    defer { made.map(CaseProcess.removeFolder) }
    try self.init(
      case: path, corpus: try Replay.images(corpus), into: folder, effort: effort
    ) { origin in
      guard origin.isDeadly else { return Self.judging(origin) }
      let folder = try workplace()
      made = folder
      let process = CaseProcess(
        tool: tool, corpus: origin.needsCorpus ? corpus : nil, workplace: folder)
      return Self.judging(origin, in: process)
    }
  }

  /// The same with `effort`, and with the judge that `judging` makes for the case.
  init(
    case path: FilePath, corpus: [CorpusImage], into folder: FilePath?, effort: ShrinkEffort,
    judging: (FailingCase) throws -> (FuzzCase) -> [Discrepancy]
  ) throws {
    let origin = try FailingCase(reading: path, corpus)
    let found = try judging(origin)
    let unshrunk = origin.base.edited(by: origin.edits).under(origin.workload)
    let key = try Self.key(of: found(unshrunk), storedAs: origin.findings)
    // What is found without a forecast is called by another name where there is one.
    let rule = unshrunk.forecast == nil ? found(unshrunk).first { $0.key == key }?.rule : nil
    func isAlike(_ discrepancy: Discrepancy, in fuzzCase: FuzzCase) -> Bool {
      discrepancy.key == key
        || fuzzCase.forecast != nil && rule != nil && discrepancy.rule == rule
    }
    var minimizer = Minimizer(
      origin.base, edits: origin.edits, workload: origin.workload, effort: effort
    ) { fuzzCase in found(fuzzCase).contains { isAlike($0, in: fuzzCase) } }
    minimizer.run()
    let best = minimizer.best
    let discrepancies = found(best)
    self.key = discrepancies.first { isAlike($0, in: best) }?.key ?? key
    before = Measure(unshrunk)
    after = Measure(best)
    plan = try Self.plan(of: minimizer.base)
    edits = best.edits.map(\.description)
    operations = best.workload?.lines ?? []
    findings = discrepancies.map { "\($0.key): \($0.detail)" }
    attempts = effort.spent
    isFinished = effort.isLeft
    self.path = try Self.store(
      best, of: origin, discrepancies, in: folder ?? path.removingLastComponent())
  }

  private static func judging(_ origin: FailingCase) -> (FuzzCase) -> [Discrepancy] {
    let judge = Judge(target: origin.target, seed: origin.seed)
    return { fuzzCase in
      // The image is in memory: there is no storage that could fail.
      (try? judge.judge(fuzzCase)) == nil ? [] : judge.observation.discrepancies
    }
  }

  private static func judging(
    _ origin: FailingCase, in process: CaseProcess
  ) -> (FuzzCase) -> [Discrepancy] {
    { fuzzCase in
      var minimized = MinimizedCase(fuzzCase, of: origin, named: "case", [])
      minimized.image = nil
      // A case that cannot be written does not fail: what was found so far is kept.
      return [try? process.death(of: minimized)].compactMap { $0 ?? nil }
    }
  }

  /// The first stored finding that is found again, or the first of what is found.
  private static func key(
    of discrepancies: [Discrepancy], storedAs findings: [Artifact.Finding]
  ) throws(MinimizationFailure) -> String {
    let keys = discrepancies.map(\.key)
    let stored = findings.map {
      [$0.kind.rawValue, $0.rule].compactMap(\.self).joined(separator: " ")
    }
    guard let key = stored.first(where: { keys.contains($0) }) ?? keys.first else {
      throw .passes
    }
    return key
  }

  private static func plan(of fuzzCase: FuzzCase) throws -> Plan {
    let report = try Checker().check(SparseImage(fuzzCase.image.bytes))
    return Plan(
      blocks: report.header?.blocks.rawValue ?? 0, bytes: report.byteCount,
      nodes: report.tree.map { $0.internalNodes + $0.leaves }, extents: report.tree?.extents)
  }

  /// Stores the case under a name that nothing else has; where the same case is stored already,
  /// that is left as it is.
  private static func store(
    _ best: FuzzCase, of origin: FailingCase, _ discrepancies: [Discrepancy], in folder: FilePath
  ) throws(CorpusError) -> FilePath {
    let stem = origin.path.stem ?? "case"
    let first = stem.hasSuffix(suffix) ? stem : stem + suffix
    var number = 1
    while true {
      let name = number == 1 ? first : "\(first)-\(number)"
      let path = folder.appending(name + ".json")
      let minimized = MinimizedCase(best, of: origin, named: name, discrepancies)
      guard FileIdentity(at: path) != nil else {
        return try minimized.write(best.image.bytes, to: folder, named: name)
      }
      if (try? MinimizedCase(ifStoredAt: path)) == minimized { return path }
      number += 1
    }
  }

  private static let suffix = "-minimized"
}
