internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// A stored case that failed, made again to be minimized.
struct FailingCase {
  /// Its file.
  let path: FilePath
  /// The file of the case that a campaign stored: its own, unless it was minimized before.
  let origin: String
  let seed: UInt64
  let target: Target
  let corpusDigest: String
  /// What it is made from, without edits.
  let base: FuzzCase
  /// Its edits.
  let edits: [Edit]
  /// What is done to the image; `nil` where it is only looked at.
  let workload: Workload?
  /// What was found in it when it was stored.
  let findings: [Artifact.Finding]

  /// Reads the case at `path`, of either form, and makes it again.
  ///
  /// - Throws: `CorpusError` where it cannot be read; `MinimizationFailure`.
  init(reading path: FilePath, _ corpus: [CorpusImage]) throws {
    self.path = path
    if let minimized = try MinimizedCase(ifStoredAt: path) {
      guard let recipe = try minimized.recipe(at: path, corpus) else {
        throw MinimizationFailure.notRemade
      }
      (seed, target) = (minimized.seed, minimized.target)
      (corpusDigest, origin) = (minimized.corpusDigest, minimized.origin)
      (base, edits) = recipe
      workload = try Artifact.workload(of: minimized.operations, at: path)
      findings = minimized.findings
      try Self.compare(base.edited(by: edits), with: minimized.image)
    } else {
      let artifact = try Artifact(reading: path)
      guard let remade = try artifact.remade(at: path, corpus) else {
        throw MinimizationFailure.notRemade
      }
      guard let base = remade.base(corpus) else { throw MinimizationFailure.notRemade }
      (seed, target) = (artifact.seed, artifact.target)
      (corpusDigest, origin) = (artifact.corpusDigest, path.lastComponent?.string ?? "")
      self.base = base
      // A base may have edits of its own; they are as good as any to be left out.
      edits = remade.advice + remade.edits
      workload = remade.workload
      findings = artifact.findings
      try Self.compare(remade, with: artifact.image)
    }
  }

  /// Whether it is made from an image of the corpus.
  var needsCorpus: Bool {
    if case .corpus = base.base { true } else { false }
  }

  /// Whether it ended the process that ran it, or did not come back.
  var isDeadly: Bool { findings.contains { [.trapped, .stuck].contains($0.kind) } }

  private static func compare(_ remade: FuzzCase, with image: Artifact.Image?) throws {
    guard let image else { return }
    let bytes = remade.image.bytes.materialized(limit: Artifact.imageLimit)
    guard bytes.map({ Vector.checksum(of: $0) }) == image.crc32 else {
      throw MinimizationFailure.drifted
    }
  }
}

extension FuzzCase {
  /// What the case is made from, without edits; `nil` where that is an image that `corpus` doesn't
  /// have.
  func base(_ corpus: [CorpusImage]) -> FuzzCase? {
    switch base {
    case .plan: plan.map { FuzzCase(plan: $0, iteration: iteration) }
    case .created(let created): FuzzCase(created, iteration: iteration)
    case .corpus(let id):
      corpus.first { $0.id == id }.map { FuzzCase($0, iteration: iteration) }
    }
  }
}

/// Why a case cannot be minimized.
public enum MinimizationFailure: Error, Hashable, Sendable {
  /// Nothing is found in it any more.
  case passes
  /// Its choices need an image of another corpus.
  case notRemade
  /// Its choices make another image than the stored one.
  case drifted
}

extension MinimizationFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .passes: "the case does not fail any more: nothing is found in it"
    case .notRemade: "the case cannot be made again: its choices need another corpus"
    case .drifted:
      "the case cannot be made again: today its choices make another image than the stored one"
    }
  }
}
