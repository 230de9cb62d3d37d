internal import VCIFormat

extension PlainImage {
  /// The disk blocks that a node covers, and where it is.
  private struct Branch {
    let start: UInt64
    let end: UInt64
    let address: UInt64
  }

  package func close() throws {
    let old = Array(nodes.reversed())
    nodes = []
    var level = try writeLeaves(at: old[0])
    while level.count > 1 || nodes.count < old.count {
      level = try writeInternal(level, at: nodes.count < old.count ? old[nodes.count] : [])
    }
    nodes.reverse()
    try writeMap()
    header.treeRoot = BlockAddress(level[0].address)
    var bytes = [UInt8](repeating: 0, count: Format.headerSize)
    bytes.change { header.encode(into: &$0) }
    try write(bytes, toBlock: 0)
    try storage.synchronize()
  }

  private func writeLeaves(at old: [UInt64]) throws -> [Branch] {
    let all = extents.all
    let links = Links(all)
    return try spread(all.count, Format.extentsPerLeaf, over: old) { range, address in
      var bytes = [UInt8](repeating: 0, count: Format.nodeSize)
      bytes.change { node in
        node.put(NodeType.leaf.rawValue, at: 0)
        for (slot, index) in range.enumerated() {
          let extent = all[index]
          Extent(
            previous: BlockAddress(links.previous[index]), next: BlockAddress(links.next[index]),
            offset: BlockOffset(extent.offset), blocks: BlockCount(extent.count),
            address: BlockAddress(extent.address)
          ).encode(into: &node, slot: slot)
        }
      }
      try write(bytes, toBlock: address)
      return Branch(
        start: range.isEmpty ? 0 : all[range.lowerBound].offset,
        end: range.isEmpty ? 0 : all[range.upperBound - 1].end, address: address)
    }
  }

  private func writeInternal(_ children: [Branch], at old: [UInt64]) throws -> [Branch] {
    try spread(children.count, Format.entriesPerInternalNode, over: old) { range, address in
      var bytes = [UInt8](repeating: 0, count: Format.nodeSize)
      bytes.change { node in
        node.put(NodeType.internal.rawValue, at: 0)
        for (slot, index) in range.enumerated() {
          let child = children[index]
          InternalEntry(
            offset: BlockOffset(child.start), blocks: BlockCount(child.end - child.start),
            child: BlockAddress(child.address)
          ).encode(into: &node, slot: slot)
        }
      }
      try write(bytes, toBlock: address)
      return Branch(
        start: children[range.lowerBound].start, end: children[range.upperBound - 1].end,
        address: address)
    }
  }

  /// Spreads so many slots evenly over the nodes that a level has, or over more where they do not
  /// fit; `put` is told which slots go to which address.
  private func spread(
    _ count: Int, _ limit: Int, over old: [UInt64], _ put: (Range<Int>, UInt64) throws -> Branch
  ) throws -> [Branch] {
    let needed = max(min(old.count, count), (count + limit - 1) / limit, 1)
    var addresses = Array(old.prefix(needed))
    for address in old.dropFirst(needed) { space.release(8, at: address) }
    while addresses.count < needed {
      guard let address = space.take(8) else { preconditionFailure("the cache is full") }
      addresses.append(address)
    }
    nodes.append(addresses)
    return try addresses.enumerated().map { index, address in
      try put(index * count / needed..<(index + 1) * count / needed, address)
    }
  }

  private func writeMap() throws {
    let blocks = header.blocks.rawValue
    var bits = [UInt8](repeating: 0xff, count: Int((blocks + 7) / 8))
    if blocks % 8 > 0 { bits[bits.count - 1] = 1 << UInt8(blocks % 8) - 1 }
    var free: UInt64 = 0
    for run in space.freeRuns {
      free += run.upperBound - run.lowerBound
      for block in run { bits[Int(block / 8)] &= ~(1 << UInt8(block % 8)) }
    }
    try write(bits, toBlock: header.blockMap.rawValue + 1)
    let metadata =
      Format.headerBlocks.rawValue + header.blockMapBlocks.rawValue + UInt64(nodes.joined().count)
      * 8
    var bytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
    bytes.change {
      BlockMapHeader(
        blocks: header.blocks, free: BlockCount(free), metadata: BlockCount(metadata),
        data: BlockCount(blocks - free - metadata)
      ).encode(into: &$0)
    }
    try write(bytes, toBlock: header.blockMap.rawValue)
  }
}

/// The links of the list of extents, the one that was used last first.
private struct Links {
  private(set) var previous: [UInt64]
  private(set) var next: [UInt64]

  init(_ extents: [PlainExtent]) {
    previous = [UInt64](repeating: 0, count: extents.count)
    next = previous
    let order = extents.indices.sorted { extents[$0].stamp > extents[$1].stamp }
    for (earlier, later) in zip(order.dropFirst(), order) {
      previous[earlier] = extents[later].address
      next[later] = extents[earlier].address
    }
  }
}

extension [UInt8] {
  fileprivate mutating func change(_ body: (inout MutableRawSpan) -> Void) {
    var span = mutableSpan
    var buffer = span.mutableBytes
    body(&buffer)
  }
}
