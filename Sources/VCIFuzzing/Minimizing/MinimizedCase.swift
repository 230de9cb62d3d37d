internal import FoundationEssentials
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// A minimized case, as a file: plan and edits in the words of a recipe, what was found in it, and
/// beside it the image.
struct MinimizedCase: Codable, Hashable, Sendable {
  /// What tells this form from that of a case which a campaign stored.
  static let form = "minimized"
  /// The version of this form.
  static let schema = 4
  /// The versions that are read: in 3, seed and iteration are numbers.
  static let schemas = 3...schema

  var form = Self.form
  var schema = Self.schema
  /// The file of the case that was minimized.
  let origin: String
  @ExactNumber var seed: UInt64
  @ExactNumber var iteration: UInt64
  let target: Target
  /// The corpus that was drawn from.
  let corpusDigest: String
  /// `plan`, `created` with size and type, or the name of the image of the corpus.
  let base: String
  /// The lines of the plan in a recipe; `nil` where something else stands for one.
  let plan: [String]?
  /// The edits, as `Edit` describes them.
  let edits: [String]
  /// What is done to the image, as `CacheOperation` describes it; `nil` where it is only looked at.
  let operations: [String]?
  let forecast: [String]?
  let findings: [Artifact.Finding]
  var image: Artifact.Image?
}

extension MinimizedCase {
  /// The file form of `fuzzCase`; `name` is that of its files, without their endings.
  init(
    _ fuzzCase: FuzzCase, of origin: FailingCase, named name: String, _ discrepancies: [Discrepancy]
  ) {
    self.origin = origin.origin
    seed = origin.seed
    iteration = fuzzCase.iteration
    target = origin.target
    corpusDigest = origin.corpusDigest
    base = "\(fuzzCase.base)"
    operations = fuzzCase.workload?.lines
    plan = fuzzCase.plan.map { plan in
      Recipe(base: .plan(plan)).description.split(separator: "\n").map { String($0) }
    }
    edits = fuzzCase.edits.map(\.description)
    forecast = fuzzCase.forecast?.findings.map(\.description)
    findings = discrepancies.map {
      Artifact.Finding(kind: $0.kind, rule: $0.rule?.id, detail: $0.detail)
    }
    image = fuzzCase.image.bytes.materialized(limit: Artifact.imageLimit).map { bytes in
      Artifact.Image(
        file: name + ".vci.z", size: bytes.count, crc32: Vector.checksum(of: bytes))
    }
  }

  private struct Form: Decodable {
    let form: String?
    let schema: Int?
  }

  /// Reads the case at `path`; `nil` where the file is there and of another form.
  ///
  /// - Throws: `CorpusError` where there is none, or one of another schema.
  init?(ifStoredAt path: FilePath) throws(CorpusError) {
    let data = Data(try StoredFile.read(path, limit: 16 << 20))
    let decoder = JSONDecoder()
    guard let found = try? decoder.decode(Form.self, from: data), found.form == Self.form else {
      return nil
    }
    guard found.schema.map(Self.schemas.contains) ?? true else {
      throw .file(
        path,
        "a minimized case of schema \(found.schema ?? 0); this version reads 3 and \(Self.schema)")
    }
    do {
      self = try decoder.decode(Self.self, from: data)
    } catch {
      throw .file(path, "it is not a minimized case of vcifuzz: \(WrongJSON.reason(of: error))")
    }
  }

  /// Writes the case and its image into `folder`, `name` being that of its files; answers the
  /// case's path.
  ///
  /// - Throws: `CorpusError.file`.
  func write(
    _ image: SparseBytes, to folder: FilePath, named name: String
  ) throws(CorpusError) -> FilePath {
    try StoredFile.makeFolder(folder)
    if let stored = self.image, let bytes = image.materialized(limit: Artifact.imageLimit) {
      try StoredFile.write(Zlib.deflated(bytes), to: folder.appending(stored.file))
    }
    let path = folder.appending(name + ".json")
    try StoredFile.write(Artifact.encoded(self), to: path)
    return path
  }
}

extension MinimizedCase {
  /// The base of the case and its edits; `nil` where they need an image that `corpus` doesn't
  /// have.
  ///
  /// - Throws: `CorpusError.file` where plan or edits are none.
  func recipe(
    at path: FilePath, _ corpus: [CorpusImage]
  ) throws(CorpusError) -> (base: FuzzCase, edits: [Edit])? {
    let edits = edits.compactMap { try? Edit(parsing: $0) }
    guard edits.count == self.edits.count else {
      throw .file(path, "its edits cannot be read")
    }
    guard edits.count <= Recipe.editLimit, edits.count(where: { $0 == .refit }) <= Recipe.refitLimit
    else { throw .file(path, "more edits than a recipe may have") }
    guard let lines = self.plan else {
      if case .created(let created) = FuzzCase.Base(parsing: base) {
        return (FuzzCase(created, iteration: iteration), edits)
      }
      return corpus.first { $0.id == base }.map {
        (FuzzCase($0, iteration: iteration), edits)
      }
    }
    let recipe: Recipe
    do throws(RecipeError) {
      recipe = try Recipe(parsing: lines.joined(separator: "\n"))
    } catch {
      throw .file(path, "its plan cannot be read: \(error)")
    }
    guard let plan = recipe.plan else { throw .file(path, "its plan is none") }
    return (FuzzCase(plan: plan, iteration: iteration), edits)
  }
}

extension Replay {
  /// Runs a minimized case again.
  init(_ minimized: MinimizedCase, at path: FilePath, images: [CorpusImage]) throws {
    let stored = try minimized.image.map { image in
      try Self.stored(image, at: path.removingLastComponent().appending(image.file))
    }
    let recipe = try minimized.recipe(at: path, images)
    let workload = try Artifact.workload(of: minimized.operations, at: path)
    let remade = recipe.map { $0.base.edited(by: $0.edits).under(workload) }
    if let remade, stored.map({ remade.image.bytes.materialized(limit: .max) == $0 }) ?? true {
      try self.init(remade, seed: minimized.seed, target: minimized.target, note: nil)
    } else if let stored {
      try self.init(
        FuzzCase(stored: stored, iteration: minimized.iteration).under(workload),
        seed: minimized.seed, target: minimized.target,
        note: "recipe drifted: the stored image is run, without a forecast")
    } else {
      throw CorpusError.file(path, "it needs another corpus, and no image is stored")
    }
  }
}
