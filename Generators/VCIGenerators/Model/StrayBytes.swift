/// The bytes of a field that is to be zero which are not, by their place in the field.
struct StrayBytes: Hashable, Sendable {
  /// A byte that is not zero, and its place in the field.
  struct Stray: Hashable, Sendable {
    let place: Int
    let byte: UInt8
  }

  /// The strays, ascending by place.
  private(set) var all: [Stray] = []

  /// The first place whose byte is not zero.
  var first: Int? { all.first?.place }

  /// Says that `byte`, zero or not, stands at `place`.
  mutating func put(_ byte: UInt8, at place: Int) {
    let index = all.firstIndex { $0.place >= place } ?? all.count
    if index < all.count, all[index].place == place { all.remove(at: index) }
    if byte != 0 { all.insert(Stray(place: place, byte: byte), at: index) }
  }
}
