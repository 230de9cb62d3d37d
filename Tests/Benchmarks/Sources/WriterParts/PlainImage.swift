internal import VCIFormat

/// A plain program's image: its extents and its free runs in stores of its own choice, which are
/// all that it works on from open to close.
///
/// It checks nothing, evicts nothing, and what a crash leaves behind is no image: its close puts
/// the new tree where the old one is. So it does less than the reference does, never more.
package final class PlainImage<Extents: PlainExtentStore, Space: FreeSpace>: WritableImage {
  let storage: any Storage
  var header: Header
  let extents: Extents
  let space: Space
  /// The nodes of the tree in the file, by their distance from the root.
  var nodes: [[UInt64]] = []
  private var stamp: UInt64

  package init(_ storage: any Storage) throws {
    self.storage = storage
    var bytes = [UInt8](repeating: 0, count: Format.headerSize)
    try Self.read(&bytes, from: storage, at: 0)
    header = Header(decoding: bytes.span.bytes)
    var stored: [PlainExtent] = []
    var node = [UInt8](repeating: 0, count: Format.nodeSize)
    var level = [header.treeRoot.rawValue]
    while !level.isEmpty {
      nodes.append(level)
      var children: [UInt64] = []
      for address in level {
        try Self.read(&node, from: storage, at: address * Format.blockSize)
        if node[0] == NodeType.leaf.rawValue {
          Self.decodeExtents(node, into: &stored)
        } else {
          Self.decodeChildren(node, into: &children)
        }
      }
      level = children
    }
    extents = Extents(stored)
    stamp = UInt64(stored.count)
    space = Space(blocks: header.blocks.rawValue, free: try Self.freeRuns(storage, header))
  }

  private static func decodeExtents(_ node: [UInt8], into extents: inout [PlainExtent]) {
    for slot in 0..<Format.extentsPerLeaf {
      let extent = Extent(decoding: node.span.bytes, slot: slot)
      guard extent.slotState == .used else { return }
      extents.append(
        PlainExtent(
          offset: extent.offset.rawValue, address: extent.address.rawValue,
          count: extent.blocks.rawValue))
    }
  }

  private static func decodeChildren(_ node: [UInt8], into children: inout [UInt64]) {
    for slot in 0..<Format.entriesPerInternalNode {
      let entry = unsafe InternalEntry(decoding: node.span.bytes, slot: slot)
      guard entry.slotState == .used else { return }
      children.append(entry.child.rawValue)
    }
  }

  /// The runs of blocks whose bits are 0.
  private static func freeRuns(_ storage: any Storage, _ header: Header) throws -> [Range<UInt64>] {
    var bits = [UInt8](repeating: 0, count: Int((header.blocks.rawValue + 7) / 8))
    try read(&bits, from: storage, at: header.blockMap.bytes + Format.blockSize)
    var runs: [Range<UInt64>] = []
    var start: UInt64?
    for (index, byte) in bits.enumerated() where byte != (start == nil ? 0xff : 0) {
      for bit in 0..<8 {
        let block = UInt64(index * 8 + bit)
        let isFree = byte & 1 << bit == 0
        if isFree, start == nil { start = block }
        if !isFree, let first = start {
          runs.append(first..<block)
          start = nil
        }
      }
    }
    if let start { runs.append(start..<header.blocks.rawValue) }
    return runs
  }

  private static func read(
    _ bytes: inout [UInt8], from storage: any Storage, at offset: UInt64
  ) throws {
    var span = bytes.mutableSpan
    var buffer = span.mutableBytes
    _ = try storage.read(at: offset, into: &buffer)
  }

  package func holds(_ block: UInt64) throws -> Bool { extents.find(block) != nil }

  package func write(_ bytes: [UInt8], at block: UInt64) throws {
    stamp += 1
    if let before = block > 0 ? extents.find(block - 1) : nil, space.take(1, at: before + 1) {
      try write(bytes, toBlock: before + 1)
      if !extents.grow(to: block, before + 1, stamp: stamp) {
        preconditionFailure("block \(before) does not end an extent")
      }
      return
    }
    guard let address = space.take(1) else { preconditionFailure("the cache is full") }
    try write(bytes, toBlock: address)
    extents.insert(PlainExtent(offset: block, address: address, count: 1, stamp: stamp))
  }

  package func discard(_ block: UInt64) throws {
    space.release(1, at: extents.removeLast(block))
  }

  func write(_ bytes: [UInt8], toBlock block: UInt64) throws {
    try storage.write(bytes.span.bytes, at: block * Format.blockSize)
  }
}
