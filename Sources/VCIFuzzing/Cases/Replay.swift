public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// The result of running one case again.
public struct Replay: Sendable {
  /// The discrepancies of the case now.
  public let discrepancies: [Discrepancy]
  /// The case and its result as text.
  public let text: String
  private let fuzzCase: FuzzCase

  /// Runs the case in the file at `path` again.
  ///
  /// If its recipe makes another image than the stored one, the stored image is run, without a
  /// forecast.
  ///
  /// - Throws: `CorpusError` if the case or its image cannot be read.
  public init(case path: FilePath) throws { try self.init(case: path, nil) }

  /// Runs the case in the file at `path` again with programs of others.
  ///
  /// - Throws: `CorpusError` if the case or its image cannot be read, and an error of the programs.
  package init(case path: FilePath, _ programs: CampaignPrograms?) throws {
    let stored = try StoredCase(reading: path)
    let fuzzCase = stored.fuzzCase
    if let bytes = try stored.imageBytes(beside: path), !fuzzCase.holds(EditableImage(bytes)) {
      try self.init(
        FuzzCase(stored: bytes, iteration: fuzzCase.iteration).running(fuzzCase.workload),
        seed: stored.seed, target: stored.target, programs,
        note: "recipe drifted: the stored image is run, without a forecast")
    } else {
      try self.init(fuzzCase, seed: stored.seed, target: stored.target, programs)
    }
  }

  /// Runs iteration `iteration` of `seed` again.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read.
  public init(seed: UInt64, iteration: UInt64, target: Target, corpus: FilePath?) throws {
    try self.init(seed: seed, iteration: iteration, target: target, corpus: corpus, nil)
  }

  /// Runs iteration `iteration` of `seed` again with programs of others.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read, and an error of the programs.
  package init(
    seed: UInt64, iteration: UInt64, target: Target, corpus: FilePath?,
    _ programs: CampaignPrograms?
  ) throws {
    let images = try corpus.map { path in try Corpus(reading: path).entries } ?? []
    var maker = CaseMaker(seed: seed, target: target, corpus: images.map { CorpusImage($0) })
    try self.init(maker.make(iteration), seed: seed, target: target, programs)
  }

  private init(
    _ fuzzCase: FuzzCase, seed: UInt64, target: Target, _ programs: CampaignPrograms?,
    note: String? = nil
  ) throws {
    self.fuzzCase = fuzzCase
    let runner = try CaseRunner(target: target, seed: seed, programs)
    try runner.run(fuzzCase)
    discrepancies = runner.observation.discrepancies
    var lines = ["iteration \(fuzzCase.iteration) of seed \(seed): \(fuzzCase.kind)"]
    if let note { lines.append(note) }
    lines.append("base: \(fuzzCase.base)")
    lines += fuzzCase.edits.map { "edit: \($0)" }
    if let forecast = fuzzCase.forecast {
      lines += forecast.findings.map { "forecast: \($0)" }
    } else {
      lines.append("forecast: none")
    }
    lines += runner.lastFindings.map { "found: \($0)" }
    lines += (fuzzCase.workload?.lines ?? []).map { "operation: \($0)" }
    lines += discrepancies.map { "finding: \($0)" }
    if discrepancies.isEmpty { lines.append("nothing found") }
    text = lines.joined(separator: "\n") + "\n"
  }
}

extension Replay {
  /// Returns the verdict of the case's image, before any operation. The image is called `name`.
  ///
  /// - Throws: `StorageError` if the checker cannot read the image.
  public func verdict(ofImage name: String) throws -> VerdictLine {
    VerdictLine(
      try Expectations(fuzzCase.image, Checker()), image: name, title: nil,
      edits: (fuzzCase.advice + fuzzCase.edits).map(\.description))
  }
}

extension CorpusImage {
  /// The image of an entry of a corpus.
  init(_ entry: Corpus.Entry) {
    self.init(id: entry.vector.id, bytes: entry.bytes)
  }
}

extension FuzzCase {
  /// Makes a case from the bytes of its image alone.
  fileprivate init(stored bytes: [UInt8], iteration: UInt64) {
    self.init(
      iteration: iteration, base: .plan, kind: .blind, edits: [], image: EditableImage(bytes),
      isChanged: true, forecast: nil, before: RuleSet())
  }
}
