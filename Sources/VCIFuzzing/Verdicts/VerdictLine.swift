internal import FoundationEssentials
internal import VCIChecker
internal import VCICorpus
internal import VCIFormat
internal import VCIReference

/// A line of `verdicts.jsonl`: an image, and the results of a check and of reads, for programs that
/// know neither recipes nor this suite.
public struct VerdictLine: Encodable {
  /// The name of the list of verdicts.
  public static let fileName = "verdicts.jsonl"

  /// The path of the image's file, relative to the folder of the list.
  let image: String
  /// The exit code of a check.
  let exit: Int32
  /// Rule and class of the findings of a check, each pair once.
  let findings: [[String]]
  /// The results of reads; empty if the image does not open.
  let reads: [ExpectedRead]
  /// The reason why the file does not exist, in the words of the system; `nil` if it exists.
  var leftOut: String?

  /// The line of an image of a corpus, with the results that its manifest expects.
  init(_ vector: Vector, image: String) {
    self.image = image
    exit = vector.exit
    findings = Self.pairs(vector.findings.map { [$0.rule, $0.class] })
    reads = vector.reads
  }

  /// The line of the image in `source`, with the results of checker and reference. Blocks are read
  /// at `places`.
  ///
  /// - Throws: `StorageError` if the file fails.
  init(
    _ source: any ByteSource, _ checker: Checker, image: String,
    reads places: [(block: BlockOffset, count: BlockCount)]
  ) throws(StorageError) {
    let report = try checker.check(source)
    self.image = image
    exit = report.verdict.rawValue
    findings = Self.pairs(report.findings.map { [$0.rule.id, $0.ruleClass.rawValue] })
    let opened = try? CacheImage.open(source, purpose: .reading)
    reads =
      opened.map { opened in
        places.compactMap { ExpectedRead(of: opened, at: $0.block, count: $0.count) }
      } ?? []
  }

  private static func pairs(_ all: [[String]]) -> [[String]] {
    var pairs: [[String]] = []
    for pair in all where !pairs.contains(pair) { pairs.append(pair) }
    return pairs
  }

  /// Returns the bytes of the line, with a line end.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}

extension ExpectedRead {
  /// The result of a read of `count` blocks from `block` on by the reference; `nil` if it fails
  /// without naming a rule.
  ///
  /// - Precondition: The blocks fit into memory.
  init?(of image: CacheImage, at block: BlockOffset, count: BlockCount) {
    var bytes = [UInt8](repeating: 0, count: Int(count.bytes))
    do throws(ImageError) {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      switch try image.read(offset: block, count: count, into: &buffer) {
      case .miss(let blocks): self = .miss(block, count, blocks: blocks)
      case .hit(let blocks):
        let crc32 = Zlib.crc32(Array(bytes.prefix(Int(clamping: blocks.bytes))))
        self = .hit(block, count, blocks: blocks, crc32: crc32)
      }
    } catch {
      guard case .violation(let violation) = error else { return nil }
      self = .refused(block, count, for: violation.rule)
    }
  }
}
