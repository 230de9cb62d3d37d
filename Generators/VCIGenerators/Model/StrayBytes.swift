/// The nonzero bytes of a field that must be zero.
struct StrayBytes: Hashable, Sendable {
  struct Stray: Hashable, Sendable {
    /// Counted from the field's first byte.
    let offset: Int
    let byte: UInt8
  }

  /// Ascending by offset.
  private(set) var all: [Stray] = []

  /// The offset of the first nonzero byte.
  var first: Int? { all.first?.offset }

  /// Sets the byte at `offset`.
  mutating func put(_ byte: UInt8, at offset: Int) {
    let index = all.firstIndex { $0.offset >= offset } ?? all.count
    if index < all.count, all[index].offset == offset { all.remove(at: index) }
    if byte != 0 { all.insert(Stray(offset: offset, byte: byte), at: index) }
  }
}
