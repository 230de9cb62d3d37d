import Testing
import VCIFormat
@testable import VCIReference

/// All trees that come of changes of a small disk.
private struct SmallTrees {
  let limits: TreeLimits
  /// How many blocks the disk has.
  let blocks: UInt64
  /// In how many files, so to speak, the data may lie: what is written twice to one is merged where
  /// it touches.
  let places: UInt64
  /// How many changes lead to a tree at most.
  let depth: Int

  private(set) var states = 0
  private(set) var transitions = 0
  private(set) var largest = 0
  private(set) var tally = TreeDriver.Tally()

  init(_ limits: TreeLimits, blocks: UInt64, places: UInt64, depth: Int = .max) {
    self.limits = limits
    self.blocks = blocks
    self.places = places
    self.depth = depth
  }

  /// How many trees, changes, and nodes of the largest tree.
  var size: [Int] { [states, transitions, largest] }

  /// Expands every tree once: makes every change of it.
  mutating func explore() {
    var seen: Set<TreeShape> = [.leaf([])]
    var level: [TreeShape] = [.leaf([])]
    var steps = 0
    while !level.isEmpty, steps < depth {
      var next: [TreeShape] = []
      for shape in level {
        for reached in changes(of: shape) where seen.insert(reached).inserted {
          next.append(reached)
        }
      }
      level = next
      steps += 1
    }
    states = seen.count
  }

  /// Every tree that one change makes of another.
  private mutating func changes(of shape: TreeShape) -> [TreeShape] {
    var reached: [TreeShape] = []
    for start in 0..<blocks {
      for end in start + 1...blocks {
        for place in 0...places {
          var driver = TreeDriver(ExtentTree(shape, limits))
          if place == places {
            driver.remove(start, end)
          } else {
            // No block of the file is free and in use.
            let first = 1000 + place * 1000
            let data = first + start..<first + end
            guard
              !driver.model.extents.contains(where: {
                data.overlaps($0.address..<$0.address + $0.count)
              })
            else { continue }
            driver.write(start, end, at: data.lowerBound)
          }
          transitions += 1
          tally.add(driver.tally)
          largest = max(largest, driver.tree.nodeCount)
          reached.append(canonical(driver.tree.shape))
        }
      }
    }
    return reached
  }
}

/// Two places are alike: what comes first lies in the first of them.
private func canonical(_ shape: TreeShape) -> TreeShape {
  guard let first = shape.firstAddress, first >= 2000 else { return shape }
  return shape.mapped { $0 < 2000 ? $0 + 1000 : $0 - 1000 }
}

extension TreeShape {
  fileprivate var firstAddress: UInt64? {
    switch self {
    case .leaf(let extents): extents.first?.address
    case .node(let branches): branches.first?.child.firstAddress
    }
  }

  /// The same with other addresses.
  fileprivate func mapped(_ address: (UInt64) -> UInt64) -> TreeShape {
    switch self {
    case .leaf(let extents):
      .leaf(
        extents.map {
          TreeModel.Extent(
            offset: $0.offset, count: $0.count, address: address($0.address),
            reserved: $0.reserved)
        })
    case .node(let branches):
      .node(branches.map { Branch(cover: $0.cover, child: $0.child.mapped(address)) })
    }
  }
}

struct `Every tree of a small disk` {
  private func explore(
    _ extents: Int, _ entries: Int, span: UInt64 = 1000, levels: Int = 16, merged: UInt64 = 2048,
    blocks: UInt64, places: UInt64, depth: Int = .max
  ) -> SmallTrees {
    let limits = TreeLimits(
      extentsPerLeaf: extents, entriesPerNode: entries, span: BlockCount(span), levels: levels,
      mergedBlocks: BlockCount(merged))
    var trees = SmallTrees(limits, blocks: blocks, places: places, depth: depth)
    trees.explore()
    print(
      "\(extents)/\(entries), span \(span), \(blocks) blocks: \(trees.states) trees,",
      "\(trees.transitions) changes, at most \(trees.largest) nodes; \(trees.tally)")
    return trees
  }

  @Test
  func `of 4 blocks whose entries cover 3, after any changes`() {
    let trees = explore(2, 2, span: 3, blocks: 4, places: 2)
    #expect(trees.size == [198, 3668, 6])
    #expect(trees.tally.levels == 3)
  }

  @Test
  func `of 4 blocks whose leaves hold three extents, after any changes`() {
    let trees = explore(3, 2, span: 3, blocks: 4, places: 2)
    #expect(trees.size == [97, 1850, 3])
    #expect(trees.tally.levels == 2)
  }

  @Test
  func `of 5 blocks, after four changes`() {
    let trees = explore(2, 2, blocks: 5, places: 2, depth: 4)
    #expect(trees.size == [442, 5696, 10])
    #expect(trees.tally.levels == 4)
  }

  @Test
  func `of 5 blocks and at most two levels, after three changes`() {
    let trees = explore(2, 2, levels: 2, blocks: 5, places: 2, depth: 3)
    #expect(trees.size == [193, 2395, 3])
    #expect(trees.tally.levels == 2)
    #expect(trees.tally.refused > 0)
  }

  @Test
  func `of 6 blocks whose entries cover two, after four changes`() {
    let trees = explore(2, 2, span: 2, merged: 1, blocks: 6, places: 1, depth: 4)
    #expect(trees.size == [118, 2533, 3])
    #expect(trees.tally.refused > 0)
  }

  @Test
  func `of 6 blocks whose entries cover two, three of them in a node`() {
    let trees = explore(2, 3, span: 2, merged: 1, blocks: 6, places: 1, depth: 4)
    #expect(trees.size == [221, 4770, 4])
    #expect(trees.tally.branches > 0)
    #expect(trees.tally.refused > 0)
  }
}
