internal import VCIFormat

/// A node that was read; 24 bytes.
struct NodeRecord {
  /// The address, then 8 bits for the slot that leads to it, 4 for its level, 1 for `isEmpty`.
  private let word: UInt64
  /// The first disk block of the node.
  private(set) var lower: UInt64 = 0
  /// The index of its parent in the table; the root's is 0.
  let parent: UInt32
  /// The number of disk blocks from the first to the last one, less one; at most 2^32 - 1.
  private var widthLessOne: UInt32 = 0

  /// Makes the record of a node at `level`, counted from 0, that covers `extremes`.
  ///
  /// - Precondition: the address is below 2^44, as every one in range is.
  init(
    _ address: BlockAddress, parent: UInt32, slot: Int, level: Int,
    _ extremes: (lower: UInt64, width: UInt64)?
  ) {
    precondition(address.rawValue >> 44 == 0, "a node at \(address)")
    word =
      address.rawValue << 20 | UInt64(slot) << 12 | UInt64(level) << 8
      | (extremes == nil ? 1 : 0)
    self.parent = parent
    if let extremes {
      lower = extremes.lower
      widthLessOne = UInt32(min(extremes.width - 1, UInt64(UInt32.max)))
    }
  }

  var address: BlockAddress { BlockAddress(word >> 20) }
  /// The slot of its parent that leads to it.
  var slot: Int { Int(word >> 12 & 0xff) }
  /// Its level, counted from 0.
  var level: Int { Int(word >> 8 & 0xf) }
  /// Whether it has no used entry that is known.
  var isEmpty: Bool { word & 1 == 1 }
  /// The number of disk blocks from the first to the last one; 2^32 if there are more.
  var width: UInt64 { UInt64(widthLessOne) + 1 }

  /// Returns whether the node covers only disk blocks among the `blocks` from `offset` on.
  func isWithin(_ offset: UInt64, _ blocks: UInt64) -> Bool {
    if isEmpty { return true }
    return lower >= offset && lower - offset <= blocks && lower - offset + width <= blocks
  }
}

/// The nodes that were read, in walk order, found by address.
///
/// Addresses are kept in a hash table with open addressing and linear probing: 48 bytes for a node
/// are too few for a dictionary. If a crafted image causes long probes, the table is rehashed with
/// a multiplier derived from the addresses, so collisions cannot be prepared.
struct NodeTable {
  private static let leastSlots = 64
  private static let longestSearch = 64
  private static let firstFactor: UInt64 = 0x9e37_79b9_7f4a_7c15
  private static let mostRenewals = 16
  /// The most nodes that a table holds.
  static let most = Int(UInt32.max) - 4

  private var records = PieceList<NodeRecord>()
  /// Indices of nodes, each plus one; 0 where a slot is free. Their number is a power of two.
  private var slots: [UInt32] = []
  private var shift: UInt64 = 0
  private var factor: UInt64 = Self.firstFactor
  private var renewals = 0

  var count: Int { records.count }

  subscript(index: UInt32) -> NodeRecord { records[Int(index)] }

  /// Removes all nodes, and frees all memory but a little.
  mutating func removeAll() {
    records.removeAll()
    forgetAddresses()
  }

  /// Frees the hash table, after the walk.
  mutating func forgetAddresses() {
    slots = []
    factor = Self.firstFactor
    renewals = 0
  }

  /// The path of node `index`.
  func path(of index: UInt32) -> NodePath {
    var slots: [Int] = []
    var current = self[index]
    while current.level > 0 {
      slots.append(current.slot)
      current = self[current.parent]
    }
    return slots.reversed().reduce(.root) { $0.child($1) }
  }

  /// Adds a node, and returns its index.
  ///
  /// - Precondition: there are fewer than 2^32 - 4.
  mutating func append(_ record: NodeRecord) -> UInt32 {
    precondition(count < Self.most, "a table of \(count) nodes")
    records.append(record)
    return UInt32(count - 1)
  }

  /// Returns the node at `address`, or `nil` if no entry named one before.
  func find(_ address: BlockAddress) -> UInt32? {
    guard !slots.isEmpty else { return nil }
    var slot = firstSlot(address)
    while slots[slot] != 0 {
      if self[slots[slot] - 1].address == address { return slots[slot] - 1 }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Enters the node that was added last into the hash table.
  ///
  /// - Precondition: every node before it is in the table, except the root.
  mutating func nameLast() {
    // The load factor is at most 3/4.
    if count * 4 > slots.count * 3 { return nameAll(max(Self.leastSlots, slots.count * 2)) }
    let search = name(UInt32(count - 1))
    if search > Self.longestSearch, renewals < Self.mostRenewals {
      renewals += 1
      factor = (factor &* 0xbf58_476d_1ce4_e5b9 ^ self[UInt32(count - 1)].address.rawValue) | 1
      nameAll(slots.count)
    }
  }

  private mutating func nameAll(_ slotCount: Int) {
    slots = []
    slots = [UInt32](repeating: 0, count: slotCount)
    shift = UInt64(64 - slotCount.trailingZeroBitCount)
    for index in 1..<UInt32(count) { _ = name(index) }
  }

  /// Enters node `index`, and returns the number of probes.
  private mutating func name(_ index: UInt32) -> Int {
    var slot = firstSlot(self[index].address)
    var search = 1
    while slots[slot] != 0 {
      slot = (slot + 1) & (slots.count - 1)
      search += 1
    }
    slots[slot] = index + 1
    return search
  }

  private func firstSlot(_ address: BlockAddress) -> Int {
    Int(truncatingIfNeeded: (address.rawValue &* factor) >> shift)
  }
}
