/// What recoveries have read of the states of one epoch: a decision tree of the blocks in the order
/// in which they were read, and of what they held.
///
/// A recovery is a function of what it reads. So a state that holds, in the blocks that a recovery
/// of another state read, what that one held, is recovered in the same way, and need not be tried.
/// Blocks that nothing wrote hold the same in every state, and are not in the tree.
struct KnownReadings {
  /// The reading of a state that was tried.
  struct Reading {
    /// The indices of the touched sectors that were read, in that order.
    let sectors: [Int]
    /// Whether the recovery did what it must.
    let isRight: Bool
  }

  private enum Node {
    /// The sector that is read next, and the nodes by what it holds.
    case sector(Int, [(content: Int, node: Int)])
    case end(Int)
  }

  private var roots: [(length: Int, node: Int)] = []
  private var nodes: [Node] = []
  private(set) var readings: [Reading] = []

  /// Returns the reading that a recovery of a state has; `nil` if none that is known.
  ///
  /// `held` has what each touched sector holds in the state.
  func reading(of held: [Int], length: Int) -> Reading? {
    guard var node = roots.first(where: { $0.length == length })?.node else { return nil }
    while true {
      switch nodes[node] {
      case .end(let reading): return readings[reading]
      case .sector(let sector, let next):
        guard let known = next.first(where: { $0.content == held[sector] }) else { return nil }
        node = known.node
      }
    }
  }

  /// Adds the reading of a state that was tried.
  mutating func add(_ reading: Reading, of held: [Int], length: Int) {
    var place = 0
    let leaf = readings.count
    readings.append(reading)
    guard var node = roots.first(where: { $0.length == length })?.node else {
      let first = chain(reading.sectors[...], held, to: leaf)
      roots.append((length, first))
      return
    }
    while case .sector(let sector, let next) = nodes[node] {
      // A recovery that reads something else after the same bytes is not a function of them.
      guard place < reading.sectors.count, reading.sectors[place] == sector else { return }
      place += 1
      if let known = next.first(where: { $0.content == held[sector] }) {
        node = known.node
        continue
      }
      let rest = chain(reading.sectors[place...], held, to: leaf)
      nodes[node] = .sector(sector, next + [(held[sector], rest)])
      return
    }
  }

  /// Adds nodes for sectors that are read one after the other. Returns the first.
  private mutating func chain(_ sectors: ArraySlice<Int>, _ held: [Int], to leaf: Int) -> Int {
    nodes.append(.end(leaf))
    var node = nodes.count - 1
    for sector in sectors.reversed() {
      nodes.append(.sector(sector, [(held[sector], node)]))
      node = nodes.count - 1
    }
    return node
  }
}
