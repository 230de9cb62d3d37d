internal import VCIFormat

/// An extent, as plain numbers.
package struct PlainExtent: BitwiseCopyable, Equatable {
  /// The first disk block.
  package var offset: UInt64
  /// The first file block.
  package var address: UInt64
  /// How many blocks.
  package var count: UInt64
  /// When it was used: the larger, the later.
  package var stamp: UInt64

  package init(offset: UInt64, address: UInt64, count: UInt64, stamp: UInt64 = 0) {
    self.offset = offset
    self.address = address
    self.count = count
    self.stamp = stamp
  }

  /// The disk block after the last.
  package var end: UInt64 { offset + count }
}

/// Some way to keep the extents of a cache.
package protocol ExtentStore: AnyObject {
  /// Makes a store of extents that are in order and apart.
  init(_ extents: [PlainExtent])

  /// The file block that holds a disk block, `nil` where none does.
  func find(_ block: UInt64) -> UInt64?

  /// Adds an extent that meets no other.
  func insert(_ extent: PlainExtent)

  /// Removes the extent that begins at disk block `offset`, which there is.
  func remove(_ offset: UInt64)

  /// The extents in order.
  var all: [PlainExtent] { get }
}

/// What a store that is a part of a plain image can do besides.
package protocol PlainExtentStore: ExtentStore {
  /// Makes the extent that ends right before disk block `offset` one block longer, where its data
  /// ends right before file block `address` too; answers whether it does.
  func grow(to offset: UInt64, _ address: UInt64, stamp: UInt64) -> Bool

  /// Removes a disk block that is the last of an extent; answers where it was.
  func removeLast(_ offset: UInt64) -> UInt64
}

/// The tree of the reference.
package final class ReferenceStore: ExtentStore {
  private let tree: ExtentTree
  private var space = EndlessSpace()

  /// Places nodes one behind the other, and forgets what comes back.
  private struct EndlessSpace: NodeSpace {
    private var next: UInt64 = 1 << 40

    mutating func placeNode() -> BlockAddress {
      next += 8
      return BlockAddress(next)
    }

    mutating func releaseNode(at address: BlockAddress) {}
    mutating func releaseData(_ data: BlockRange) {}
  }

  package init(_ extents: [PlainExtent]) {
    tree = ExtentTree(emptyRootAt: 8)
    var order = Array(extents.indices)
    // Written in disorder, so that leaves are as full as those of a cache that was in use.
    var random = SplitMix(seed: 1)
    order.shuffle(using: &random)
    for index in order { insert(extents[index]) }
  }

  package func find(_ block: UInt64) -> UInt64? {
    guard let extent = tree.firstExtent(from: BlockOffset(block)), extent.offset <= block else {
      return nil
    }
    return extent.address + (block - extent.offset)
  }

  package func insert(_ extent: PlainExtent) {
    let placement = tree.placement(
      from: BlockOffset(extent.offset), to: BlockOffset(extent.end))
    let blocks = Cover(start: extent.offset, end: extent.end)
    guard tree.cost(of: placement, ExtentTree.Change(blocks: blocks, adds: true)) != nil else {
      preconditionFailure("no slot for disk block \(extent.offset)")
    }
    let data = BlockRange(BlockAddress(extent.address), BlockCount(extent.count))
    tree.insert(
      ExtentSlot(offset: BlockOffset(extent.offset), data: data), at: placement, in: &space)
  }

  package func remove(_ offset: UInt64) {
    guard let extent = tree.firstExtent(from: BlockOffset(offset)), extent.offset == offset,
      let placement = tree.removal(from: BlockOffset(offset), to: BlockOffset(extent.end))
    else { preconditionFailure("no extent at disk block \(offset)") }
    let blocks = Cover(start: offset, end: extent.end)
    _ = tree.cost(of: placement, ExtentTree.Change(blocks: blocks, adds: false))
    tree.remove(to: BlockOffset(extent.end), at: placement, in: &space)
  }

  package var all: [PlainExtent] {
    var all: [PlainExtent] = []
    tree.walkLeaves { id in
      let leaf = tree[id]
      for index in 0..<Int(leaf.count) {
        let extent = tree.extent(leaf, index)
        all.append(
          PlainExtent(
            offset: extent.offset, address: extent.address, count: UInt64(extent.count)))
      }
    }
    return all
  }
}
