internal import VCIFormat

/// What a checker has read of an image before it compares anything: header, bits, and the tree by
/// point 4 of "When each rule is checked" in `Specs/VCI.md`.
///
/// It follows from the bytes alone, and holds for an image that an open takes.
struct CheckedImage {
  /// A node that was read.
  struct Visit {
    /// The node; `nil` if its type byte is no type.
    let node: ModelNode?
    let range: BlockRange
    /// The root's level is 1.
    let level: Int
    /// The index of its parent's visit, and the slot that leads to it; `nil` for the root.
    let parent: (visit: Int, slot: Int)?
  }

  /// An entry that names a node that an earlier entry names, and is no ancestor.
  struct Repeat {
    let visit: Int
    let slot: Int
    /// The visit of the node.
    let node: Int
  }

  /// A used extent.
  struct Used {
    let visit: Int
    let slot: Int
    let extent: Extent
    /// Whether its data is in range and in the file.
    let isPlaced: Bool
  }

  let bytes: SparseBytes
  let header: Header
  let counters: BlockMapHeader
  /// The bits of the whole map, past the cache's end too.
  let bits: BlockRuns
  /// The bits as they are to a program that takes the most significant bit of a byte for the first.
  let reversedBits: BlockRuns
  /// The indices of the bitmap's bytes that are not zero.
  let touchedBytes: BlockRuns
  private(set) var visits: [Visit] = []
  private(set) var repeats: [Repeat] = []
  private(set) var used: [Used] = []
  private var visitsByAddress: [BlockAddress: Int] = [:]

  init(_ bytes: SparseBytes) {
    self.bytes = bytes
    header = bytes.header
    let raw = bytes.bytes(at: header.blockMap.bytes, count: Format.mapHeaderSize)
    counters = unsafe BlockMapHeader(decoding: raw.span.bytes)
    let map = MapBits(bytes, header)
    (bits, reversedBits, touchedBytes) = (map.bits, map.reversed, map.touched)
    visit(header.treeRoot, level: 1, parent: nil)
  }

  var map: BlockRange { BlockRange(header.blockMap, header.blockMapBlocks) }
  var blocks: UInt64 { header.blocks.rawValue }
  /// The bits that the map has room for.
  var bitCapacity: UInt64 { (header.blockMapBlocks.rawValue - 1) * Format.bitsPerMapBlock }
  var placed: [Used] { used.filter(\.isPlaced) }

  private func isPlaced(_ range: BlockRange) -> Bool {
    range.isWithin(Format.firstBlock, BlockAddress(blocks))
      && range.isWithin(0, BlockAddress(bytes.size / Format.blockSize))
  }

  private mutating func visit(
    _ address: BlockAddress, level: Int, parent: (visit: Int, slot: Int)?
  ) {
    let index = visits.count
    let node = bytes.node(at: address)
    visitsByAddress[address] = index
    visits.append(
      Visit(
        node: node, range: BlockRange(address, Format.nodeBlocks), level: level, parent: parent))
    guard let node else { return }
    for (slot, extent) in node.extents.enumerated() where extent.isUsed {
      used.append(
        Used(visit: index, slot: slot, extent: extent, isPlaced: isPlaced(extent.data)))
    }
    guard level < Format.maximumLevels else { return }
    for (slot, entry) in node.entries.enumerated() where entry.isUsed {
      guard isPlaced(BlockRange(entry.child, Format.nodeBlocks)) else { continue }
      guard let known = visitsByAddress[entry.child] else {
        visit(entry.child, level: level + 1, parent: (index, slot))
        continue
      }
      if !isAncestor(known, of: index) {
        repeats.append(Repeat(visit: index, slot: slot, node: known))
      }
    }
  }

  private func isAncestor(_ earlier: Int, of visit: Int) -> Bool {
    var next: Int? = visit
    while let current = next, current > earlier { next = visits[current].parent?.visit }
    return next == earlier
  }
}

/// The bitmap of an image, decoded in both orders of bits.
private struct MapBits {
  private(set) var bits = BlockRuns()
  private(set) var reversed = BlockRuns()
  private(set) var touched = BlockRuns()

  init(_ bytes: SparseBytes, _ header: Header) {
    let start = header.blockMap.bytes + UInt64(Format.mapHeaderSize)
    let end = header.blockMap.bytes + header.blockMapBlocks.bytes
    var runs: (bits: [BlockRange], reversed: [BlockRange], touched: [BlockRange]) = ([], [], [])
    var next = bytes.nextData(from: start)
    while let offset = next, offset < end {
      let count = min(end - offset, 4096)
      for (index, byte) in bytes.bytes(at: offset, count: Int(count)).enumerated() where byte != 0 {
        let place = offset - start + UInt64(index)
        Self.add(BlockRange(BlockAddress(place), 1), to: &runs.touched)
        // Most bytes have all bits, or none.
        guard byte != 0xff else {
          Self.add(BlockRange(BlockAddress(place * 8), 8), to: &runs.bits)
          Self.add(BlockRange(BlockAddress(place * 8), 8), to: &runs.reversed)
          continue
        }
        for bit in 0..<UInt64(8) where byte >> bit & 1 == 1 {
          Self.add(BlockRange(BlockAddress(place * 8 + bit), 1), to: &runs.bits)
          Self.add(BlockRange(BlockAddress(place * 8 + 7 - bit), 1), to: &runs.reversed)
        }
      }
      next = bytes.nextData(from: offset + count)
    }
    bits = BlockRuns(runs.bits)
    reversed = BlockRuns(runs.reversed)
    touched = BlockRuns(runs.touched)
  }

  /// Appends a run, or makes the last one longer if that ends where the run begins.
  private static func add(_ run: BlockRange, to runs: inout [BlockRange]) {
    if let last = runs.last, last.first.rawValue + last.count.rawValue == run.first.rawValue {
      runs[runs.count - 1] = BlockRange(
        last.first, BlockCount(last.count.rawValue + run.count.rawValue))
    } else {
      runs.append(run)
    }
  }
}
