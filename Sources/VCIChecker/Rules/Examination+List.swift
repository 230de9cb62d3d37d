internal import VCIFormat

extension Examination {
  /// VCI-LRU-001, VCI-LRU-002: checks the LRU list of a clean image in whose tree all extents can
  /// be read.
  mutating func checkLinks(_ source: any ByteSource) throws(StorageError) {
    guard counts.hasLinks, claims.count > 0 else { return }
    defer { list.removeAll() }
    guard list.begin(claims, header.blocks.rawValue) else { return }
    try gatherLinks(source)
    guard !broken.contains(.lruLinks), let flaw = list.firstFlaw() else { return }
    let claim = claims[flaw.index]
    let links = list.links[flaw.index]
    let target = flaw.field == .extentNext ? links.next : links.previous
    let link = target.index.map { claims[$0].first } ?? 0
    add(.lruList, at: place(of: claim, flaw.field), expected: .not(link), actual: link)
  }

  /// VCI-LRU-002: reads the links of all extents, leaf by leaf, and checks where each leads.
  private mutating func gatherLinks(_ source: any ByteSource) throws(StorageError) {
    // The root's bytes are still in memory. Any other leaf is read again, up to its last used slot.
    var node: UInt32 = 0
    var level = 0
    var before: UInt64 = 0
    var claim = claims[0]
    for index in 0..<claims.count {
      if let new = claim.node, new != node {
        node = new
        level = 1
        tell?(.links(done: index, of: claims.count))
        try readUsedPart(of: node, from: index, at: level, source)
      }
      let base = 1 + claim.slot * Format.extentSize
      let previous: UInt64 = stack.number(at: base, ofNodeAt: level)
      let next: UInt64 = stack.number(at: base + 8, ofNodeAt: level)
      let following = index + 1 < claims.count ? claims[index + 1] : nil
      let links = list.append(
        previous: previous, next: next, between: before, and: following?.first ?? 0,
        among: claims)
      if links.previous == .astray { addLink(claim, .extentPrevious, previous) }
      if links.next == .astray { addLink(claim, .extentNext, next) }
      before = claim.first
      if let following { claim = following }
    }
  }

  /// Reads a leaf up to its last used slot; `index` is that of the leaf's first claim.
  private mutating func readUsedPart(
    of node: UInt32, from index: Int, at level: Int, _ source: any ByteSource
  ) throws(StorageError) {
    var last = index
    while last + 1 < claims.count, claims[last + 1].node == node { last += 1 }
    try stack.read(
      1 + (claims[last].slot + 1) * Format.extentSize, nodes[node].address, at: level, source,
      size: report.byteCount)
  }

  private mutating func addLink(_ claim: Claim, _ field: Field, _ link: UInt64) {
    add(.lruLinks, at: place(of: claim, field), expected: .exactly(0), actual: link)
  }
}
