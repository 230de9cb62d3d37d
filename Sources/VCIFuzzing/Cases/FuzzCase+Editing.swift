internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators

extension FuzzCase {
  /// The case of a plan, without edits.
  init(plan: ImagePlan, iteration: UInt64) {
    self.init(EditableImage(plan), .plan, plan, iteration)
  }

  /// The case of an image of the corpus, without edits.
  init(_ image: CorpusImage, iteration: UInt64) {
    self.init(EditableImage(image.bytes), .corpus(image.id), nil, iteration)
  }

  private init(_ image: EditableImage, _ base: Base, _ plan: ImagePlan?, _ iteration: UInt64) {
    self.init(
      iteration: iteration, base: base, kind: .untouched, edits: [], baseChoices: [],
      editChoices: [], image: image, isChanged: false,
      forecast: nil, before: RuleSet(), plan: plan)
  }

  /// This case, which has no edits, under `edits`.
  func edited(by edits: [Edit]) -> FuzzCase {
    var image = image
    for edit in edits { image.apply(edit) }
    return FuzzCase(
      iteration: iteration, base: base,
      kind: edits.isEmpty ? .untouched : edits.contains(where: \.isBlind) ? .blind : .breakage,
      edits: edits, baseChoices: [], editChoices: [], image: image,
      isChanged: image.bytes != self.image.bytes,
      forecast: image.model.flatMap { Forecast($0) }, before: RuleSet(), plan: plan)
  }

  /// The plan of an image that nobody planned, as a case without edits, and the edits that make the
  /// same image of it; `nil` where the image is too far from any plan.
  var disassembled: (base: FuzzCase, edits: [Edit])? {
    guard plan == nil, let recipe = try? Disassembly.recipe(of: SparseImage(image.bytes)),
      let plan = recipe.plan,
      let bytes = image.bytes.materialized(limit: Artifact.imageLimit)
    else { return nil }
    let straight = PlanStraightening(plan)
    let base = FuzzCase(plan: straight.plan, iteration: iteration)
    let edits =
      straight.edits + recipe.edits + recipe.contents.compactMap { $0.edit(of: bytes) }
      + (straight.size.map { [.resize($0)] } ?? [])
    return base.edited(by: edits).holds(image) ? (base, edits) : nil
  }

  /// Whether the case's image has the bytes of `other`, neither of them large.
  func holds(_ other: EditableImage) -> Bool {
    guard image.bytes.size == other.bytes.size, image.bytes.size <= Artifact.imageLimit else {
      return false
    }
    let limit = Artifact.imageLimit
    return image.bytes.materialized(limit: limit) == other.bytes.materialized(limit: limit)
  }
}

extension RecipeContent {
  /// The edit that puts the same into an image of these bytes; `nil` where that is much.
  fileprivate func edit(of bytes: [UInt8]) -> Edit? {
    guard count <= 1 << 20, offset <= UInt64(bytes.count), count <= UInt64(bytes.count) - offset
    else { return nil }
    return .raw(offset: offset, Array(bytes[Int(offset)..<Int(offset + count)]))
  }
}
