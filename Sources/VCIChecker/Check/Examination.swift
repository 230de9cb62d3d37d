internal import VCIFormat

/// A check of one image: what is known so far, and the buffers in which it is read.
struct Examination {
  /// How many findings of an image are kept, beside the first of each rule; the rest is counted.
  let budget: Int
  var report = Report()
  /// The rules that were found broken.
  var broken = RuleSet()
  /// Whether a corruption of stage touch was found: what lies below it is unknown.
  var isTouched = false
  var header = Header(
    blocks: 0, cacheType: 0, treeRoot: 0, blockMap: 0, blockMapBlocks: 0, imageUUID: .nil,
    modificationUUID: .nil)
  /// The header's bytes, then those of the map's header.
  var headerBytes = [UInt8](repeating: 0, count: Format.headerSize)
  var mapBytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
  var bitmap = BitmapReader()
  /// The nodes from the root to the one that is looked at, one for each level.
  var levels = NodeLevels()
  /// What stands in the node that is looked at, where not all of it is in order.
  var scan = NodeScan()
  /// Every node that was read, in walk order.
  var nodes = NodeTable()
  /// The data of extents that can be read, in walk order.
  var claims = ClaimList()
  var tally = TreeTally()
  var owned = OwnedBits()
  var list = RecencyList()
  /// Who wants to know how far the check is.
  private(set) var tell: ((CheckProgress) -> Void)?
  /// How many extents are looked at between two words about it.
  static let tellingStep = 1 << 16

  init(budget: Int) {
    self.budget = budget
  }

  /// Checks the image in `source`, and tells `progress` how far it is.
  mutating func run(
    _ source: any ByteSource, _ progress: ((CheckProgress) -> Void)?
  ) throws(StorageError) -> Report {
    tell = progress
    defer { tell = nil }
    report = Report()
    broken = RuleSet()
    isTouched = false
    report.byteCount = try source.byteCount()
    try judgeGroups(source)
    // A bitmap that ended early looks like a hole, and what grew was not read.
    try source.judgeByteCount(report.byteCount)
    return report
  }

  /// Judges one group after the other, up to the first that every open refuses the image for.
  private mutating func judgeGroups(_ source: any ByteSource) throws(StorageError) {
    try judgeProbe(source)
    guard broken.isEmpty else { return }
    report.group = .header
    judgeHeader()
    guard !isRefusedByOpen else { return }
    report.group = .map
    try judgeMap(source)
    guard !isRefusedByOpen else { return }
    report.group = .root
    let root = try judgeRoot(source)
    guard !isRefusedByOpen else { return }
    report.group = .tree
    try judgeTree(below: root, source)
  }

  /// Whether something was found that every open refuses, which ends the check; asked only before
  /// anything below the root is checked.
  private var isRefusedByOpen: Bool { broken.intersects(RuleGroup.tree.endingRules) }

  /// Reports that the image breaks `rule` at `place`, and returns whether it did: if the fault of
  /// this site is planted, it did not.
  @discardableResult
  mutating func add(
    _ rule: Rule, part: SitePart? = nil, at place: Place, expected: Expectation, actual: UInt64,
    situation: Situation? = nil
  ) -> Bool {
    let violation = Violation(
      rule, by: .checker, part: part, at: place, expected: expected, actual: actual,
      inDirtyImage: header.isDirty, situation: situation)
    guard let violation else { return false }
    broken.insert(rule)
    if violation.stage == .touch, violation.ruleClass == .corruption { isTouched = true }
    report.add(violation, budget: budget)
    return true
  }

  /// Reads into `bytes` as much as `source`, of `size` bytes, has there, and answers how much that
  /// is; the rest is zero, whatever an earlier image left there.
  ///
  /// - Throws: `StorageError` where the file fails, or has become shorter.
  static func fill(
    _ bytes: inout [UInt8], from source: any ByteSource, at offset: UInt64, size: UInt64
  ) throws(StorageError) -> Int {
    try bytes.withMutableBytes { buffer throws(StorageError) in
      try fill(&buffer, from: source, at: offset, size: size)
    }
  }

  /// Reads into `buffer` as much as `source`, of `size` bytes, has there, and answers how much that
  /// is; the rest is zero.
  ///
  /// - Throws: `StorageError` where the file fails, or has become shorter.
  static func fill(
    _ buffer: inout MutableRawSpan, from source: any ByteSource, at offset: UInt64, size: UInt64
  ) throws(StorageError) -> Int {
    let read = try source.read(at: offset, into: &buffer)
    guard read < buffer.byteCount else { return read }
    try source.judgeRead(read, of: buffer.byteCount, at: offset, size: size)
    buffer.zero(read..<buffer.byteCount)
    return read
  }

  /// The file's whole blocks: a partial last one holds nothing.
  var fileEnd: BlockAddress { BlockAddress(report.byteCount / Format.blockSize) }

  /// The block after the last one of the cache.
  var cacheEnd: BlockAddress { BlockAddress(header.blocks.rawValue) }

  /// Where the block map lies.
  var mapRange: BlockRange { BlockRange(header.blockMap, header.blockMapBlocks) }
}
