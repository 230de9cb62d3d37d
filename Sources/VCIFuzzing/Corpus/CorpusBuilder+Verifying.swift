public import SystemPackage
internal import VCIChecker
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

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
    var differences = try Corpus.verify(path)
    let vectors = try Corpus.manifest(in: path)
    // The budget is large enough for all findings, since all of them are compared.
    let checker = Checker(budget: 1 << 16)
    for (index, vector) in vectors.enumerated() {
      progress(index, vectors.count)
      let file = path.appending(vector.recipe)
      do throws(CorpusError) {
        let built = try BuiltVector(reading: file)
        let found =
          built.flaws + difference(vector, built.vector) + (try self.differences(built, checker))
        differences += found.map { "\(FileName(file)): \($0)" }
      } catch {
        differences.append("\(error)")
      }
    }
    return (vectors.count, differences)
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

  /// Returns the differences between the recipe and the results of checker and reference.
  private static func differences(
    _ built: BuiltVector, _ checker: Checker
  ) throws(CorpusError) -> [String] {
    let source = SparseImage(built.image.bytes)
    let report: Report
    do throws(StorageError) {
      report = try checker.check(source)
    } catch {
      return ["\(error)"]
    }
    let found = report.findings.map { ForecastFinding($0.rule, $0.ruleClass, at: $0.offset) }
    let expected = built.recipe.front.findings
    var differences = expected.filter { !found.contains($0) }.map { "not found: \($0)" }
    differences += found.filter { !expected.contains($0) }.map { "found: \($0)" }
    if report.verdict != built.recipe.front.verdict {
      differences.append("a check ends with \(report.verdict.rawValue)")
    }
    return differences + readDifferences(built, source)
  }

  private static func readDifferences(
    _ built: BuiltVector, _ source: SparseImage
  ) -> [String] {
    let image: CacheImage
    do throws(ImageError) {
      image = try CacheImage.open(source, purpose: .reading)
    } catch {
      return built.opens ? ["the open is refused: \(error)"] : []
    }
    guard built.opens else { return ["the open is not refused"] }
    return zip(built.recipe.front.reads, built.vector.reads).compactMap { read, expected in
      guard read.count.rawValue <= readLimit else { return nil }
      let answer = ExpectedRead(of: image, at: read.block, count: read.count)
      guard answer != expected else { return nil }
      return "the read \(read) is answered " + (answer.map { "\($0)" } ?? "without a rule")
    }
  }

  /// The largest read that is compared, in blocks.
  static let readLimit: UInt64 = 4096
}
