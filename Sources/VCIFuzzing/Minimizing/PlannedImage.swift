package import PropertyEngine
internal import VCIFormat
package import VCIGenerators

/// An image that a test of a program is about: a valid image, edits, and operations on it. It can
/// be made as small as possible.
package struct PlannedImage {
  private let fuzzCase: FuzzCase

  init(_ fuzzCase: FuzzCase) { self.fuzzCase = fuzzCase }

  /// Makes the image of a case, all of whose edits can be removed, and the operations on it.
  init(edited made: FuzzCase) {
    fuzzCase = made.unedited.edited(by: made.advice + made.edits).running(made.workload)
  }

  /// Makes the first image of a choice.
  package init(first choice: ImageChoice) {
    switch choice.kind {
    case .valid:
      let valid = ImageSeries.image(choice.first, of: choice.seed)
      self.init(FuzzCase(plan: valid.plan, iteration: choice.first).edited(by: valid.flaws))
    case .edited:
      var maker = ImageSeries.maker(of: choice.seed)
      let made = maker.make(choice.first)
      self.init(edited: made)
    }
  }

  /// Makes a cache that the program creates, and the operations on it.
  package init(blocks: UInt64, isFixed: Bool, _ operations: [CacheOperation]) {
    let created = CreatedImage(blocks: blocks, type: isFixed ? .fixed : .dynamic)
    fuzzCase = FuzzCase(created, iteration: 0).running(Workload(operations))
  }

  /// Makes an image of these bytes, and the operations on it.
  package init(_ bytes: [UInt8], _ operations: [CacheOperation]) {
    fuzzCase = FuzzCase(CorpusImage(id: "", bytes: bytes), iteration: 0)
      .running(Workload(operations))
  }
}

extension PlannedImage {
  package var image: EditableImage { fuzzCase.image }

  /// The image without the edits.
  package var valid: SparseBytes { fuzzCase.unedited.image.bytes }

  /// The edits, as text.
  package var edits: [String] { fuzzCase.edits.map(\.description) }

  package var operations: [CacheOperation] { fuzzCase.workload?.operations ?? [] }

  /// Whether operations are run on the image; there may be none.
  package var hasWorkload: Bool { fuzzCase.workload != nil }

  /// The iteration of a campaign that has the image.
  package var iteration: UInt64 { fuzzCase.iteration }

  /// How the image was made, in words.
  package var words: String {
    (["\(fuzzCase.base)"] + (fuzzCase.advice + fuzzCase.edits).map(\.description))
      .joined(separator: "; ")
  }

  /// Size and type of a cache that the program creates; `nil` if the image is there before.
  package var created: (blocks: UInt64, isFixed: Bool)? {
    guard case .created(let created) = fuzzCase.base else { return nil }
    return (created.blocks, created.type == .fixed)
  }

  /// The text of a recipe that makes the image; `nil` if there is no plan for it.
  package var recipe: String? {
    guard let plan = fuzzCase.plan else { return nil }
    let edits = Recipe.edits(fuzzCase.edits, ofPlacesIn: plan)
    return Recipe(base: .plan(plan), edits: edits).description
  }

  /// Returns the smallest image, with the fewest edits and operations, of which `fails` returns
  /// `true`, as it does of this one. As many others are tried as `effort` allows.
  package func shrunk(
    _ effort: ShrinkEffort, _ fails: @escaping (PlannedImage) -> Bool
  ) -> PlannedImage {
    var minimizer = Minimizer(
      fuzzCase.unedited, edits: fuzzCase.edits, workload: fuzzCase.workload, effort: effort
    ) { fails(PlannedImage($0)) }
    minimizer.run()
    return PlannedImage(minimizer.best)
  }
}
