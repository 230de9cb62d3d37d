internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// The image that a recipe of the corpus makes, and its line of the manifest.
struct BuiltVector {
  let recipe: Recipe
  let image: EditableImage
  /// The line of the manifest.
  let vector: Vector
  /// The reasons why the recipe is not fit for the corpus.
  let flaws: [String]

  /// Builds the recipe of the file at `path`, whose folder is its area.
  ///
  /// - Throws: `CorpusError` if the recipe cannot be read.
  init(reading path: FilePath) throws(CorpusError) {
    let area = path.removingLastComponent().lastComponent?.string ?? ""
    self.init(try RecipeFile.read(path), area: area, name: path.stem ?? "")
  }

  /// Builds a recipe whose file has the name `name`.
  init(_ recipe: Recipe, area: String, name: String) {
    self.recipe = recipe
    let front = recipe.front
    let built = recipe.image()
    image = built
    let crc32 = Self.crc32(of: built.bytes)
    var flaws = Self.flaws(of: front, name: name, crc32)
    if let forecast = built.model.flatMap({ Forecast($0) }) {
      flaws += Self.differences(front.findings, forecast.findings)
    }
    flaws += Self.flaws(ofReads: recipe, built.bytes)
    self.flaws = flaws
    vector = Vector(
      area: area, id: front.id, title: front.title, rules: front.rules, faults: front.faults,
      findings: front.findings.map { ExpectedFinding($0.rule, $0.ruleClass, at: $0.offset) },
      verdict: front.verdict ?? .incomplete,
      reads: front.reads.map { Self.expected($0, built.bytes) }, size: built.bytes.size,
      crc32: crc32, edits: recipe.edits.map(\.description),
      provenance: front.provenance.map {
        Vector.Provenance(tool: $0.tool, version: $0.version, how: $0.how)
      })
  }

  private static func crc32(of bytes: SparseBytes) -> UInt32 {
    do throws(StorageError) {
      return try StoredFile.crc32(of: SparseImage(bytes))
    } catch {
      preconditionFailure("an image in memory fails: \(error)")
    }
  }

  private static func flaws(
    of front: RecipeFront, name: String, _ crc32: UInt32
  ) -> [String] {
    var flaws: [String] = []
    if front.id != name { flaws.append("its id is '\(front.id)', its file's name is \(name)") }
    if front.title.isEmpty { flaws.append("it has no title") }
    if front.rules.isEmpty, front.faults.isEmpty { flaws.append("it is about no rule or fault") }
    if let known = front.crc32, known != crc32 {
      flaws.append(
        "CRC-32 \(Vector.text(of: known)) expected, \(Vector.text(of: crc32)) found")
    }
    let verdict = Verdict.first(
      of: front.findings.map { Verdict(of: $0.rule, $0.ruleClass) })
    if front.verdict != verdict {
      flaws.append("its findings lead to exit \(verdict.rawValue)")
    }
    return flaws
  }

  private static func differences(
    _ expected: [ForecastFinding], _ forecast: [ForecastFinding]
  ) -> [String] {
    let missed = expected.filter { !forecast.contains($0) }
    let more = forecast.filter { !expected.contains($0) }
    return missed.map { "expected, and not forecast: \($0)" }
      + more.map { "forecast, and not expected: \($0)" }
      + (expected == forecast || !missed.isEmpty || !more.isEmpty
        ? [] : ["its findings are not in the order of rule and byte, or repeated"])
  }
}

extension BuiltVector {
  /// Whether an open for reading must accept the image, according to the findings of its recipe.
  var opens: Bool { Self.opens(recipe.front.findings, image.bytes) }

  private static func opens(_ findings: [ForecastFinding], _ image: SparseBytes) -> Bool {
    let root = image.header.treeRoot.bytes
    return findings.allSatisfy { finding in
      let isRoot = finding.offset >= root && finding.offset - root < UInt64(Format.nodeSize)
      let situation: Situation =
        finding.rule.group(in: .root) == .root && !isRoot ? .elsewhere : .root
      return finding.ruleClass != .corruption || finding.rule.stage(in: situation) > .open
    }
  }

  private static func flaws(ofReads recipe: Recipe, _ image: SparseBytes) -> [String] {
    let reads = recipe.front.reads
    guard opens(recipe.front.findings, image) else {
      return reads.isEmpty ? [] : ["it has reads, and does not open"]
    }
    if reads.isEmpty { return ["it opens, and has no reads"] }
    let reader = ExactReads(image)
    return reads.compactMap { read in
      let told = reader.read(at: read.block, count: read.count)
      return told == read ? nil : "the read \(read) is to be \(told)"
    }
  }

  /// Returns some reads of an image with these findings, and their results: at the first block of
  /// the disk, and at the edges of an extent. There are none if an open must refuse the image.
  static func reads(of image: SparseBytes, _ findings: [ForecastFinding]) -> [RecipeRead] {
    guard opens(findings, image) else { return [] }
    let reader = ExactReads(image)
    var blocks: [BlockOffset] = [0]
    for edge in ReadForecast(image).edges(of: 0) where edge < Format.diskEnd {
      if !blocks.contains(edge) { blocks.append(edge) }
    }
    return blocks.map { reader.read(at: $0, count: 1) }
  }

  /// The largest number of blocks of a hit over which a CRC-32 is computed.
  private static let hitLimit: UInt64 = 1 << 16

  private static func expected(_ read: RecipeRead, _ image: SparseBytes) -> ExpectedRead {
    switch read.answer {
    case .miss(let blocks): return .miss(read.block, read.count, blocks: blocks)
    case .refused(let rule): return .refused(read.block, read.count, for: rule)
    case .hit(let blocks, let address):
      let count = Int(min(blocks.rawValue, hitLimit)) * Int(Format.blockSize)
      var bytes = [UInt8](repeating: 0, count: count)
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      _ = image.read(at: address.bytes, into: &buffer)
      return .hit(read.block, read.count, blocks: blocks, crc32: Zlib.crc32(bytes))
    }
  }
}

extension ExactReads {
  /// Returns a read of `count` blocks from `block` on, with its result.
  fileprivate func read(at block: BlockOffset, count: BlockCount) -> RecipeRead {
    RecipeRead(block: block, count: count, answer: answer(at: block, count: count))
  }
}
