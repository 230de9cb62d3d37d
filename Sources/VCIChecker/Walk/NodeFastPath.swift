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
  /// Then the claims mean nothing, and the rest must be judged slot by slot.
  ///
  /// - Precondition: `node` has 4096 bytes, and there is room for 107 claims.
  static func leaf(
    _ node: RawSpan, _ index: UInt32, dataBefore dataEnd: UInt64,
    into claims: inout OutputSpan<Claim>
  ) -> Glance? {
    precondition(node.byteCount == Format.nodeSize, "a node of \(node.byteCount) bytes")
    let diskEnd = Format.diskEnd.rawValue
    var glance = Glance()
    var base = 1
    // Slots end before the node does, so the loads need not check for it.
    while glance.used < Format.extentsPerLeaf {
      let blocks: UInt32 = unsafe load(node, base &+ 26)
      let address: UInt64 = unsafe load(node, base &+ 30)
      if blocks == 0 || address == 0 { break }
      let offset: UInt64 = unsafe load(node, base &+ 18)
      let flags: UInt16 = unsafe load(node, base &+ 16)
      guard flags == 0, glance.follow(offset, UInt64(blocks), diskEnd),
        address >= 2, address <= dataEnd, dataEnd &- address >= UInt64(blocks)
      else { return nil }
      glance.blocks &+= UInt64(blocks)
      let previous: UInt64 = unsafe load(node, base)
      let next: UInt64 = unsafe load(node, base &+ 8)
      glance.links |= previous | next
      claims.append(Claim(data: address, blocks, node: index, slot: glance.used))
      glance.used &+= 1
      base &+= Format.extentSize
    }
    return node.isZero(from: base) ? glance : nil
  }

  /// Looks at an internal node above level 16; `nil` where anything but what its entries name is
  /// out of order.
  ///
  /// - Precondition: `node` has 4096 bytes.
  static func internalNode(_ node: RawSpan) -> Glance? {
    precondition(node.byteCount == Format.nodeSize, "a node of \(node.byteCount) bytes")
    let diskEnd = Format.diskEnd.rawValue
    var glance = Glance()
    var base = 1
    while glance.used < Format.entriesPerInternalNode {
      let blocks: UInt32 = unsafe load(node, base &+ 8)
      let child: UInt64 = unsafe load(node, base &+ 12)
      if blocks == 0 || child == 0 { break }
      let offset: UInt64 = unsafe load(node, base)
      guard glance.follow(offset, UInt64(blocks), diskEnd) else { return nil }
      glance.used &+= 1
      base &+= Format.entrySize
    }
    return glance.used > 0 && node.isZero(from: base) ? glance : nil
  }

  @unsafe @inline(__always)
  private static func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _ node: RawSpan, _ offset: Int
  ) -> Number {
    unsafe Number(
      littleEndian: node.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self))
  }

  /// Takes the next run of disk blocks; answers whether it is in order.
  @inline(__always)
  private mutating func follow(_ offset: UInt64, _ blocks: UInt64, _ diskEnd: UInt64) -> Bool {
    guard offset >= end, offset <= diskEnd, diskEnd &- offset >= blocks else { return false }
    if used == 0 { lower = offset }
    end = offset &+ blocks
    return true
  }
}
