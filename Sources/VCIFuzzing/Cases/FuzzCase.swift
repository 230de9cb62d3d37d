internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// The independent random streams of a campaign.
extension RandomStream {
  /// The base of an image, and its plan.
  static let base = RandomStream(rawValue: 1)
  /// The edits.
  static let edits = RandomStream(rawValue: 2)
  /// The places of reads.
  static let reads = RandomStream(rawValue: 3)
  /// The operations.
  static let operations = RandomStream(rawValue: 4)
  /// The images that tell mistakes.
  static let mistakes = RandomStream(rawValue: 5)
  /// The crashes and failing calls among the operations.
  static let troubles = RandomStream(rawValue: 6)
  /// The sectors of another time or place.
  static let sectors = RandomStream(rawValue: 8)
}

/// An image of the corpus, as a campaign uses it.
public struct CorpusImage: Hashable, Sendable {
  /// The name of its vector.
  public let id: String
  /// The bytes of the image.
  public let bytes: [UInt8]

  /// Makes a corpus image of these values.
  public init(id: String, bytes: [UInt8]) {
    self.id = id
    self.bytes = bytes
  }
}

/// One iteration of a campaign: an image, its edits, its operations and its forecast.
struct FuzzCase {
  /// The base from which the image is made.
  enum Base: Hashable, Sendable {
    case plan
    case corpus(CorpusImage)
    case created(CreatedImage)
  }

  /// How the image was edited.
  enum Kind: Int, CaseIterable, Sendable {
    /// Without edits.
    case untouched
    /// By edits that break rules.
    case breakage
    /// By changes of numbers to random values.
    case aimless
    /// By changes of bytes that ignore the structures.
    case blind
    /// After a workload, by a sector that has the bytes of an earlier moment.
    case stale
    /// After a workload, by a sector whose bytes stand in the place of another.
    case misdirected
  }

  let iteration: UInt64
  /// The base from which the image is made.
  let base: Base
  var kind: Kind
  /// The edits after `advice`.
  var edits: [Edit]
  /// The image after all edits.
  let image: EditableImage
  /// Whether the edits changed a byte.
  var isChanged: Bool
  /// The expected findings of a check; `nil` if the image has no model.
  var forecast: Forecast?
  /// The rules that the base breaks before the edits, according to its forecast.
  let before: RuleSet
  /// The plan of the base; `nil` if the base is an image of the corpus, or created.
  var plan: ImagePlan?
  /// The edits before `edits`, which break rules of the base, none of class corruption.
  var advice: [Edit] = []
  /// The operations on the image; `nil` if there are none.
  var workload: Workload?
}

extension FuzzCase {
  /// Whether the reference created the image.
  var isCreated: Bool {
    if case .created = base { true } else { false }
  }

  /// Makes the case of an image that the reference creates, without edits.
  init(_ created: CreatedImage, iteration: UInt64) {
    let image = EditableImage(created.imagePlan)
    self.init(
      iteration: iteration, base: .created(created), kind: .untouched, edits: [],
      image: image, isChanged: false, forecast: image.model.flatMap { Forecast($0) },
      before: RuleSet())
  }

  /// The case of the base, without edits and operations.
  var unedited: FuzzCase {
    switch base {
    case .plan:
      guard let plan else { preconditionFailure("a case without its plan") }
      return FuzzCase(plan: plan, iteration: iteration)
    case .corpus(let image): return FuzzCase(image, iteration: iteration)
    case .created(let created): return FuzzCase(created, iteration: iteration)
    }
  }

  /// Returns the same case with other operations.
  func running(_ workload: Workload?) -> FuzzCase {
    var other = self
    other.workload = workload
    return other
  }
}

extension FuzzCase.Base: CustomStringConvertible {
  /// The base as a stored case names it.
  var description: String {
    switch self {
    case .plan: "plan"
    case .corpus(let image): image.id
    case .created(let created): "\(created)"
    }
  }
}
