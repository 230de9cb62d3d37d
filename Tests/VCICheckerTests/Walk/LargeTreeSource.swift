import VCIFormat

/// An image of any number of leaves, whose bytes are made when they are read.
///
/// The root is at block 2, internal nodes below it from block 10 on, then the leaves, the map, and
/// the data, all without gaps; every bit is set. Each leaf has as many extents, of one block each.
final class LargeTreeSource: ByteSource {
  private let leaves: UInt64
  private let extentsPerLeaf: UInt64
  /// Whether all extents claim the first block of data.
  private let collides: Bool
  /// Internal nodes between the root and the leaves.
  private let middle: UInt64
  private let map: UInt64
  private let mapBlocks: UInt64
  /// The blocks of the cache, all of which are owned.
  let blocks: UInt64
  private let start: [UInt8]

  init(leaves: UInt64, extentsPerLeaf: UInt64, collides: Bool = false) {
    self.leaves = leaves
    self.extentsPerLeaf = extentsPerLeaf
    self.collides = collides
    middle = (leaves + 199) / 200
    precondition(middle <= 204, "a root of \(middle) entries")
    map = 10 + (middle + leaves) * 8
    let extents = leaves * extentsPerLeaf
    // The map must have bits for itself too.
    var mapBlocks: UInt64 = 2
    while 1 + (map + mapBlocks + extents + 4095) / 4096 > mapBlocks { mapBlocks += 1 }
    self.mapBlocks = mapBlocks
    blocks = map + mapBlocks + extents
    var header = [UInt8](repeating: 0, count: 1024)
    func put(_ number: UInt64, width: Int, at offset: Int) {
      for index in 0..<width {
        header[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(index * 8))
      }
    }
    put(0x0001_0049_4356, width: 6, at: 0)
    put(blocks, width: 8, at: 8)
    put(1, width: 4, at: 17)
    put(2, width: 8, at: 21)
    put(map, width: 8, at: 29)
    put(mapBlocks, width: 4, at: 37)
    header[41] = 1
    start = header
  }

  func byteCount() throws(StorageError) -> UInt64 { blocks * 512 }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    buffer.zero(0..<buffer.byteCount)
    let block = offset / 512
    if block == 0 {
      for (index, byte) in start.enumerated() { buffer.put(byte, at: index) }
    } else if block < map {
      putNode((block - 2) / 8, into: &buffer)
    } else if block == map {
      putMapHeader(into: &buffer)
    } else {
      putBits((offset - map * 512 - 512) * 8, into: &buffer)
    }
    return buffer.byteCount
  }

  /// Node 0 is the root, then come those in the middle, then the leaves.
  private func putNode(_ node: UInt64, into buffer: inout MutableRawSpan) {
    if node == 0 {
      putEntries(0..<middle, each: 200 * 1000, from: 1, into: &buffer)
    } else if node <= middle {
      let first = (node - 1) * 200
      putEntries(first..<min(leaves, first + 200), each: 1000, from: 1 + middle, into: &buffer)
    } else {
      putExtents(node - 1 - middle, into: &buffer)
    }
  }

  private func putEntries(
    _ children: Range<UInt64>, each blocks: UInt64, from first: UInt64,
    into buffer: inout MutableRawSpan
  ) {
    buffer.put(1 as UInt8, at: 0)
    for (slot, child) in children.enumerated() {
      buffer.put(child * blocks, at: 1 + slot * 20)
      buffer.put(UInt32(blocks), at: 9 + slot * 20)
      buffer.put(2 + (first + child) * 8, at: 13 + slot * 20)
    }
  }

  private func putExtents(_ leaf: UInt64, into buffer: inout MutableRawSpan) {
    buffer.put(2 as UInt8, at: 0)
    let data = map + mapBlocks
    let last = blocks - 1
    for slot in 0..<Int(extentsPerLeaf) where 39 + slot * 38 <= buffer.byteCount {
      let address = data + leaf * extentsPerLeaf + UInt64(slot)
      let base = 1 + slot * 38
      if !collides {
        buffer.put(address > data ? address - 1 : 0, at: base)
        buffer.put(address < last ? address + 1 : 0, at: base + 8)
      }
      buffer.put(leaf * 1000 + UInt64(slot) * 3, at: base + 18)
      buffer.put(1 as UInt32, at: base + 26)
      buffer.put(collides ? data : address, at: base + 30)
    }
  }

  private func putMapHeader(into buffer: inout MutableRawSpan) {
    let extents = leaves * extentsPerLeaf
    buffer.put(0x0001_4b4c_4256 as UInt64, at: 0)
    buffer.put(blocks, at: 8)
    buffer.put(blocks - extents, at: 24)
    buffer.put(extents, at: 32)
  }

  private func putBits(_ first: UInt64, into buffer: inout MutableRawSpan) {
    var block = first
    var index = 0
    while index < buffer.byteCount, block < blocks {
      let byte: UInt8 = blocks - block >= 8 ? 0xff : UInt8(1 << (blocks - block) - 1)
      buffer.put(byte, at: index)
      block += 8
      index += 1
    }
  }
}
