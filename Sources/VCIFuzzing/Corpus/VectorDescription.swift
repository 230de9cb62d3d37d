internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// What the manifest says of a vector, and what keeps its recipe out of the corpus.
struct VectorDescription {
  /// The line of the manifest.
  let vector: Vector
  /// The reasons why the recipe is not fit for the corpus.
  let flaws: [String]
  /// The report of a check of the image.
  let report: Report

  /// Describes a vector. `checker` keeps all findings of its image.
  ///
  /// - Throws: `StorageError` if the checker cannot read the image.
  init(_ built: BuiltVector, _ checker: Checker) throws(StorageError) {
    let front = built.recipe.front
    let expected = try Expectations(built.image, checker)
    report = expected.report
    let reads = front.reads.map { expected.read($0) }
    flaws =
      Self.flaws(of: front, name: built.name, built.crc32)
      + Self.differences(front.findings, expected.findings.map(\.finding))
      + Self.flaws(ofReads: built) + Self.flaws(of: front.reads, listed: reads)
    vector = Vector(
      area: built.area, id: front.id, title: front.title, rules: front.rules,
      faults: front.faults, answers: expected.listed, reads: reads.compactMap(\.self),
      size: built.image.bytes.size, onDisk: built.image.bytes.bytesOutsideHoles,
      crc32: built.crc32, edits: built.recipe.edits.map(\.description),
      provenance: front.provenance.map {
        Vector.Provenance(tool: $0.tool, version: $0.version, how: $0.how)
      })
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

  private static func flaws(ofReads built: BuiltVector) -> [String] {
    let reads = built.recipe.front.reads
    guard built.opens else {
      return reads.isEmpty ? [] : ["it has reads, and does not open"]
    }
    if reads.isEmpty { return ["it opens, and has no reads"] }
    let reader = ExactReads(built.image.bytes)
    return reads.compactMap { read in
      let told = reader.read(at: read.block, count: read.count)
      return told == read ? nil : "the read \(read) is to be \(told)"
    }
  }

  private static func flaws(of reads: [RecipeRead], listed: [AllowedRead?]) -> [String] {
    zip(reads, listed).compactMap { read, listed in
      listed?.count == Digits(read.count.rawValue) || listed == nil
        ? nil : "the read \(read) has more segments or hits than a manifest lists"
    }
  }
}

extension Expectations {
  /// Returns the read of a recipe, cut to the limits of a manifest; `nil` if an open for reading
  /// must be refused.
  fileprivate func read(_ read: RecipeRead) -> AllowedRead? {
    var limits = ReadLimits()
    limits.segments = 1 << 10
    return reads.flatMap { AimedReads($0).read(of: ReadRequest(read.block, read.count), limits) }
      .map { listed($0) }
  }
}
