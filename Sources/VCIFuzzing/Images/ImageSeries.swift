internal import PropertyEngine
internal import VCIChecker
public import VCIFormat
package import VCIGenerators

/// The choice of random images: a seed, a kind, and what they must have.
public struct ImageChoice: Sendable {
  /// The kind of images.
  public enum Kind: Sendable {
    /// Valid images, each from a plan of its own. Some break rules of other classes than
    /// corruption.
    case valid
    /// The images of a campaign's iterations: valid images after edits of all kinds.
    case edited
  }

  /// The seed of every choice.
  public var seed: UInt64
  public var kind: Kind
  /// The index of the first image. An image is a function of seed, kind and index.
  public var first: UInt64
  /// Whether only images are wanted that a writer may open.
  public var isWritable: Bool
  /// The rule that the images must break; `nil` if any image will do.
  public var rule: Rule?

  /// Makes a choice of these values.
  public init(
    seed: UInt64, kind: Kind, first: UInt64 = 0, isWritable: Bool = false, rule: Rule? = nil
  ) {
    self.seed = seed
    self.kind = kind
    self.first = first
    self.isWritable = isWritable
    self.rule = rule
  }

  /// Returns whether an image of which this is expected is of the choice.
  fileprivate func takes(_ expected: Expectations) -> Bool {
    if isWritable, !expected.isWritable { return false }
    return rule.map(expected.breaks) ?? true
  }
}

/// The reason why a series has no further image.
public enum SeriesEnd: Error, Hashable, Sendable, CustomStringConvertible {
  /// None of so many images in a row is of the choice.
  case givenUp(after: UInt64)
  /// The largest index is reached.
  case indexEnd

  public var description: String {
    switch self {
    case .givenUp(let count): "none of \(count) images in a row is one that is wanted"
    case .indexEnd: "there is no image of a larger number"
    }
  }
}

/// The random images of a choice, one after the other, with their verdicts.
package struct ImageSeries {
  /// An image of the series.
  package struct Image {
    package let bytes: SparseBytes
    /// What is expected of programs.
    package let expected: Expectations
    let line: VerdictLine
    /// A description of the image, in one line.
    package let title: String
  }

  private let choice: ImageChoice
  /// The largest image that is taken, in bytes.
  private let largest: UInt64
  /// The most images in a row that are tried for one of the choice.
  private let mostTried: UInt64
  /// The next index; `nil` after the largest one.
  private var next: UInt64?
  private var maker: CaseMaker
  private let checker = Checker()
  /// The number of images that were passed over so far.
  private(set) var passed = PassedImages()

  package init(_ choice: ImageChoice, largest: UInt64, mostTried: UInt64 = 10_000) {
    self.choice = choice
    self.mostTried = mostTried
    self.largest = largest
    next = choice.first
    maker = Self.maker(of: choice.seed)
  }

  /// Returns the next image of the choice; `nil` if `isInterrupted` returns `true` before.
  ///
  /// - Throws: `SeriesEnd` if there is none.
  package mutating func image(isInterrupted: () -> Bool) throws -> Image? {
    for _ in 0..<mostTried {
      guard !isInterrupted() else { return nil }
      guard let index = next else { throw SeriesEnd.indexEnd }
      next = index < .max ? index + 1 : nil
      if let image = try image(index) { return image }
    }
    throw SeriesEnd.givenUp(after: mostTried)
  }

  /// Returns image `index`; `nil` if it is too large, or not of the choice.
  private mutating func image(_ index: UInt64) throws(StorageError) -> Image? {
    let made = makeImage(index)
    guard made.image.bytes.size <= largest else {
      passed.tooLarge += 1
      return nil
    }
    let expected = try Expectations(made.image, checker)
    guard choice.takes(expected) else {
      passed.others += 1
      return nil
    }
    let edits = made.edits.map(\.description)
    let line = VerdictLine(
      expected, image: "\(choice.seed)-\(index).vci", title: made.title, edits: edits)
    let title =
      choice.kind == .valid
      ? made.title : edits.isEmpty ? "no edit" : edits.joined(separator: "; ")
    return Image(
      bytes: made.image.bytes, expected: expected, line: line, title: title)
  }

  private mutating func makeImage(
    _ index: UInt64
  ) -> (image: EditableImage, title: String, edits: [Edit]) {
    switch choice.kind {
    case .valid:
      let valid = Self.image(index, of: choice.seed)
      return (valid.image, Self.title(of: valid.plan), valid.flaws)
    case .edited:
      let fuzzCase = maker.make(index)
      let title = fuzzCase.plan.map(Self.title) ?? "\(fuzzCase.base)"
      return (fuzzCase.image, title, fuzzCase.advice + fuzzCase.edits)
    }
  }

  /// Returns the maker of edited images of `seed`.
  static func maker(of seed: UInt64) -> CaseMaker {
    CaseMaker(seed: seed, target: .check, corpus: [])
  }

  /// Returns valid image `index` of `seed`.
  static func image(_ index: UInt64, of seed: UInt64) -> ValidImage {
    var choices = Choices(RandomSource(seed: seed, index: index, stream: .base))
    return ValidImage.drawn(from: &choices)
  }

  private static func title(of plan: ImagePlan) -> String {
    "\(plan.type), \(plan.blocks) blocks, \(plan.extents.count) extents in \(plan.nodes.count) "
      + (plan.nodes.count == 1 ? "node" : "nodes on \(plan.depth) levels")
      + (plan.isDirty ? ", dirty" : "")
  }
}
