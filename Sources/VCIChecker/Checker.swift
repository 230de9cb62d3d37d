public import VCIFormat

/// Judges images by every rule, in the groups and with the silences of `Specs/VCI.md`.
///
/// It keeps its buffers from one image to the next and holds no more than 128 KiB, whatever the
/// image: the bitmap is read in pieces, and holes are skipped. It reads the tree only where the
/// root is a leaf; a check that reaches an internal root ends as incomplete.
public final class Checker {
  /// How many findings of an image are kept; the rest is counted.
  let budget: Int
  var report = Report()
  /// The rules that were found broken.
  var broken = RuleSet()
  var header = Header(
    blocks: 0, cacheType: 0, treeRoot: 0, blockMap: 0, blockMapBlocks: 0, imageUUID: .nil,
    modificationUUID: .nil)
  /// The header's bytes, then those of the map's header and the root.
  var headerBytes = [UInt8](repeating: 0, count: Format.headerSize)
  var mapBytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
  var rootBytes = [UInt8](repeating: 0, count: Format.nodeSize)
  var bitmap = BitmapReader()
  var leaf = LeafScan()
  var claims = Claims()
  var list = RecencyList()

  /// A checker that keeps at most `budget` findings of each image, and counts all.
  public init(budget: Int = 1000) {
    self.budget = budget
  }

  /// Checks the image in `source`; time grows with the bytes of its bitmap outside of holes.
  ///
  /// - Throws: `StorageError` where the file fails.
  public func check(_ source: any ByteSource) throws(StorageError) -> Report {
    report = Report()
    broken = RuleSet()
    report.byteCount = try source.byteCount()
    try judgeProbe(source)
    guard broken.isEmpty else { return report }
    report.group = .header
    judgeHeader()
    guard !isRefusedByOpen else { return report }
    report.group = .map
    try judgeMap(source)
    guard !isRefusedByOpen else { return report }
    report.group = .root
    guard try judgeRoot(source), !isRefusedByOpen else { return report }
    report.group = .tree
    try judgeTree(source)
    return report
  }

  /// Whether something was found that every open refuses, which ends the check.
  private var isRefusedByOpen: Bool { broken.intersects(Self.refusing) }

  private static let refusing = RuleSet(
    Rule.allCases.filter {
      $0.ruleClass(dirty: false) == .corruption && $0.stage(in: .root) <= .open
    })

  /// Notes a violation, unless its place is silenced; answers whether it did.
  @discardableResult
  func add(_ violation: Violation?) -> Bool {
    guard let violation else { return false }
    broken.insert(violation.rule)
    report.add(violation, budget: budget)
    return true
  }

  /// Reads into `bytes` as much as `source` has there, and answers how much that is; the rest is
  /// zero, whatever an earlier image left there.
  func fill(
    _ bytes: inout [UInt8], from source: any ByteSource, at offset: UInt64
  ) throws(StorageError) -> Int {
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let read = try source.read(at: offset, into: &buffer)
    if read < buffer.byteCount { buffer.zero(read..<buffer.byteCount) }
    return read
  }

  /// The file's whole blocks: a partial last one holds nothing.
  var fileEnd: BlockAddress { BlockAddress(report.byteCount / Format.blockSize) }

  /// The block after the last one of the cache.
  var cacheEnd: BlockAddress { BlockAddress(header.blocks.rawValue) }
}
