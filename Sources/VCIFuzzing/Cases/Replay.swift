public import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// One case, run again.
public struct Replay: Sendable {
  /// What is wrong with it now; empty where nothing is.
  public let discrepancies: [Discrepancy]
  /// What it is and what came of it, for a person.
  public let text: String

  /// Runs the case in the file at `path` again.
  ///
  /// Where its choices make another image today, the stored image is run, without a forecast.
  ///
  /// - Throws: `CorpusError` where the case, its image or the corpus cannot be read.
  public init(case path: FilePath, corpus: FilePath?) throws {
    if let minimized = try MinimizedCase(ifStoredAt: path) {
      try self.init(minimized, at: path, images: try Self.images(corpus))
      return
    }
    let artifact = try Artifact(reading: path)
    let images = try Self.images(corpus)
    let remade = try artifact.remade(at: path, images)
    let workload = try Artifact.workload(of: artifact.operations, at: path)
    let stored = try artifact.image.map { image in
      let file = path.removingLastComponent().appending(image.file)
      return try Self.stored(image, at: file)
    }
    if let remade, stored.map({ remade.image.bytes.materialized(limit: .max) == $0 }) ?? true {
      try self.init(remade, seed: artifact.seed, target: artifact.target, note: nil)
    } else if let stored {
      try self.init(
        FuzzCase(stored: stored, iteration: artifact.iteration).under(workload),
        seed: artifact.seed, target: artifact.target,
        note: "recipe drifted: the stored image is run, without a forecast")
    } else {
      throw CorpusError.file(path, "its choices need another corpus, and no image is stored")
    }
  }

  /// Runs iteration `iteration` of `seed` again.
  ///
  /// - Throws: `CorpusError` where the corpus cannot be read.
  public init(seed: UInt64, iteration: UInt64, target: Target, corpus: FilePath?) throws {
    var maker = CaseMaker(seed: seed, target: target, corpus: try Self.images(corpus))
    try self.init(maker.make(iteration), seed: seed, target: target, note: nil)
  }

  init(
    _ fuzzCase: FuzzCase, seed: UInt64, target: Target, note: String?
  ) throws(StorageError) {
    let judge = Judge(target: target, seed: seed)
    try judge.judge(fuzzCase)
    discrepancies = judge.observation.discrepancies
    var lines = ["iteration \(fuzzCase.iteration) of seed \(seed): \(fuzzCase.kind)"]
    if let note { lines.append(note) }
    lines.append("base: \(fuzzCase.base)")
    lines += fuzzCase.edits.map { "edit: \($0)" }
    if let forecast = fuzzCase.forecast {
      lines += forecast.findings.map { "forecast: \($0)" }
    } else {
      lines.append("forecast: none")
    }
    lines += judge.lastFindings.map { "found: \($0)" }
    lines += (fuzzCase.workload?.lines ?? []).map { "operation: \($0)" }
    lines += discrepancies.map { "finding: \($0.key): \($0.detail)" }
    if discrepancies.isEmpty { lines.append("nothing found") }
    text = lines.joined(separator: "\n") + "\n"
  }

  static func images(_ corpus: FilePath?) throws(CorpusError) -> [CorpusImage] {
    guard let corpus else { return [] }
    return try Corpus(reading: corpus).entries.map {
      CorpusImage(id: $0.vector.id, bytes: $0.bytes)
    }
  }

  static func stored(
    _ image: Artifact.Image, at path: FilePath
  ) throws(CorpusError) -> [UInt8] {
    guard image.size >= 0, image.size <= Int(Artifact.imageLimit) else {
      throw .tooLarge(path, limit: Int(Artifact.imageLimit))
    }
    let stream = try StoredFile.read(path, limit: 2 * Int(Artifact.imageLimit))
    let bytes: [UInt8]
    do throws(Zlib.Failure) {
      bytes = try Zlib.inflated(stream, count: image.size)
    } catch {
      throw .stream(path, error)
    }
    let found = Vector.checksum(of: bytes)
    guard found == image.crc32 else {
      throw .otherBytes(path, expected: image.crc32, found: found)
    }
    return bytes
  }
}

extension Artifact {
  /// The case, made again; `nil` where it needs an image that `corpus` doesn't have.
  ///
  /// - Throws: `CorpusError.file` where the file at `path`, its own, holds no choices or operations.
  func remade(at path: FilePath, _ corpus: [CorpusImage]) throws(CorpusError) -> FuzzCase? {
    guard let baseChoices = Self.choices(in: baseChoices),
      let editChoices = Self.choices(in: editChoices)
    else { throw .file(path, "its choices are no numbers") }
    let workload = try Self.workload(of: operations, at: path)
    return CaseMaker.remake(
      iteration: iteration, base: FuzzCase.Base(parsing: base), baseChoices: baseChoices,
      editChoices: editChoices, corpus: corpus)?.under(workload)
  }

  /// The workload of the lines of a case.
  ///
  /// - Throws: `CorpusError.file` where a line is no operation.
  static func workload(
    of lines: [String]?, at path: FilePath
  ) throws(CorpusError) -> Workload? {
    guard let lines else { return nil }
    guard let workload = Workload(parsing: lines) else {
      throw .file(path, "its operations cannot be read")
    }
    return workload
  }
}

extension FuzzCase {
  /// A case of which only the bytes are known.
  init(stored bytes: [UInt8], iteration: UInt64) {
    self.init(
      iteration: iteration, base: .plan, kind: .blind, edits: [], baseChoices: [],
      editChoices: [], image: EditableImage(bytes), isChanged: true, forecast: nil,
      before: RuleSet())
  }
}
