internal import PropertyEngine
internal import VCIFormat
internal import VCIGenerators

/// Shrinks the plan of a failing case: first the tree, then the layout around it.
///
/// Each simpler plan is tried with the edits mapped to its parts (`PlanMapping`), and then with the
/// unchanged edits.
struct PlanShrinker {
  /// The smallest case so far.
  private(set) var best: FuzzCase
  private var sketch: PlanSketch
  private var index: PlanIndex
  private let effort: ShrinkEffort
  private let fails: (FuzzCase) -> Bool
  private var tried: Set<Attempt> = []

  private struct Attempt: Hashable {
    let plan: ImagePlan
    let edits: [Edit]
  }

  /// Makes a shrinker for the plan of `start`. Returns `nil` if it has none, or one that no sketch
  /// describes.
  init?(_ start: FuzzCase, effort: ShrinkEffort, fails: @escaping (FuzzCase) -> Bool) {
    guard let plan = start.plan, let sketch = PlanSketch(plan) else { return nil }
    best = start
    self.sketch = sketch
    index = PlanIndex(plan)
    self.effort = effort
    self.fails = fails
  }

  /// Shrinks the plan until no simpler one fails, or no effort is left.
  mutating func run() {
    var before: PlanSketch
    repeat {
      before = sketch
      simplifyAll()
      shrinkTree()
      simplifyRest()
    } while sketch != before && effort.isLeft
  }

  /// Tries the plan of `other`. If the case still fails, it becomes the best one. Returns whether
  /// it does.
  private mutating func takes(_ other: PlanSketch?) -> Bool {
    guard let other, other != sketch, let plan = other.plan, plan != index.plan else {
      return false
    }
    let otherIndex = PlanIndex(plan)
    let mapping = PlanMapping((sketch, index), (other, otherIndex))
    for edits in mapping.moved(best.edits) {
      guard tried.insert(Attempt(plan: plan, edits: edits)).inserted else { continue }
      guard effort.spend() else { return false }
      let fuzzCase = FuzzCase(plan: plan, iteration: best.iteration).edited(by: edits)
      guard fails(fuzzCase) else { continue }
      (best, sketch, index) = (fuzzCase, other, otherIndex)
      return true
    }
    return false
  }

  /// Simplifies everything but the tree at once, or else in groups.
  private mutating func simplifyAll() {
    let all = sketch.usual.inOrder.lowest(0..<sketch.numbers.count)
    guard !takes(all) else { return }
    _ = takes(sketch.usual)
    _ = takes(sketch.inOrder.lowest(0..<sketch.fileNumbers))
    _ = takes(sketch.lowest(0..<sketch.fileNumbers))
    _ = takes(sketch.lowest(sketch.fileNumbers..<sketch.numbers.count))
  }
}

extension PlanShrinker {
  private mutating func shrinkTree() {
    var before: PlanSketch
    repeat {
      before = sketch
      hoist()
      leaveOut(\.leafNumbers) { $0.without(leaves: $1) }
      removeLevels()
      leaveOut(\.extentNumbers) { $0.without(extents: $1) }
      merge()
    } while sketch != before && effort.isLeft
  }

  /// Makes another node the root: the first leaf, a node that an edit names, or a child of the
  /// root.
  private mutating func hoist() {
    let named = best.edits.compactMap { $0.nodePath.flatMap { index.node(at: $0) } }
    let numbers = sketch.nodeNumbers
    let leaves = sketch.leafNumbers.prefix(1)
    var nodes: [Int] = []
    for number in leaves + named.map({ numbers[$0] }) where !nodes.contains(number) {
      nodes.append(number)
    }
    for number in nodes where takes(sketch.withRoot(number)) { return }
    while effort.isLeft {
      let children = sketch.root.children.map(\.number)
      let found = children.contains { takes(sketch.withRoot($0)) }
      if !found { return }
    }
  }

  /// Removes parts in chunks, from all parts down to one, as in delta debugging.
  private mutating func leaveOut(
    _ numbers: (PlanSketch) -> [Int], _ without: (PlanSketch, Set<Int>) -> PlanSketch?
  ) {
    var width = numbers(sketch).count
    while width > 0 {
      var start = 0
      while effort.isLeft {
        let all = numbers(sketch)
        guard start < all.count else { break }
        let chunk = Set(all[start..<min(start + width, all.count)])
        if !takes(without(sketch, chunk)) { start += width }
      }
      width /= 2
    }
  }

  /// Removes levels below the root, as many at once as possible.
  private mutating func removeLevels() {
    var width = max(sketch.depth - 2, 0)
    while width > 0 {
      var level = 1
      while level + width < sketch.depth, effort.isLeft {
        let without = (0..<width).reduce(sketch) { sketch, _ in sketch.without(level: level) }
        if !takes(without) { level += width }
      }
      width /= 2
    }
  }

  /// Merges nodes with their right neighbours.
  private mutating func merge() {
    var index = 0
    while index < sketch.nodeNumbers.count, effort.isLeft {
      let node = sketch.root.all[index]
      let merged = node.children.indices.dropLast().contains {
        takes(sketch.merged(child: $0, of: node.number))
      }
      if !merged { index += 1 }
    }
  }
}

extension PlanShrinker {
  private mutating func simplifyRest() {
    for index in sketch.moreUsual.indices { _ = takes(sketch.moreUsual[index]) }
    zeroNumbers()
    lowerNumbers()
    sortPieces()
    sortList()
  }

  private mutating func zeroNumbers() {
    var width = sketch.numbers.count
    while width > 1 {
      for start in stride(from: 0, to: sketch.numbers.count, by: width) where effort.isLeft {
        let chunk = start..<min(start + width, sketch.numbers.count)
        _ = takes(sketch.lowest(chunk))
      }
      width /= 2
    }
  }

  /// Lowers each number alone, as far as possible.
  private mutating func lowerNumbers() {
    for index in sketch.numbers.indices {
      var isLower = true
      while isLower, effort.isLeft {
        isLower = sketch.numbers[index].lower.contains { number in
          var lower = sketch
          lower.numbers[index] = number
          return takes(lower)
        }
      }
    }
  }

  /// Sorts the parts of the file, by exchanging neighbours that are not in the usual order.
  private mutating func sortPieces() {
    _ = takes(sketch.inOrder)
    let order = sketch.usualOrder
    var index = 0
    while index + 1 < sketch.pieces.count, effort.isLeft {
      let pair = sketch.pieces[index...index + 1].map { order.firstIndex(of: $0.part) ?? 0 }
      var other = sketch
      other.pieces[index].part = sketch.pieces[index + 1].part
      other.pieces[index + 1].part = sketch.pieces[index].part
      index = pair[0] > pair[1] && takes(other) ? max(index - 1, 0) : index + 1
    }
  }

  /// Sorts the list in the same way.
  private mutating func sortList() {
    let order = sketch.extentNumbers
    var index = 0
    while let list = sketch.list, index + 1 < list.count, effort.isLeft {
      let pair = list[index...index + 1].map { order.firstIndex(of: $0) ?? 0 }
      var other = sketch
      other.list?.swapAt(index, index + 1)
      index = pair[0] > pair[1] && takes(other) ? max(index - 1, 0) : index + 1
    }
  }
}
