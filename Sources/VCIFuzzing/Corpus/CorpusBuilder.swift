public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// Builds the corpus from its recipes, and verifies a stored corpus.
public enum CorpusBuilder {
  /// Builds the corpus in the folder at `path` from its recipes. Returns the number of recipes.
  ///
  /// A stored image that already has the right bytes is not written again. `progress` is called
  /// with the number of recipes done and their total number.
  ///
  /// - Throws: `CorpusError` if a recipe cannot be read or has a flaw; then nothing is written.
  public static func build(
    _ path: FilePath, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> Int {
    var entries: [Corpus.Entry] = []
    var unstored: [Vector] = []
    var names: Set<String> = []
    let recipes = try recipes(in: path)
    let checker = checker()
    for (index, file) in recipes.enumerated() {
      progress(index, recipes.count)
      let built = try BuiltVector(reading: file)
      let described = try VectorDescription(built, checker)
      if let flaw = described.flaws.first { throw CorpusError.recipe(file, line: 0, flaw) }
      let vector = described.vector
      guard names.insert(vector.id).inserted else {
        throw CorpusError.recipe(file, line: 0, "a second \(vector.id)")
      }
      if vector.stored, let bytes = built.image.bytes.materialized(limit: vector.size) {
        entries.append(Corpus.Entry(vector, bytes))
      } else {
        unstored.append(vector)
      }
    }
    let corpus = Corpus(entries, unstored: unstored)
    try corpus.write(to: path)
    return names.count
  }

  /// Returns a checker whose budget is large enough for all findings: all of them are compared.
  static func checker() -> Checker { Checker(budget: 1 << 16) }

  /// Returns the paths of the recipes of the corpus at `path`, sorted.
  static func recipes(in path: FilePath) throws(CorpusError) -> [FilePath] {
    try StoredFile.ownFiles(in: path).filter { $0.string.hasSuffix(".vcir") }
  }
}
