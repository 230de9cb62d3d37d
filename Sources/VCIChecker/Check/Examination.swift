internal import VCIFormat

/// A check of one image: what is known so far, and buffers that are kept for the next image.
struct Examination {
  /// The most findings that are kept beside the first of each rule; the rest are counted.
  let budget: Int
  var report = Report()
  /// The rules that were found broken.
  var broken = RuleSet()
  /// Whether a corruption of stage touch was found, which hides a part of the tree.
  var isTouched = false
  var header = Header(
    blocks: 0, cacheType: 0, treeRoot: 0, blockMap: 0, blockMapBlocks: 0, imageUUID: .nil,
    modificationUUID: .nil)
  /// The header's bytes, then those of the map's header.
  var headerBytes = [UInt8](repeating: 0, count: Format.headerSize)
  var mapBytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
  var bitmap = BitmapReader()
  /// The nodes from the root to the current one, one for each level.
  var stack = WalkStack()
  /// The slots of the current node, if it breaks a rule by itself.
  var scan = NodeScan()
  /// Every node that was read, in walk order.
  var nodes = NodeTable()
  /// The data of extents that can be read, in walk order.
  var claims = ClaimList()
  var counts = TreeCounts()
  var owned = OwnedBits()
  var list = LinkList()
  /// Called with the progress of the check.
  private(set) var tell: ((CheckProgress) -> Void)?
  /// The number of extents between two calls of `tell`.
  static let tellingStep = 1 << 16

  init(budget: Int) {
    self.budget = budget
  }

  /// Checks the image in `source`; `progress` is called after the walk through the tree.
  mutating func run(
    _ source: any ByteSource, _ progress: ((CheckProgress) -> Void)?
  ) throws(StorageError) -> Report {
    tell = progress
    defer { tell = nil }
    report = Report()
    broken = RuleSet()
    isTouched = false
    report.byteCount = try source.byteCount()
    try checkGroups(source)
    // A bitmap that ended early looks like a hole, and bytes that were added were not read.
    try source.requireByteCount(report.byteCount)
    return report
  }

  /// Checks the groups in order, and ends after the first for which every open refuses the image.
  private mutating func checkGroups(_ source: any ByteSource) throws(StorageError) {
    try checkProbe(source)
    guard broken.isEmpty else { return }
    report.group = .header
    checkHeader()
    guard !isRefusedByOpen else { return }
    report.group = .map
    try checkMap(source)
    guard !isRefusedByOpen else { return }
    report.group = .root
    let root = try checkRoot(source)
    guard !isRefusedByOpen else { return }
    report.group = .tree
    try checkTree(below: root, source)
  }

  /// Whether a rule is broken for which every open refuses the image. Below the root this would say
  /// too much: other nodes break the same rules at stage touch.
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

  /// Fills `bytes`, or `range` of them, from byte `offset` of a source of `size` bytes, with zeros
  /// after its end, and returns how many bytes were read.
  ///
  /// - Throws: `StorageError` if the file cannot be read, or has become shorter.
  static func fill(
    _ bytes: inout [UInt8], in range: Range<Int>? = nil, from source: any ByteSource,
    at offset: UInt64, size: UInt64
  ) throws(StorageError) -> Int {
    try bytes.withMutableBytes(in: range ?? 0..<bytes.count) { buffer throws(StorageError) in
      let read = try source.read(at: offset, into: &buffer)
      guard read < buffer.byteCount else { return read }
      try source.requireWholeRead(read, of: buffer.byteCount, at: offset, size: size)
      buffer.zero(read..<buffer.byteCount)
      return read
    }
  }

  /// The block after the last whole one of the file: a partial last block holds nothing.
  var fileEnd: BlockAddress { BlockAddress(report.byteCount / Format.blockSize) }

  /// The block after the last one of the cache.
  var cacheEnd: BlockAddress { BlockAddress(header.blocks.rawValue) }

  /// The blocks of the block map.
  var mapRange: BlockRange { BlockRange(header.blockMap, header.blockMapBlocks) }
}
