internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators

extension FuzzCase {
  /// Makes the case of a plan, without edits.
  init(plan: ImagePlan, iteration: UInt64) {
    self.init(EditableImage(plan), .plan, plan, iteration)
  }

  /// Makes the case of an image of the corpus, without edits.
  init(_ image: CorpusImage, iteration: UInt64) {
    self.init(EditableImage(image.bytes), .corpus(image), nil, iteration)
  }

  private init(_ image: EditableImage, _ base: Base, _ plan: ImagePlan?, _ iteration: UInt64) {
    self.init(
      iteration: iteration, base: base, kind: .untouched, edits: [], image: image,
      isChanged: false, forecast: nil, before: RuleSet(), plan: plan)
  }

  /// Returns this case, which has no edits, with `edits` applied.
  func edited(by edits: [Edit]) -> FuzzCase {
    var image = image
    for edit in edits { image.apply(edit) }
    return FuzzCase(
      iteration: iteration, base: base,
      kind: edits.isEmpty ? .untouched : edits.contains(where: \.isBlind) ? .blind : .breakage,
      edits: edits, image: image,
      isChanged: image.bytes != self.image.bytes,
      forecast: image.model.flatMap { Forecast($0) }, before: RuleSet(), plan: plan)
  }

  /// A plan and edits that reproduce the image, for a case that has bytes only; `nil` if no plan
  /// comes close.
  var disassembled: (base: FuzzCase, edits: [Edit])? {
    guard plan == nil, let recipe = try? Disassembly.recipe(of: SparseImage(image.bytes)),
      let plan = recipe.plan,
      let bytes = image.bytes.materialized(limit: StoredCase.imageLimit)
    else { return nil }
    let ordered = OrderedPlan(plan)
    let base = FuzzCase(plan: ordered.plan, iteration: iteration)
    let edits =
      ordered.edits + recipe.edits + recipe.contents.compactMap { $0.edit(of: bytes) }
      + (ordered.size.map { [.resize($0)] } ?? [])
    return base.edited(by: edits).holds(image) ? (base, edits) : nil
  }

  /// Returns whether the image of the case has the bytes of `other`; `false` if they are too large.
  func holds(_ other: EditableImage) -> Bool {
    guard image.bytes.size == other.bytes.size, image.bytes.size <= StoredCase.imageLimit else {
      return false
    }
    let limit = StoredCase.imageLimit
    return image.bytes.materialized(limit: limit) == other.bytes.materialized(limit: limit)
  }
}

extension RecipeContent {
  /// Returns the blind edit that writes the same bytes into an image; `nil` if there are more than
  /// 1 MiB.
  fileprivate func edit(of bytes: [UInt8]) -> Edit? {
    guard count <= 1 << 20, offset <= UInt64(bytes.count), count <= UInt64(bytes.count) - offset
    else { return nil }
    return .raw(offset: offset, Array(bytes[Int(offset)..<Int(offset + count)]))
  }
}
