internal import VCIFormat

/// Fast path: the summary of a node that breaks no rule by itself.
///
/// Nearly every node takes it; any other is scanned slot by slot (`NodeScan`). Both hold a node to
/// the same rules: a change of a rule changes both.
struct NodeFastPath {
  /// The number of used slots, which come first.
  var used = 0
  /// The first disk block of the node, and the one after the last.
  var lower: UInt64 = 0
  var end: UInt64 = 0
  /// The number of disk blocks of its extents.
  var blocks: UInt64 = 0
  /// The bitwise OR of all links of its extents.
  var links: UInt64 = 0

  /// The first disk block and the number of blocks up to the last; `nil` if there are none.
  var extremes: (lower: UInt64, width: UInt64)? { used == 0 ? nil : (lower, end - lower) }

  /// VCI-NODE-006 to VCI-NODE-008, VCI-EXT-001 to VCI-EXT-003, VCI-EXT-007, VCI-EXT-008,
  /// VCI-FILE-006: returns the summary of a leaf, and adds the claims of its extents; `nil` if it
  /// breaks one of these rules. The claims mean nothing then.
  ///
  /// - Precondition: `node` has 4096 bytes, and there is room for 107 claims.
  static func leaf(
    _ node: RawSpan, _ index: UInt32, dataBefore dataEnd: UInt64,
    into claims: inout OutputSpan<Claim>
  ) -> NodeFastPath? {
    precondition(node.byteCount == Format.nodeSize, "a node of \(node.byteCount) bytes")
    let diskEnd = Format.diskEnd.rawValue
    var fastPath = NodeFastPath()
    var base = 1
    // Slots end before the node does, so the loads need no bounds checks.
    while fastPath.used < Format.extentsPerLeaf {
      let blocks: UInt32 = unsafe load(node, base &+ 26)
      let address: UInt64 = unsafe load(node, base &+ 30)
      if blocks == 0 || address == 0 { break }
      let offset: UInt64 = unsafe load(node, base &+ 18)
      let flags: UInt16 = unsafe load(node, base &+ 16)
      guard flags == 0, fastPath.follow(offset, UInt64(blocks), diskEnd),
        address >= 2, address <= dataEnd, dataEnd &- address >= UInt64(blocks)
      else { return nil }
      fastPath.blocks &+= UInt64(blocks)
      let previous: UInt64 = unsafe load(node, base)
      let next: UInt64 = unsafe load(node, base &+ 8)
      fastPath.links |= previous | next
      claims.append(Claim(data: address, blocks, node: index, slot: fastPath.used))
      fastPath.used &+= 1
      base &+= Format.extentSize
    }
    return node.isZero(from: base) ? fastPath : nil
  }

  /// VCI-NODE-006 to VCI-NODE-009, VCI-INT-001, VCI-INT-002: returns the summary of an internal
  /// node above level 16; `nil` if it breaks one of these rules.
  ///
  /// - Precondition: `node` has 4096 bytes.
  static func internalNode(_ node: RawSpan) -> NodeFastPath? {
    precondition(node.byteCount == Format.nodeSize, "a node of \(node.byteCount) bytes")
    let diskEnd = Format.diskEnd.rawValue
    var fastPath = NodeFastPath()
    var base = 1
    while fastPath.used < Format.entriesPerInternalNode {
      let blocks: UInt32 = unsafe load(node, base &+ 8)
      let child: UInt64 = unsafe load(node, base &+ 12)
      if blocks == 0 || child == 0 { break }
      let offset: UInt64 = unsafe load(node, base)
      guard fastPath.follow(offset, UInt64(blocks), diskEnd) else { return nil }
      fastPath.used &+= 1
      base &+= Format.entrySize
    }
    return fastPath.used > 0 && node.isZero(from: base) ? fastPath : nil
  }

  @unsafe @inline(__always)
  private static func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _ node: RawSpan, _ offset: Int
  ) -> Number {
    unsafe Number(
      littleEndian: node.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self))
  }

  /// Takes the next run of disk blocks; returns false if it breaks order or disk range.
  @inline(__always)
  private mutating func follow(_ offset: UInt64, _ blocks: UInt64, _ diskEnd: UInt64) -> Bool {
    guard offset >= end, offset <= diskEnd, diskEnd &- offset >= blocks else { return false }
    if used == 0 { lower = offset }
    end = offset &+ blocks
    return true
  }
}
