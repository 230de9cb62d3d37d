internal import VCIFormat

/// The blocks that somebody claims; 16 bytes.
struct Claim {
  /// The first block, then 8 bits for the slot of an extent, all set for metadata.
  private let place: UInt64
  /// How many blocks.
  let count: UInt32
  /// Of an extent, its node as the table counts; of metadata, 0 for the header, 1 for the map,
  /// and two more than the table counts for a node.
  private let owner: UInt32

  /// The claim of the extent in slot `slot` of node `node`.
  ///
  /// - Precondition: the blocks end at 2^44 at the latest, as all in range do.
  init(data first: UInt64, _ count: UInt32, node: UInt32, slot: Int) {
    place = first << 8 | UInt64(truncatingIfNeeded: slot)
    self.count = count
    owner = node
  }

  /// The claim of the metadata that comes at `number` in walk order.
  ///
  /// - Precondition: the blocks end at 2^44 at the latest, as all in range do.
  init(metadata blocks: BlockRange, number: UInt32) {
    place = blocks.first.rawValue << 8 | 0xff
    count = UInt32(blocks.count.rawValue)
    owner = number
  }

  var first: UInt64 { place >> 8 }
  /// The block behind the last one.
  var end: UInt64 { place >> 8 + UInt64(count) }
  var blocks: Range<UInt64> { first..<end }
  var range: BlockRange { BlockRange(BlockAddress(first), BlockCount(UInt64(count))) }
  var isData: Bool { place & 0xff != 0xff }
  /// The slot of an extent.
  var slot: Int { Int(place & 0xff) }
  /// The node, as the table counts, of an extent, or that claims; `nil` for header and map.
  var node: UInt32? { isData ? owner : owner < 2 ? nil : owner - 2 }
  /// Its turn: metadata before data, both in walk order.
  var turn: UInt64 { isData ? 1 << 40 | UInt64(owner) << 8 | place & 0xff : UInt64(owner) }

  /// Whether it starts at a lower block.
  static func ascends(_ left: Claim, _ right: Claim) -> Bool { left.place < right.place }
}

/// Claims of data in walk order; they grow by a quarter at a time, so that little is wasted.
struct ClaimList {
  private(set) var items: [Claim] = []
  private static let least = 256

  var count: Int { items.count }

  subscript(index: Int) -> Claim { items[index] }

  /// Forgets every claim, and all memory but a little.
  mutating func removeAll() {
    if items.capacity > 64 * Self.least {
      items = []
    } else {
      items.removeAll(keepingCapacity: true)
    }
  }

  /// Forgets the claims behind the first `count`.
  mutating func shrink(to count: Int) { items.removeLast(items.count - count) }

  /// Makes room for the claims of another leaf.
  mutating func reserveLeaf() {
    guard items.capacity - items.count < Format.extentsPerLeaf else { return }
    items.reserveCapacity(items.count + max(Self.least, items.count / 4))
  }

  mutating func append(_ claim: Claim) { items.append(claim) }
}
