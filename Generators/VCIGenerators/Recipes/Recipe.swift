package import VCIFormat

/// How an image is made, and what is expected of it: the content of a `.vcir` file.
///
/// `Specs/Recipes.md` describes the text form with its grammar.
package struct Recipe: Hashable, Sendable {
  /// The image before its contents and edits.
  package enum Base: Hashable, Sendable {
    case plan(ImagePlan)
    /// A hole of `size` bytes.
    case hole(size: UInt64)
  }

  /// Name, purpose and expectations.
  package var front: RecipeFront
  package var base: Base
  /// Other bytes of the file: ascending, without overlaps, and outside a plan's metadata.
  package var contents: [RecipeContent]
  /// The edits in their order. A hole takes only blind edits and new sizes.
  package var edits: [Edit]

  package init(
    front: RecipeFront = RecipeFront(), base: Base, contents: [RecipeContent] = [],
    edits: [Edit] = []
  ) {
    self.front = front
    self.base = base
    self.contents = contents
    self.edits = edits
  }

  /// The plan; `nil` for a hole.
  package var plan: ImagePlan? {
    if case .plan(let plan) = base { plan } else { nil }
  }

  /// The most bytes that an image may hold outside of holes and the data pattern.
  package static let keptLimit: UInt64 = 64 << 20
  /// The most bytes that an image may hold outside of holes, unless the caller allows more.
  package static let writtenLimit: UInt64 = 1 << 30
  /// The most edits.
  package static let editLimit = 1 << 20
  /// The most `refit` edits. Each walks the tree.
  package static let refitLimit = 256
  /// The most `move` edits. Each compares what moves with all nodes.
  package static let moveLimit = 256
  /// The most bytes of a block map that moves: its header, and the blocks with set bits.
  static let movedMapLimit: UInt64 = 1 << 17
  /// The most blocks of data that move.
  static let movedDataLimit: UInt64 = 4096
  /// The most lines, and the most bytes of one. Comparing characters takes long if they have many
  /// combining marks.
  static let lineLimit = 1 << 23
  static let lineLengthLimit = 1 << 20
  /// The most lines of contents.
  static let contentLimit = 1 << 22
}

/// The front matter of a recipe: everything that the corpus says about its image.
package struct RecipeFront: Hashable, Sendable {
  /// The origin of an image that another program wrote.
  package struct Provenance: Hashable, Sendable {
    /// The program.
    package var tool: String
    package var version: String
    /// The steps that made it write the image.
    package var how: String

    package init(tool: String = "", version: String = "", how: String = "") {
      self.tool = tool
      self.version = version
      self.how = how
    }
  }

  /// The image's permanent name in the corpus.
  package var id = ""
  /// What the image shows, in one line.
  package var title = ""
  /// The rules that it is about.
  package var rules: [Rule] = []
  /// The faults that it reveals, such as `F-25`.
  package var faults: [String] = []
  /// The findings of a check.
  package var findings: [ForecastFinding] = []
  /// The verdict of a check, if given.
  package var verdict: Verdict?
  package var reads: [RecipeRead] = []
  /// The CRC-32 of the image's bytes, if they are known from elsewhere.
  package var crc32: UInt32?
  /// `nil` if the image was planned.
  package var provenance: Provenance?

  package init() {}
}

/// A read with its expected answer.
package struct RecipeRead: Hashable, Sendable {
  package enum Answer: Hashable, Sendable {
    /// This many blocks are cached, and stored in the file from `at` on.
    case hit(BlockCount, at: BlockAddress)
    /// This many blocks are not cached.
    case miss(BlockCount)
    /// The read is refused for this rule.
    case refused(Rule)
  }

  /// The first disk block.
  package var block: BlockOffset
  /// The number of blocks.
  package var count: BlockCount
  package var answer: Answer

  package init(block: BlockOffset, count: BlockCount, answer: Answer) {
    self.block = block
    self.count = count
    self.answer = answer
  }
}

/// Bytes of an image that its plan does not describe, or that it fills with the data pattern.
package enum RecipeContent: Hashable, Sendable {
  /// These bytes, at least one.
  case bytes(offset: UInt64, [UInt8])
  /// The same byte, repeated. Zeros make a hole.
  case fill(offset: UInt64, count: UInt64, byte: UInt8)
  /// Whole blocks of the data pattern.
  case pattern(offset: UInt64, count: UInt64)

  /// The file offset of the first byte.
  package var offset: UInt64 {
    switch self {
    case .bytes(let offset, _), .fill(let offset, _, _), .pattern(let offset, _): offset
    }
  }

  /// The number of bytes.
  package var count: UInt64 {
    switch self {
    case .bytes(_, let bytes): UInt64(bytes.count)
    case .fill(_, let count, _), .pattern(_, let count): count
    }
  }

  /// The number of bytes that are kept for it in memory.
  var keptBytes: UInt64 {
    switch self {
    case .bytes(_, let bytes): UInt64(bytes.count)
    case .fill(_, let count, let byte): byte == 0 ? 0 : count
    case .pattern: 0
    }
  }
}
