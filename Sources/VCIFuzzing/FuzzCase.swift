internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// The purposes for which a campaign draws.
extension Lane {
  /// Where an image comes from, and its plan.
  static let base = Lane(rawValue: 1)
  /// How it is edited.
  static let edits = Lane(rawValue: 2)
  /// Where it is read.
  static let reads = Lane(rawValue: 3)
}

/// An image of the corpus, as a campaign uses it.
public struct CorpusImage: Sendable {
  /// Its vector's name.
  public let id: String
  /// Its raw bytes.
  public let bytes: [UInt8]

  /// Makes a corpus image of these values.
  public init(id: String, bytes: [UInt8]) {
    self.id = id
    self.bytes = bytes
  }
}

/// One iteration of a campaign: an image, its edits, and what is forecast of it.
struct FuzzCase {
  /// What the image was made from.
  enum Base: Hashable, Sendable {
    case plan
    case corpus(String)
  }

  /// How the image was edited.
  enum Kind: Int, CaseIterable, Sendable {
    /// Not at all.
    case untouched
    /// By breakages of rules.
    case breakage
    /// By changes of numbers without an aim.
    case aimless
    /// By changes of bytes without a look.
    case blind
  }

  /// The iteration that it is of its seed.
  let iteration: UInt64
  /// What the image was made from.
  let base: Base
  /// How it was edited.
  let kind: Kind
  /// The edits.
  let edits: [Edit]
  /// The choices from which the base was made.
  let baseChoices: [UInt64]
  /// The choices from which the edits were made.
  let editChoices: [UInt64]
  /// The image after its edits.
  let image: EditableImage
  /// Whether the edits changed a byte.
  let isChanged: Bool
  /// What a check finds; `nil` where nobody can tell without looking at the bytes.
  let forecast: Forecast?
  /// The rules that a check finds broken before the edits.
  let before: RuleSet
  /// The plan of the base; `nil` where it is an image that nobody planned.
  var plan: ImagePlan?
  /// The edits by which the base broke advice, before `edits`.
  var advice: [Edit] = []
}
