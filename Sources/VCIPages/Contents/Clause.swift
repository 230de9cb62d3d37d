/// A rule, requirement or ruling: its ID and where the specification has it.
struct Clause: Hashable, Sendable {
  let id: ShownText
  /// File and anchor, as text: the page may lie anywhere.
  let place: ShownText

  init(_ id: String) {
    self.id = ShownText(id, most: 60)
    let isRuling = id.hasPrefix("R-")
    place = ShownText(
      isRuling ? "Specs/Rulings.md" : "Specs/VCI.md#\(id.lowercased())", most: 100)
  }
}
