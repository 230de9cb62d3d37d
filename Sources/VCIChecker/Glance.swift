internal import VCIFormat

/// What one look at a node tells, where all of it is in order; such are nearly all nodes, and
/// they are done with then.
struct Glance {
  /// How many slots are used: the first ones.
  var used = 0
  /// The first disk block that the node holds, and the one behind the last.
  var lower: UInt64 = 0
  var end: UInt64 = 0
  /// How many disk blocks its extents hold.
  var blocks: UInt64 = 0
  /// All links of its extents, or-ed.
  var links: UInt64 = 0

  /// The extremes of the disk blocks; `nil` where there are none.
  var extremes: (lower: UInt64, width: UInt64)? { used == 0 ? nil : (lower, end - lower) }

  /// Looks at a leaf, and adds the claims of its extents; `nil` where anything is out of order.
  ///
  /// Then claims of the node may have been added, and the rest must be judged slot by slot.
  ///
  /// - Precondition: `node` has 4096 bytes.
  static func leaf(
    _ node: RawSpan, _ index: UInt32, dataBefore dataEnd: UInt64, into claims: inout ClaimList
  ) -> Glance? {
    var glance = Glance()
    var base = 1
    while glance.used < Format.extentsPerLeaf {
      let blocks: UInt32 = node.number(at: base + 26)
      let address: UInt64 = node.number(at: base + 30)
      guard blocks != 0, address != 0 else { break }
      let offset: UInt64 = node.number(at: base + 18)
      guard glance.follow(offset, UInt64(blocks)), node.number(at: base + 16, as: UInt16.self) == 0,
        address >= Format.firstBlock.rawValue, address <= dataEnd,
        dataEnd - address >= UInt64(blocks)
      else { return nil }
      glance.blocks += UInt64(blocks)
      glance.links |= node.number(at: base) | node.number(at: base + 8)
      claims.append(Claim(data: address, blocks, node: index, slot: glance.used))
      glance.used += 1
      base += Format.extentSize
    }
    return node.isZero(from: base) ? glance : nil
  }

  /// Looks at an internal node above level 16; `nil` where anything but what its entries name is
  /// out of order.
  ///
  /// - Precondition: `node` has 4096 bytes.
  static func internalNode(_ node: RawSpan) -> Glance? {
    var glance = Glance()
    var base = 1
    while glance.used < Format.entriesPerInternalNode {
      let blocks: UInt32 = node.number(at: base + 8)
      guard blocks != 0, node.number(at: base + 12, as: UInt64.self) != 0 else { break }
      guard glance.follow(node.number(at: base), UInt64(blocks)) else { return nil }
      glance.used += 1
      base += Format.entrySize
    }
    return glance.used > 0 && node.isZero(from: base) ? glance : nil
  }

  /// Takes the next run of disk blocks; answers whether it is in order.
  private mutating func follow(_ offset: UInt64, _ blocks: UInt64) -> Bool {
    guard offset >= end, offset <= Format.diskEnd.rawValue,
      Format.diskEnd.rawValue - offset >= blocks
    else { return false }
    if used == 0 { lower = offset }
    end = offset + blocks
    return true
  }
}
