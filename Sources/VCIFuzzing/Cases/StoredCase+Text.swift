internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension StoredCase: CustomStringConvertible {
  /// The text of the case's file: what `init(reading:)` reads back.
  var description: String {
    let (advice, edits) = (named(fuzzCase.advice), named(fuzzCase.edits))
    var lines = [
      "case: \(Self.schema)", "seed: \(seed)", "iteration: \(fuzzCase.iteration)",
      "target: \(target.rawValue)", "corpus: \(corpusDigest)", "kind: \(fuzzCase.kind)",
      "base: \(fuzzCase.base)",
    ]
    if !advice.isEmpty { lines.append("advice: \(advice.count)") }
    lines += discrepancies.map { "discrepancy: \($0)" }
    if let image { lines.append("image: \(image.size)") }
    if let origin { lines.append("origin: \(origin)") }
    var recipe = baseRecipe
    recipe.front = front
    recipe.edits = advice + edits
    var text = lines.map { "\(PrintableText($0))\n" }.joined() + recipe.description
    if let operations = fuzzCase.workload?.lines {
      let lines = operations.isEmpty ? ["none"] : operations
      text += "\n" + lines.map { "operation: \($0)\n" }.joined()
    }
    return text
  }

  /// The edits among `edits` that name a place; a minimizer that was interrupted leaves others too.
  private func named(_ edits: [Edit]) -> [Edit] {
    fuzzCase.plan.map { Recipe.edits(edits, ofPlacesIn: $0) } ?? edits
  }

  /// The recipe of the image before all edits.
  private var baseRecipe: Recipe {
    switch fuzzCase.base {
    case .plan:
      guard let plan = fuzzCase.plan else { preconditionFailure("a case without its plan") }
      return Recipe(base: .plan(plan))
    case .created(let created): return Recipe(base: .plan(created.imagePlan))
    case .corpus(let image):
      let bytes = SparseBytes(image.bytes)
      // Of a base that is too much for a recipe the image beside the case has to do.
      return (try? Recipe(bytesOf: SparseImage(bytes))) ?? Recipe(base: .hole(size: bytes.size))
    }
  }

  /// What a corpus needs of the case: all but the title, if there is a forecast. Nothing of it is
  /// read back.
  private var front: RecipeFront {
    var front = RecipeFront()
    for rule in discrepancies.compactMap(\.rule) where !front.rules.contains(rule) {
      front.rules.append(rule)
    }
    front.crc32 = image?.crc32
    guard let findings = fuzzCase.forecast?.findings, findings.count <= Self.findingLimit else {
      return front
    }
    front.findings = findings
    front.verdict = Verdict.first(of: findings.map { Verdict(of: $0.rule, $0.ruleClass) })
    front.reads = BuiltVector.reads(of: fuzzCase.image.bytes, findings)
    return front
  }

  /// The most findings that a recipe may have.
  private static let findingLimit = 1024
}
