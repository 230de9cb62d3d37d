/// A list that grows without copying: it consists of pieces of 4096 elements.
struct PieceList<Element> {
  private static var pieceSize: Int { 1 << 12 }

  /// All but the last have `pieceSize` elements.
  private(set) var pieces: [[Element]] = [[]]
  private(set) var count = 0

  subscript(index: Int) -> Element { pieces[index / Self.pieceSize][index % Self.pieceSize] }

  /// Removes all elements, and frees all memory but one piece.
  mutating func removeAll() {
    pieces.removeLast(pieces.count - 1)
    pieces[0].removeAll(keepingCapacity: true)
    count = 0
  }

  mutating func append(_ element: Element) {
    makeRoom()
    pieces[pieces.count - 1].append(element)
    count += 1
  }

  mutating func append(contentsOf new: [Element]) {
    var rest = new[...]
    while !rest.isEmpty {
      makeRoom()
      let last = pieces.count - 1
      let part = rest.prefix(Self.pieceSize - pieces[last].count)
      pieces[last].append(contentsOf: part)
      rest = rest.dropFirst(part.count)
      count += part.count
    }
  }

  /// Adds a piece if the last one is full.
  private mutating func makeRoom() {
    guard pieces[pieces.count - 1].count == Self.pieceSize else { return }
    pieces.append([])
    pieces[pieces.count - 1].reserveCapacity(Self.pieceSize)
  }
}
