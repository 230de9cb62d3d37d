/// An image with a tree of several nodes whose bytes are typed by hand: no encoder of the suite has
/// a part in it.
///
/// It is a `HandmadeImage` whose root, at block 4, is internal. Other nodes follow from block 12
/// on, 8 blocks each, and data after them; each data block's bytes are its own address. Map and
/// counters stay those of the fresh image: a reader does not ask them.
public struct HandmadeTree: Sendable {
  /// What a slot of a node is to hold.
  public struct Slot: Sendable {
    let offset, blocks, address: UInt64
    let flags: UInt8
    let isEntry: Bool

    /// An extent.
    public static func extent(
      _ offset: UInt64, _ blocks: UInt64, at address: UInt64, flags: UInt8 = 0
    ) -> Slot {
      Slot(offset: offset, blocks: blocks, address: address, flags: flags, isEntry: false)
    }

    /// An entry of an internal node.
    public static func entry(_ offset: UInt64, _ blocks: UInt64, child address: UInt64) -> Slot {
      Slot(offset: offset, blocks: blocks, address: address, flags: 0, isEntry: true)
    }
  }

  /// The image.
  public var image: HandmadeImage

  /// The block of the root.
  public static let root: UInt64 = 4

  /// An image with room for `nodes` nodes beside the root, and for `data` blocks of data.
  public init(nodes: Int, data: Int = 0) {
    image = HandmadeImage(data: nodes * 8 + data)
    let first = 12 + nodes * 8
    for block in first..<first + data {
      image.put([UInt8](repeating: UInt8(truncatingIfNeeded: block), count: 512), at: block * 512)
    }
  }

  /// The block of node `index` beside the root, counted from 0.
  public static func node(_ index: Int) -> UInt64 { UInt64(12 + index * 8) }

  /// Makes the root an internal node with these entries.
  public mutating func putRoot(_ slots: [Slot]) { putInternal(Self.root, slots) }

  /// Makes the node at `block` an internal one with these entries.
  public mutating func putInternal(_ block: UInt64, _ slots: [Slot]) { put(block, 1, slots) }

  /// Makes the node at `block` a leaf with these extents.
  public mutating func putLeaf(_ block: UInt64, _ slots: [Slot]) { put(block, 2, slots) }

  /// Puts a slot of the node at `block`, and nothing else.
  public mutating func put(_ slot: Slot, _ index: Int, of block: UInt64) {
    let start = Int(block) * 512 + 1
    if slot.isEntry {
      let base = start + index * 20
      image.put(slot.offset, width: 8, at: base)
      image.put(slot.blocks, width: 4, at: base + 8)
      image.put(slot.address, width: 8, at: base + 12)
    } else {
      let base = start + index * 38
      image.bytes[base + 16] = slot.flags
      image.put(slot.offset, width: 8, at: base + 18)
      image.put(slot.blocks, width: 4, at: base + 26)
      image.put(slot.address, width: 8, at: base + 30)
    }
  }

  private mutating func put(_ block: UInt64, _ type: UInt8, _ slots: [Slot]) {
    let start = Int(block) * 512
    image.put([UInt8](repeating: 0, count: 4096), at: start)
    image.bytes[start] = type
    for (index, slot) in slots.enumerated() { put(slot, index, of: block) }
  }

  /// The same image after `change`.
  public func changed(_ change: (inout HandmadeTree) -> Void) -> HandmadeTree {
    var tree = self
    change(&tree)
    return tree
  }
}
