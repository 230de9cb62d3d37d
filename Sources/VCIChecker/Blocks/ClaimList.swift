internal import VCIFormat

/// The blocks that an extent or a piece of metadata owns; 16 bytes.
struct Claim {
  /// The first block, then 8 bits for the slot of an extent, all set for metadata.
  private let place: UInt64
  /// The number of blocks.
  let count: UInt32
  /// Of an extent, the index of its node in the table. Of metadata, 0 for the header, 1 for the
  /// map, and for a node its index plus 2.
  private let owner: UInt32

  /// Makes the claim of the extent in slot `slot` of node `node`.
  ///
  /// - Precondition: the blocks end at 2^44 or before, as all that are in range do.
  init(data first: UInt64, _ count: UInt32, node: UInt32, slot: Int) {
    place = first << 8 | UInt64(truncatingIfNeeded: slot)
    self.count = count
    owner = node
  }

  /// Makes the claim of the metadata that is number `number` in walk order.
  ///
  /// - Precondition: the blocks end at 2^44 or before, as all that are in range do.
  init(metadata blocks: BlockRange, number: UInt32) {
    place = blocks.first.rawValue << 8 | 0xff
    count = UInt32(blocks.count.rawValue)
    owner = number
  }

  var first: UInt64 { place >> 8 }
  /// The block after the last one.
  var end: UInt64 { place >> 8 + UInt64(count) }
  var blocks: Range<UInt64> { first..<end }
  var range: BlockRange { BlockRange(BlockAddress(first), BlockCount(UInt64(count))) }
  var isData: Bool { place & 0xff != 0xff }
  /// The slot of an extent.
  var slot: Int { Int(place & 0xff) }
  /// The node that claims, or that has the extent; `nil` for header and map.
  var node: UInt32? { isData ? owner : owner < 2 ? nil : owner - 2 }
  /// The claim's number in walk order, metadata before data.
  var turn: UInt64 { isData ? 1 << 40 | UInt64(owner) << 8 | place & 0xff : UInt64(owner) }

  /// Returns whether `left` starts at a lower block than `right`.
  static func ascend(_ left: Claim, _ right: Claim) -> Bool { left.place < right.place }
}

/// Claims of data in walk order.
struct ClaimList {
  /// The maximum number of claims.
  static let most = 1 << 31

  private var claims = PieceList<Claim>()
  /// The claims of the current leaf, which are not yet in the list.
  private var leaf: [Claim] = []

  var count: Int { claims.count }
  var pieces: [[Claim]] { claims.pieces }

  subscript(index: Int) -> Claim { claims[index] }

  /// Whether each claim starts at a higher block than the one before.
  var isAscending: Bool {
    var last: UInt64 = 0
    for piece in pieces {
      for claim in piece {
        // No data is at block 0.
        guard claim.first > last else { return false }
        last = claim.first
      }
    }
    return true
  }

  mutating func removeAll() { claims.removeAll() }

  mutating func append(_ claim: Claim) { claims.append(claim) }

  /// Calls `change` to fill in the claims of another leaf, at most 107, and adds them if it returns
  /// true.
  mutating func addLeaf(_ change: (inout OutputSpan<Claim>) -> Bool) {
    leaf.removeAll(keepingCapacity: true)
    var isKept = false
    leaf.append(addingCapacity: Format.extentsPerLeaf) { span in isKept = change(&span) }
    if isKept { claims.append(contentsOf: leaf) }
  }
}
