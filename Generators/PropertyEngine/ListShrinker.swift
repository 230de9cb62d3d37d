/// Makes a list as short as it can be, and its elements as simple, as long as it is still of a
/// kind.
public struct ListShrinker<Element> {
  /// The simplest list so far.
  public private(set) var best: [Element]
  private let effort: ShrinkEffort
  private let attempt: ([Element]) -> Bool

  /// The longest list of which each two elements are left out together.
  private static var longestForPairs: Int { 16 }

  /// Shrinks `list`; `attempt` answers whether a list is of the kind.
  public init(
    _ list: [Element], effort: ShrinkEffort, attempt: @escaping ([Element]) -> Bool
  ) {
    best = list
    self.effort = effort
    self.attempt = attempt
  }

  /// Leaves out chunks of elements, from all of them down to one, until none can be missed; of a
  /// short list any two as well.
  public mutating func shorten() {
    var count: Int
    repeat {
      count = best.count
      var width = best.count
      while width > 0 {
        shorten(by: width)
        width /= 2
      }
      if best.count == count { leaveOutPairs() }
    } while best.count < count && effort.isLeft
  }

  private mutating func shorten(by width: Int) {
    var start = 0
    while start < best.count, effort.isLeft {
      var list = best
      list.removeSubrange(start..<min(start + width, list.count))
      if !takes(list) { start += width }
    }
  }

  private mutating func leaveOutPairs() {
    guard best.count <= Self.longestForPairs else { return }
    for (first, second) in pairs {
      var list = best
      list.remove(at: second)
      list.remove(at: first)
      if takes(list) { return }
    }
  }

  /// Replaces each element, where that can be, by several that `parts` answers, and leaves out those
  /// that can be missed.
  public mutating func expand(_ parts: (Element) -> [Element]) {
    for index in best.indices.reversed() {
      var list = best
      list.replaceSubrange(index...index, with: parts(best[index]))
      if list.count > best.count, takes(list) { shorten() }
      if index > best.count { return }
    }
  }

  /// Replaces elements by simpler ones until none can be: `simpler` answers those of an element,
  /// the simplest first.
  public mutating func simplify(_ simpler: (Element) -> [Element]) {
    for index in best.indices {
      var isChanged: Bool
      repeat {
        isChanged = simpler(best[index]).contains { element in
          var list = best
          list[index] = element
          return takes(list)
        }
      } while isChanged && effort.isLeft
    }
  }

  /// Replaces several elements at a time: `simpler` answers lists as long that are simpler than
  /// one, the simplest first.
  public mutating func simplifyTogether(_ simpler: ([Element]) -> [[Element]]) {
    var isChanged: Bool
    repeat {
      isChanged = simpler(best).contains { list in takes(list) }
    } while isChanged && effort.isLeft
  }

  /// The indices of each two elements, the lower one first.
  private var pairs: [(Int, Int)] {
    best.indices.flatMap { first in
      best.indices.dropFirst(first + 1).map { second in (first, second) }
    }
  }

  private mutating func takes(_ list: [Element]) -> Bool {
    guard effort.spend(), attempt(list) else { return false }
    best = list
    return true
  }
}
