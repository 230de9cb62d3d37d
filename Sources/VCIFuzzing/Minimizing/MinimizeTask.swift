internal import PropertyEngine
public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Minimizes one stored case, and stores the result.
public struct MinimizeTask {
  /// The progress of a task.
  public struct Progress: Sendable {
    /// The number of attempts so far.
    public let attempts: Int
    /// The largest number of attempts.
    public let limit: Int
  }

  private let path: FilePath
  private let folder: FilePath
  private let effort: ShrinkEffort
  private let discrepancies: (StoredCase) throws -> (FuzzCase) -> [Discrepancy]

  /// Makes a task for the case in the file at `path`. The minimized case is stored in `folder`, or
  /// beside the case if that is `nil`.
  ///
  /// At most `limit` cases are tried. After `isInterrupted` returns `true`, the smallest case so
  /// far is the result.
  public init(
    case path: FilePath, into folder: FilePath? = nil, attempts limit: Int,
    isInterrupted: @escaping () -> Bool, progress: @escaping (Progress) -> Void
  ) {
    self.init(
      case: path, into: folder, attempts: limit, nil, isInterrupted: isInterrupted,
      progress: progress)
  }

  /// Makes a task that runs the cases with programs of others.
  package init(
    case path: FilePath, into folder: FilePath? = nil, attempts limit: Int,
    _ programs: CampaignPrograms?,
    isInterrupted: @escaping () -> Bool, progress: @escaping (Progress) -> Void
  ) {
    let effort = ShrinkEffort(limit: limit) { spent in
      progress(Progress(attempts: spent, limit: limit))
      return isInterrupted()
    }
    self.init(case: path, into: folder, effort: effort) { origin in
      guard let programs else { return Self.discrepancies(origin) }
      return try Self.discrepancies(origin, programs)
    }
  }

  /// Makes a task with `effort`. For a stored case, `discrepancies` returns a function that runs a
  /// similar case and returns its discrepancies.
  init(
    case path: FilePath, into folder: FilePath? = nil, effort: ShrinkEffort,
    _ discrepancies: @escaping (StoredCase) throws -> (FuzzCase) -> [Discrepancy]
  ) {
    self.path = path
    self.folder = folder ?? path.removingLastComponent()
    self.effort = effort
    self.discrepancies = discrepancies
  }

  /// Minimizes the case and stores the minimized one. The original case is kept.
  ///
  /// If the stored case trapped or was stuck, every case is run in a process forked from this one,
  /// which must have one thread.
  ///
  /// - Throws: `CorpusError` if a file cannot be read or written; `MinimizationFailure` if the case
  ///   cannot be minimized.
  public func run() throws -> Minimization {
    let origin = try StoredCase(reading: path)
    guard origin.image == nil || origin.image == origin.restored.image else {
      throw MinimizationFailure.drifted
    }
    let edits = origin.fuzzCase.advice + origin.fuzzCase.edits
    let start = origin.fuzzCase.unedited.edited(by: edits).running(origin.fuzzCase.workload)
    let found = try discrepancies(origin)
    let aim = try Aim(found(start), of: origin, start)
    var minimizer = Minimizer(
      origin.fuzzCase.unedited, edits: edits, workload: start.workload, effort: effort
    ) { fuzzCase in found(fuzzCase).contains { aim.isMet(by: $0, in: fuzzCase) } }
    minimizer.run()
    let best = minimizer.best
    let left = found(best)
    return Minimization(
      key: left.first { aim.isMet(by: $0, in: best) }?.key ?? aim.key,
      before: Minimization.Measure(start), after: Minimization.Measure(best),
      plan: try Self.plan(of: minimizer.base), edits: best.edits.map(\.description),
      operations: best.workload?.lines ?? [], findings: left.map(\.description),
      attempts: effort.spent, isFinished: effort.isLeft, path: try store(best, of: origin, left))
  }

  /// Returns a function that runs a case like `origin`, and returns its discrepancies. If `origin`
  /// trapped or was stuck, the function runs each case in a process of its own.
  private static func discrepancies(_ origin: StoredCase) -> (FuzzCase) -> [Discrepancy] {
    let comparer = CaseComparer(target: origin.target, seed: origin.seed)
    guard origin.isDeadly else {
      return { fuzzCase in
        // The image is in memory, so the storage cannot fail.
        (try? comparer.compare(fuzzCase)) == nil ? [] : comparer.observation.discrepancies
      }
    }
    return { fuzzCase in
      // If no process can be started, the case counts as one that does not fail, so the result so
      // far is kept.
      let death = try? CaseProcess.death { try comparer.compare(fuzzCase) }
      return [death ?? nil].compactMap(\.self)
    }
  }

  /// Returns a function that runs a case like `origin` with programs of others, and returns its
  /// discrepancies.
  ///
  /// - Throws: an error of the programs.
  private static func discrepancies(
    _ origin: StoredCase, _ programs: CampaignPrograms
  ) throws -> (FuzzCase) -> [Discrepancy] {
    let runner = try CaseRunner(target: origin.target, seed: origin.seed, programs)
    return { fuzzCase in
      (try? runner.run(fuzzCase)) == nil ? [] : runner.observation.discrepancies
    }
  }

  private static func plan(of fuzzCase: FuzzCase) throws -> Minimization.Plan {
    let report = try Checker().check(SparseImage(fuzzCase.image.bytes))
    return Minimization.Plan(
      blocks: report.header?.blocks.rawValue ?? 0, bytes: report.byteCount,
      nodes: report.tree.map { $0.internalNodes + $0.leaves }, extents: report.tree?.extents)
  }

  /// Stores the case under a name that no other file has. Returns its path. Files with the same
  /// bytes are not written again.
  private func store(
    _ best: FuzzCase, of origin: StoredCase, _ discrepancies: [Discrepancy]
  ) throws(CorpusError) -> FilePath {
    let stem = path.stem ?? "case"
    let name = stem.hasSuffix(Self.suffix) ? stem : stem + Self.suffix
    let (stored, image) = StoredCase.make(
      best, seed: origin.seed, target: origin.target, corpusDigest: origin.corpusDigest,
      discrepancies, origin: origin.origin ?? path.lastComponent?.string ?? "")
    let place = CasePlace(folder)
    let files = try place.store(stored, image, as: name)
    return place.path(name, files.number, StoredCase.ending)
  }

  private static let suffix = "-minimized"
}

/// The discrepancy that a minimized case must still have: the first stored one that occurs when the
/// case is run again, or else the first one that occurs.
private struct Aim {
  let key: String
  /// The rule, if the original case has no forecast. With a forecast the same finding has another
  /// kind, so the rule decides.
  let rule: Rule?

  init(
    _ found: [Discrepancy], of origin: StoredCase, _ start: FuzzCase
  ) throws(MinimizationFailure) {
    let known = origin.discrepancies.map(\.key)
    let keys = found.map(\.key)
    guard let key = known.first(where: keys.contains) ?? keys.first else { throw .passes }
    self.key = key
    rule = start.forecast == nil ? found.first { $0.key == key }?.rule : nil
  }

  func isMet(by discrepancy: Discrepancy, in fuzzCase: FuzzCase) -> Bool {
    discrepancy.key == key
      || fuzzCase.forecast != nil && rule != nil && discrepancy.rule == rule
  }
}

extension StoredCase {
  /// The case as this version would store it.
  fileprivate var restored: StoredCase {
    Self.make(
      fuzzCase, seed: seed, target: target, corpusDigest: corpusDigest, discrepancies
    ).stored
  }
}

/// The reason why a case cannot be minimized.
public enum MinimizationFailure: Error, Hashable, Sendable {
  /// The case no longer has a discrepancy.
  case passes
  /// The recipe of the case makes another image than the stored one.
  case drifted
}

extension MinimizationFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .passes: "the case does not fail any more: nothing is found in it"
    case .drifted:
      "the case cannot be made again: today its recipe makes another image than the stored one"
    }
  }
}
