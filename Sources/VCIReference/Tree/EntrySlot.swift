/// An entry of an internal node, as a tree in memory keeps it.
struct EntrySlot: TreeSlot {
  /// The first disk block that the child covers.
  var offset: UInt64
  /// How many blocks it covers.
  var count: UInt32
  var child: ExtentTree.NodeID

  init(_ cover: Cover, child: ExtentTree.NodeID) {
    offset = cover.start
    count = UInt32(cover.end - cover.start)
    self.child = child
  }

  static var isOfLeaf: Bool { false }
  static func pool(of tree: ExtentTree) -> SlotPool<EntrySlot> { tree.entries }

  /// The disk block after the last that the child covers.
  var end: UInt64 { offset + UInt64(count) }
  var cover: Cover { Cover(start: offset, end: end) }
}
