internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// The purposes for which a campaign draws.
extension RandomStream {
  /// Where an image comes from, and its plan.
  static let base = RandomStream(rawValue: 1)
  /// How it is edited.
  static let edits = RandomStream(rawValue: 2)
  /// Where it is read.
  static let reads = RandomStream(rawValue: 3)
  /// What is done to it.
  static let operations = RandomStream(rawValue: 4)
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
    case created(CreatedImage)
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
  /// What is done to the image; `nil` where it is only looked at.
  var workload: Workload?
}

extension FuzzCase {
  /// Whether the reference created the image.
  var isCreated: Bool {
    if case .created = base { true } else { false }
  }

  /// The case of an image that the reference creates, without edits.
  init(_ created: CreatedImage, iteration: UInt64) {
    let image = EditableImage(created.imagePlan)
    self.init(
      iteration: iteration, base: .created(created), kind: .untouched, edits: [],
      baseChoices: [], editChoices: [], image: image, isChanged: false,
      forecast: image.model.flatMap { Forecast($0) }, before: RuleSet())
  }

  /// The same case under other operations.
  func under(_ workload: Workload?) -> FuzzCase {
    var other = self
    other.workload = workload
    return other
  }
}

extension FuzzCase.Base: CustomStringConvertible {
  /// The base as a case names it: what `init(parsing:)` reads back.
  var description: String {
    switch self {
    case .plan: "plan"
    case .corpus(let id): id
    case .created(let created): "\(created)"
    }
  }

  /// Reads a base as `description` writes it.
  init(parsing text: String) {
    if text == "plan" {
      self = .plan
    } else if let created = CreatedImage(parsing: text) {
      self = .created(created)
    } else {
      self = .corpus(text)
    }
  }
}
