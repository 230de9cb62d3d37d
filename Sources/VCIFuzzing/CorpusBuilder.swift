public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Builds the corpus from its recipes and the captured images, and verifies what is stored.
public enum CorpusBuilder {
  /// Builds the corpus in the folder at `path`; answers how many images it has.
  ///
  /// Captured images are taken from `captured`, where they lie as other programs wrote them, or
  /// else from the corpus that is there.
  ///
  /// - Throws: `CorpusError` where something cannot be read, written, or is not what it was.
  public static func build(_ path: FilePath, captured: FilePath?) throws -> Int {
    var entries = VectorRecipe.all.map { entry(of: $0) }
    let stored = captured == nil ? try Corpus(reading: path).entries : []
    for image in CapturedImage.all {
      let bytes =
        if let captured {
          try StoredFile.read(captured.appending(image.file), limit: Vector.sizeLimit)
        } else {
          stored.first { $0.vector.id == image.id }?.bytes ?? []
        }
      let vector = image.vector(of: bytes)
      guard vector.crc32 == image.crc32 else {
        throw CorpusError.otherBytes(
          path.appending(vector.file), expected: image.crc32, found: vector.crc32)
      }
      entries.append(Corpus.Entry(vector, bytes))
    }
    try StoredFile.makeFolder(path)
    try Corpus(entries).write(to: path)
    return entries.count
  }

  /// The image of a recipe, its findings forecast.
  private static func entry(of recipe: VectorRecipe) -> Corpus.Entry {
    let image = recipe.image()
    guard let forecast = image.model.flatMap({ Forecast($0) }),
      let bytes = image.bytes.materialized(limit: UInt64(Vector.sizeLimit))
    else { preconditionFailure("\(recipe.id) cannot be forecast") }
    precondition(
      forecast.findings.contains { $0.rule == recipe.rule } == recipe.isBroken,
      "\(recipe.id) is not on its side of \(recipe.rule)")
    let vector = Vector(
      area: recipe.area, id: recipe.id, title: recipe.title, rules: [recipe.rule],
      findings: forecast.findings.map { ExpectedFinding($0.rule, $0.ruleClass, at: $0.offset) },
      verdict: Verdict.first(
        of: forecast.findings.map { Verdict(of: $0.rule, $0.ruleClass) }),
      bytes: bytes, edits: recipe.edits.map(\.description))
    return Corpus.Entry(vector, bytes)
  }

  /// Says all that is wrong with the corpus at `path`: what `Corpus.verify` tells, and where a check
  /// finds otherwise than the manifest says.
  ///
  /// - Throws: `CorpusError` where there is no manifest.
  public static func verify(
    _ path: FilePath
  ) throws -> (entries: Int, differences: [String]) {
    let checker = Checker()
    return try Corpus.verify(path) { difference(in: $0, checker) }
  }

  private static func difference(in entry: Corpus.Entry, _ checker: Checker) -> String? {
    let report: Report
    do throws(StorageError) {
      report = try checker.check(MemoryStorage(entry.bytes))
    } catch {
      return "\(error)"
    }
    let found = report.findings.map {
      ExpectedFinding($0.rule, $0.ruleClass, at: $0.offset)
    }
    let missed = entry.vector.findings.filter { !found.contains($0) }
    let unexpected = found.filter { !entry.vector.findings.contains($0) }
    guard missed.isEmpty, unexpected.isEmpty, report.verdict.rawValue == entry.vector.exit else {
      return "missed \(missed), unexpected \(unexpected), "
        + "exit \(entry.vector.exit) expected, \(report.verdict.rawValue) found"
    }
    return nil
  }
}
