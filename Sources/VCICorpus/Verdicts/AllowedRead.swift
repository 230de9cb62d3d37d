public import VCIFormat

/// A read of blocks of the disk and its allowed answers, as verdicts and manifest have it
/// (`Specs/Verdicts.md`).
public struct AllowedRead: Codable, Hashable, Sendable {
  /// A part of a read, and what each of its blocks may be.
  public struct Segment: Codable, Hashable, Sendable {
    /// The first block.
    public let block: Digits
    /// The number of blocks.
    public let count: Digits
    /// One or more of `hit`, `miss` and `refused`, in this order.
    public let may: [String]
    /// The CRC-32 of the right bytes, in eight hexadecimal digits; `nil` if no block may be a hit.
    public let crc32: String?

    /// Makes a segment of these values.
    public init(_ block: BlockOffset, _ count: BlockCount, _ may: [String], crc32: UInt32?) {
      self.block = Digits(block.rawValue)
      self.count = Digits(count.rawValue)
      self.may = may
      self.crc32 = crc32.map { Vector.text(of: $0) }
    }
  }

  /// The first block of the disk.
  public let block: Digits
  /// The number of blocks of the request.
  public let count: Digits
  /// The parts that cover the request, ascending.
  public let segments: [Segment]

  /// Makes a read of these values.
  public init(_ block: BlockOffset, _ count: BlockCount, _ segments: [Segment]) {
    self.block = Digits(block.rawValue)
    self.count = Digits(count.rawValue)
    self.segments = segments
  }

  /// What is wrong with the read, if anything.
  var flaw: String? {
    let name = "a read of \(count) blocks from \(block)"
    let end = block.number.addingReportingOverflow(count.number)
    guard count.number > 0, !end.overflow || end.partialValue == 0 else { return name }
    var (next, rest) = (block.number, count.number)
    for segment in segments {
      guard segment.isOfWords else { return "a segment \(segment.may) of \(name)" }
      let count = segment.count.number
      guard segment.block.number == next, count > 0, count <= rest else {
        return "segments that do not cover \(name)"
      }
      next &+= count
      rest -= count
    }
    guard rest == 0 else { return "segments that do not cover \(name)" }
    return nil
  }
}

extension AllowedRead.Segment {
  private static let words = ["hit", "miss", "refused"]

  /// Whether it has states of a block, and a CRC-32 if and only if it may be a hit.
  fileprivate var isOfWords: Bool {
    guard !may.isEmpty, may == Self.words.filter(may.contains) else { return false }
    return may.contains("hit") ? crc32.map(Vector.isChecksum) == true : crc32 == nil
  }
}
