/// Makes a list shorter and its elements simpler for as long as the list passes a test, which is
/// usually that it still fails in the same way.
package struct ListShrinker<Element> {
  /// The simplest list so far that passed.
  package private(set) var best: [Element]
  private let effort: ShrinkEffort
  private let attempt: ([Element]) -> Bool

  /// The longest list of which every pair of elements is tried.
  private static var longestForPairs: Int { 16 }

  /// Shrinks `list`, which passes; `attempt` returns whether another list does.
  package init(
    _ list: [Element], effort: ShrinkEffort, attempt: @escaping ([Element]) -> Bool
  ) {
    best = list
    self.effort = effort
    self.attempt = attempt
  }

  /// Removes chunks of elements, from the whole list down to single ones, until no removal passes.
  /// In a short list it tries every pair of elements too (delta debugging).
  package mutating func shorten() {
    var count: Int
    repeat {
      count = best.count
      var width = best.count
      while width > 0 {
        shorten(by: width)
        width /= 2
      }
      if best.count == count { removePair() }
    } while best.count < count && effort.isLeft
  }

  private mutating func shorten(by width: Int) {
    var start = 0
    while start < best.count, effort.isLeft {
      var list = best
      list.removeSubrange(start..<min(start + width, list.count))
      if !accept(list) { start += width }
    }
  }

  private mutating func removePair() {
    guard best.count <= Self.longestForPairs else { return }
    for (first, second) in pairs {
      var list = best
      list.remove(at: second)
      list.remove(at: first)
      if accept(list) { return }
    }
  }

  /// Replaces each element by its `parts` if the list passes then, and removes parts that are not
  /// needed.
  package mutating func expand(_ parts: (Element) -> [Element]) {
    for index in best.indices.reversed() {
      var list = best
      list.replaceSubrange(index...index, with: parts(best[index]))
      if list.count > best.count, accept(list) { shorten() }
      if index > best.count { return }
    }
  }

  /// Replaces elements by simpler ones until no replacement passes. `simpler` returns the
  /// candidates for an element, the simplest first.
  package mutating func simplify(_ simpler: (Element) -> [Element]) {
    for index in best.indices {
      var isChanged: Bool
      repeat {
        isChanged = simpler(best[index]).contains { element in
          var list = best
          list[index] = element
          return accept(list)
        }
      } while isChanged && effort.isLeft
    }
  }

  /// Replaces the whole list by simpler ones until none passes. `simpler` returns the candidates,
  /// the simplest first.
  package mutating func simplifyTogether(_ simpler: ([Element]) -> [[Element]]) {
    var isChanged: Bool
    repeat {
      isChanged = simpler(best).contains { list in accept(list) }
    } while isChanged && effort.isLeft
  }

  /// The index pairs, the lower index first.
  private var pairs: [(Int, Int)] {
    best.indices.flatMap { first in
      best.indices.dropFirst(first + 1).map { second in (first, second) }
    }
  }

  /// Makes `list` the best one if it passes.
  private mutating func accept(_ list: [Element]) -> Bool {
    guard effort.spend(), attempt(list) else { return false }
    best = list
    return true
  }
}
