internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

extension StoredCase: CustomStringConvertible {
  /// The text of the file of the case. `init(parsing:)` parses it.
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

  /// Returns the recipe of the image of a case with a forecast, which has no operations.
  static func recipe(of fuzzCase: FuzzCase) -> Recipe {
    let (stored, _) = make(fuzzCase, seed: 0, target: .all, corpusDigest: "", [])
    var recipe = stored.baseRecipe
    recipe.front = stored.front
    recipe.edits = stored.named(fuzzCase.advice) + stored.named(fuzzCase.edits)
    return recipe
  }

  /// Returns the edits that name a place in the plan. An interrupted minimizer leaves others too,
  /// which change nothing.
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
      // If the base is too large for a recipe, the image beside the case replaces it.
      return (try? Recipe(bytesOf: SparseImage(bytes))) ?? Recipe(base: .hole(size: bytes.size))
    }
  }

  /// The front matter that a corpus needs, except for the title. Without a forecast it has no
  /// findings. Only the CRC-32 is read again.
  private var front: RecipeFront {
    var front = RecipeFront()
    for rule in discrepancies.compactMap(\.rule) where !front.rules.contains(rule) {
      front.rules.append(rule)
    }
    front.crc32 = image?.crc32
    guard let findings = fuzzCase.forecast?.findings, findings.count <= RecipeFront.findingLimit
    else {
      return front
    }
    front.findings = findings
    front.verdict = Verdict.first(of: findings.map { Verdict(of: $0.rule, $0.ruleClass) })
    front.reads = BuiltVector.reads(of: fuzzCase.image.bytes, findings)
    return front
  }
}
