internal import VCIFormat

/// An extent, as a tree in memory keeps it.
struct ExtentSlot: TreeSlot {
  /// The first disk block that it holds.
  var offset: UInt64
  /// The first file block, and above its 56 bits the reserved byte.
  private var stored: UInt64
  /// How many blocks it holds.
  var count: UInt32
  /// Its number in the list.
  var id: LRUList.ID

  init(offset: BlockOffset, data: BlockRange, reserved: UInt8 = 0, id: LRUList.ID = .max) {
    self.offset = offset.rawValue
    stored = data.first.rawValue | UInt64(reserved) << 56
    count = UInt32(data.count.rawValue)
    self.id = id
  }

  static var isOfLeaf: Bool { true }
  static func pool(of tree: ExtentTree) -> SlotPool<ExtentSlot> { tree.extents }

  var address: UInt64 { stored & (1 << 56 - 1) }
  /// The byte to which no version of the format has given a meaning; it is kept.
  var reserved: UInt8 { UInt8(stored >> 56) }
  /// The disk block after the last.
  var end: UInt64 { offset + UInt64(count) }
  var cover: Cover { Cover(start: offset, end: end) }
  /// Where the data lies in the file.
  var data: BlockRange { BlockRange(BlockAddress(address), BlockCount(UInt64(count))) }

  /// Returns the part from disk block `start` to before `end`.
  func part(from start: UInt64, to end: UInt64) -> ExtentSlot {
    var part = self
    part.offset = start
    part.stored += start - offset
    part.count = UInt32(end - start)
    return part
  }

  /// Whether `next` follows, in the disk and in the file, and neither has a reserved byte to keep.
  func isFollowed(by next: ExtentSlot) -> Bool {
    end == next.offset && address + UInt64(count) == next.address && reserved == 0
      && next.reserved == 0
  }

  /// Makes the extent begin where `before` does, which it follows.
  mutating func prepend(_ before: ExtentSlot) {
    let count = count
    self = before
    self.count += count
  }

  /// Makes the extent end where `after` does, which follows it.
  mutating func append(_ after: ExtentSlot) { count += after.count }
}
