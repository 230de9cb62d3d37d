public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators

extension CorpusBuilder {
  /// Returns the number of entries and all differences in the corpus at `path`.
  ///
  /// Differences are: a file without a line of the manifest, a line without a file, an image that
  /// differs from that of its recipe, wrong front matter, and a check or a read whose result is not
  /// the expected one. `progress` is called with the number of images done and their total number.
  ///
  /// - Throws: `CorpusError` if there is no manifest.
  public static func verify(
    _ path: FilePath, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> (entries: Int, differences: [String]) {
    let stored = try Corpus.verify(path)
    let vectors = try Corpus.manifest(in: path)
    let checker = checker()
    let recipes = vectors.map { path.appending($0.recipe) }
    let compared = compare(recipes, progress: progress) { index, built in
      differences(vectors[index], built, checker)
    }
    return (compared.entries, stored + compared.differences)
  }

  /// Returns the number of recipes, and the result of `differences` for each recipe and its index,
  /// with the name of the file. A recipe that cannot be read is a difference.
  static func compare(
    _ recipes: [FilePath], progress: (Int, Int) -> Void,
    _ differences: (Int, BuiltVector) -> [String]
  ) -> (entries: Int, differences: [String]) {
    var found: [String] = []
    for (index, file) in recipes.enumerated() {
      progress(index, recipes.count)
      do throws(CorpusError) {
        let built = try BuiltVector(reading: file)
        found += differences(index, built).map { "\(FileName(file)): \($0)" }
      } catch {
        found.append("\(error)")
      }
    }
    return (recipes.count, found)
  }

  private static func difference(_ stored: Vector, _ built: Vector) -> [String] {
    if stored == built { return [] }
    let isSame = stored.size == built.size && stored.crc32 == built.crc32
    return [
      isSame
        ? "the manifest's line is not what the recipe says"
        : "\(stored.size) bytes of CRC-32 \(stored.crc32) in the manifest, "
          + "\(built.size) of \(built.crc32) made"
    ]
  }

  /// Returns the differences between a line of the manifest, its recipe, and the results of checker
  /// and reference.
  private static func differences(
    _ stored: Vector, _ built: BuiltVector, _ checker: Checker
  ) -> [String] {
    let described: VectorDescription
    do throws(StorageError) {
      described = try VectorDescription(built, checker)
    } catch {
      return ["\(error)"]
    }
    let report = described.report
    let found = report.findings.map { ForecastFinding($0.rule, $0.ruleClass, at: $0.offset) }
    let expected = built.recipe.front.findings
    var differences = described.flaws + difference(stored, described.vector)
    differences += expected.filter { !found.contains($0) }.map { "not found: \($0)" }
    differences += found.filter { !expected.contains($0) }.map { "found: \($0)" }
    if report.verdict != built.recipe.front.verdict {
      differences.append("a check ends with \(report.verdict.rawValue)")
    }
    let run = BehaviourRun(built)
    return differences + run.differences() + run.otherRules()
  }
}
