public import VCIFormat

/// How an image is made, and what is expected of it: the value of a `.vcir` text.
///
/// The text form, with its grammar, is described in `Specs/Recipes.md`.
public struct Recipe: Hashable, Sendable {
  /// What the image is before its contents and edits.
  public enum Base: Hashable, Sendable {
    /// What a plan says.
    case plan(ImagePlan)
    /// A hole of this many bytes.
    case hole(size: UInt64)
  }

  /// What is expected of the image, and what it is for.
  public var front: RecipeFront
  /// What the image is at first.
  public var base: Base
  /// What stands in the file besides: ascending, apart, and outside of a plan's metadata.
  public var contents: [RecipeContent]
  /// The edits, in their order; a hole takes blind ones and new sizes only.
  public var edits: [Edit]

  /// Makes a recipe of these values.
  public init(
    front: RecipeFront = RecipeFront(), base: Base, contents: [RecipeContent] = [],
    edits: [Edit] = []
  ) {
    self.front = front
    self.base = base
    self.contents = contents
    self.edits = edits
  }

  /// The plan; `nil` where there is none.
  public var plan: ImagePlan? {
    if case .plan(let plan) = base { plan } else { nil }
  }

  /// The most bytes that a recipe's image may hold outside of holes and of the data pattern.
  public static let keptLimit: UInt64 = 64 << 20
  /// The most bytes that a recipe's image may hold outside of holes, where nobody allows more.
  public static let writtenLimit: UInt64 = 1 << 30
  /// The most edits that a recipe may have.
  public static let editLimit = 1 << 20
  /// The most edits that set bitmap and counters anew: each walks the tree.
  public static let refitLimit = 256
  /// The most lines, and the most bytes of one: letters that many marks are put on take long to tell
  /// apart.
  static let lineLimit = 1 << 23
  static let lineLengthLimit = 1 << 20
  /// The most lines of contents.
  static let contentLimit = 1 << 22
}

/// The front matter of a recipe: what the corpus knows of its image besides the bytes.
public struct RecipeFront: Hashable, Sendable {
  /// Where an image that nobody planned comes from.
  public struct Provenance: Hashable, Sendable {
    /// The program that wrote it.
    public var tool: String
    /// The program's version.
    public var version: String
    /// How it came to write it.
    public var how: String

    /// Makes a provenance of these values.
    public init(tool: String = "", version: String = "", how: String = "") {
      self.tool = tool
      self.version = version
      self.how = how
    }
  }

  /// The image's name in the corpus, for ever.
  public var id = ""
  /// What it shows, in a line.
  public var title = ""
  /// The rules that it is about.
  public var rules: [Rule] = []
  /// The numbers of the faults that it convicts, such as `F-25`.
  public var faults: [String] = []
  /// What a check finds.
  public var findings: [ForecastFinding] = []
  /// The exit code of a check; `nil` where it is not said.
  public var verdict: Verdict?
  /// What reads answer.
  public var reads: [RecipeRead] = []
  /// The CRC-32 of the bytes, where they are known from elsewhere.
  public var crc32: UInt32?
  /// Where the image comes from; `nil` where it was planned.
  public var provenance: Provenance?

  /// Makes an empty front matter.
  public init() {}
}

/// A read, and what it is to answer.
public struct RecipeRead: Hashable, Sendable {
  /// What a read answers.
  public enum Answer: Hashable, Sendable {
    /// This many blocks are cached; they stand in the file from `address` on.
    case hit(BlockCount, at: BlockAddress)
    /// This many blocks are not.
    case miss(BlockCount)
    /// It is refused, and this rule is named.
    case refused(Rule)
  }

  /// The first block of the disk that is asked for.
  public var block: BlockOffset
  /// How many blocks are asked for.
  public var count: BlockCount
  /// The answer.
  public var answer: Answer

  /// Makes a read of these values.
  public init(block: BlockOffset, count: BlockCount, answer: Answer) {
    self.block = block
    self.count = count
    self.answer = answer
  }
}

/// Bytes that stand in an image where its plan says nothing, or says the data pattern.
public enum RecipeContent: Hashable, Sendable {
  /// These bytes, at least one.
  case bytes(offset: UInt64, [UInt8])
  /// A byte, again and again; zeros are a hole.
  case fill(offset: UInt64, count: UInt64, byte: UInt8)
  /// Whole blocks that follow the data pattern.
  case pattern(offset: UInt64, count: UInt64)

  /// The first byte of the file that it concerns.
  public var offset: UInt64 {
    switch self {
    case .bytes(let offset, _), .fill(let offset, _, _), .pattern(let offset, _): offset
    }
  }

  /// How many bytes it concerns.
  public var count: UInt64 {
    switch self {
    case .bytes(_, let bytes): UInt64(bytes.count)
    case .fill(_, let count, _), .pattern(_, let count): count
    }
  }

  /// How many bytes are kept for it in memory.
  var keptBytes: UInt64 {
    switch self {
    case .bytes(_, let bytes): UInt64(bytes.count)
    case .fill(_, let count, let byte): byte == 0 ? 0 : count
    case .pattern: 0
    }
  }
}
