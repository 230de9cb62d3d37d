internal import FoundationEssentials
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension StoredCase {
  /// Reads the case at `path`.
  ///
  /// - Throws: `CorpusError` if the file is no case, or a case of another version.
  init(reading path: FilePath) throws(CorpusError) {
    let text = try RecipeFile.text(path) { bytes, other in
      other == .json ? Self.earlier(bytes) : other.description
    }
    do throws(RecipeError) {
      try self.init(parsing: text)
    } catch {
      throw .recipe(path, line: error.line, error.reason)
    }
  }

  /// Parses the text of a case.
  ///
  /// - Throws: `RecipeError` for the first wrong line.
  init(parsing text: String) throws(RecipeError) {
    guard let lines = CaseLines(text) else {
      throw RecipeError(line: 0, "it is no case of vcifuzz: it has no line case: \(Self.schema)")
    }
    let schema = try lines.number("case")
    guard schema == Self.schema else {
      throw RecipeError(
        line: lines.line("case"), "a case of schema \(schema); this version reads \(Self.schema)")
    }
    let recipe = try Recipe(parsing: lines.recipe)
    let base = try Self.base(of: recipe, lines, iteration: try lines.number("iteration"))
    let advice = try lines.number("advice", usually: 0)
    guard advice <= UInt64(recipe.edits.count) else {
      throw RecipeError(line: lines.line("advice"), "it has \(recipe.edits.count) edits")
    }
    let origin = try lines.text("origin")
    var fuzzCase = base.edited(by: recipe.edits)
    fuzzCase.kind = try lines.value("kind") { word in
      FuzzCase.Kind.allCases.first { "\($0)" == word }
    }
    fuzzCase.advice = Array(recipe.edits.prefix(Int(advice)))
    fuzzCase.edits = Array(recipe.edits.dropFirst(Int(advice)))
    fuzzCase.workload = try lines.workload()
    let advised = base.edited(by: fuzzCase.advice)
    if origin == nil, advised.image.bytes == fuzzCase.image.bytes {
      // If blind edits have no effect, the forecast stays known.
      (fuzzCase.isChanged, fuzzCase.forecast) = (false, advised.forecast)
    }
    let size = try lines.number("image", usually: .max)
    if size != .max, recipe.front.crc32 == nil {
      throw RecipeError(line: lines.line("image"), "the image has no crc32:")
    }
    self.init(
      origin: origin, seed: try lines.number("seed"),
      target: try lines.value("target") { Target(rawValue: $0) },
      corpusDigest: try lines.text("corpus") ?? "",
      discrepancies: try lines.values("discrepancy") { Discrepancy(parsing: $0) },
      fuzzCase: fuzzCase,
      image: size == .max ? nil : recipe.front.crc32.map { Image(size: size, crc32: $0) })
  }

  /// Returns the case of the recipe's image before all edits.
  private static func base(
    of recipe: Recipe, _ lines: CaseLines, iteration: UInt64
  ) throws(RecipeError) -> FuzzCase {
    let word = try lines.value("base") { $0 }
    let line = lines.line("base")
    if let created = CreatedImage(parsing: word) {
      guard recipe.base == .plan(created.imagePlan), recipe.contents.isEmpty else {
        throw RecipeError(line: line, "its plan is not that of the created cache")
      }
      return FuzzCase(created, iteration: iteration)
    }
    if word == "\(FuzzCase.Base.plan)" {
      guard let plan = recipe.plan, recipe.contents.isEmpty else {
        throw RecipeError(line: line, "it has no plan, or contents beside it")
      }
      return FuzzCase(plan: plan, iteration: iteration)
    }
    let image = Recipe(base: recipe.base, contents: recipe.contents).image()
    guard recipe.plan == nil, let bytes = image.bytes.materialized(limit: imageLimit) else {
      throw RecipeError(line: line, "a base with a plan, or of more than \(imageLimit) bytes")
    }
    return FuzzCase(CorpusImage(id: word, bytes: bytes), iteration: iteration)
  }

  /// Returns the error message for a case of an earlier version, which was JSON.
  private static func earlier(_ bytes: [UInt8]) -> String {
    let values =
      bytes.count > earlierLimit
      ? nil : try? JSONDecoder().decode([String: EarlierValue].self, from: Data(bytes))
    let words = ["seed", "iteration"].map { values?[$0]?.number.map { "\($0)" } }
    let options = zip(["--seed", "--iteration"], words).map { "\($0) \($1 ?? "N")" }
    return "it is JSON, as cases of earlier versions are: run its iteration again, "
      + "vcifuzz replay \(options.joined(separator: " "))"
  }

  /// The largest case of an earlier version that is decoded, in bytes.
  private static let earlierLimit = 16 << 20

  /// A value of a JSON object. It has a number if the value is a 64-bit number or its digits.
  private struct EarlierValue: Decodable {
    let number: UInt64?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let digits = try? container.decode(String.self)
      number = digits.map { UInt64($0) } ?? (try? container.decode(UInt64.self))
    }
  }
}
