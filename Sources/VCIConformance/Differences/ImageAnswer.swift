internal import VCIFormat

/// An answer about an image in a form in which answers are equal if they mean the same, however
/// they are divided.
enum ImageAnswer: Hashable, Sendable {
  /// What became of an open or a probe.
  enum Outcome: String, Hashable, Sendable {
    case taken
    case refused
    case noRoom = "no-room"
  }

  case outcome(Outcome)
  case info(PortAnswer.Info)
  case blocks([BlockRun])
  /// The listed blocks, neighbours joined.
  case extents([Range<UInt64>])
  case findings(Set<PortAnswer.Finding>)
  /// None that can be compared: the kind of the failure.
  case failed(TestFailure.Kind)

  /// What blocks of a read are.
  enum BlockState: Hashable, Sendable {
    /// Served, with their own bytes.
    case served
    /// Served, with bytes of this checksum, which are not their own.
    case servedOthers(UInt32)
    case missed
    case refused

    var isServed: Bool {
      switch self {
      case .served, .servedOthers: true
      case .missed, .refused: false
      }
    }
  }

  /// A run of blocks of which each is the same.
  struct BlockRun: Hashable, Sendable {
    var blocks: Range<UInt64>
    var state: BlockState
  }
}

extension ImageAnswer {
  /// The longest description, in characters.
  private static let longest = 240

  /// The answer in words, on one line.
  var words: String {
    let words =
      switch self {
      case .outcome(let outcome): outcome.rawValue
      case .info(let info):
        "version \(info.version), \(info.isFixed ? "fixed" : "dynamic"), \(info.blocks) blocks, "
          + "\(info.isDirty ? "dirty" : "clean"), uuid \(info.uuid), moduuid \(info.modUUID)"
      case .blocks(let runs):
        runs.isEmpty ? "nothing" : runs.map(\.description).joined(separator: ", ")
      case .extents(let ranges):
        ranges.isEmpty
          ? "no extents"
          : "\(ranges.count) runs: "
            + ranges.prefix(6).map { "\($0.lowerBound)+\($0.upperBound - $0.lowerBound)" }
            .joined(separator: ", ") + (ranges.count > 6 ? ", ..." : "")
      case .findings(let findings): ImageTest.words(findings)
      case .failed(let kind): "no answer: \(kind.rawValue)"
      }
    return words.count > Self.longest ? words.prefix(Self.longest) + "..." : words
  }
}

extension ImageAnswer.BlockRun: CustomStringConvertible {
  var description: String {
    let word =
      switch state {
      case .served: "hit"
      case .servedOthers: "hit with other bytes"
      case .missed: "miss"
      case .refused: "refused"
      }
    return "\(word) \(blocks.lowerBound) \(blocks.upperBound - blocks.lowerBound)"
  }
}
