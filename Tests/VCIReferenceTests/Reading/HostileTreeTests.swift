import Testing
import VCIFormat
import VCIReference
import VCITesting

/// Numbers that follow from a seed.
private struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(below bound: UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return (mixed ^ (mixed >> 31)) % bound
  }
}

struct `A tree whose bytes were changed` {
  /// A sample of which some bytes of used slots, or whole addresses, were changed.
  private func mutant(_ numbers: inout Numbers) -> HandmadeTree {
    HandmadeTree.threeLevels.changed { tree in
      for _ in 0...numbers.next(below: 3) {
        let node = [4, 12, 20, 28, 36, 44, 52][Int(numbers.next(below: 7))]
        let place = node * 512 + Int(numbers.next(below: 80))
        if numbers.next(below: 2) == 0 {
          tree.image.bytes[place] = UInt8(numbers.next(below: 256))
        } else {
          tree.image.put(numbers.next(below: 80), width: 8, at: place)
        }
      }
    }
  }

  @Test
  func `answers the same whatever was read before, and reads no node too often`() throws {
    var numbers = Numbers(seed: 1)
    var opened = 0
    for _ in 0..<400 {
      let tree = mutant(&numbers)
      let source = WatchedSource(tree.image.bytes)
      guard let image = try? CacheImage.open(source, purpose: .reading) else { continue }
      opened += 1
      for _ in 0..<8 {
        let offset = numbers.next(below: 420)
        let count = 1 + numbers.next(below: 200)
        let before = source.nodeReads
        let answer = image.answer(offset, count)
        #expect(source.nodeReads - before < 100)
        #expect(try tree.opened().answer(offset, count) == answer)
      }
    }
    #expect(opened > 200)
  }

  @Test
  func `is listed from extent to extent, or to its first damage`() throws {
    var numbers = Numbers(seed: 2)
    for _ in 0..<400 {
      guard let image = try? mutant(&numbers).opened() else { continue }
      var block: BlockOffset = 0
      var steps = 0
      while let extent = (try? image.nextExtent(from: block)) ?? nil {
        #expect(extent.offset >= block || extent.holds(block))
        block = BlockOffset(extent.offset.rawValue + extent.blocks.rawValue)
        steps += 1
        guard steps < 1000 else { break }
      }
      #expect(steps < 1000)
    }
  }

  @Test
  func `VCI-RD-007 costs no more than the request reaches, however nodes are shared`() throws {
    // Each of 15 levels is one node whose entries all lead to the next: 204 to the power of 14
    // ways, which none but the first entry of each keeps to.
    var tree = HandmadeTree(nodes: 15)
    let blocks = [HandmadeTree.root] + (0..<15).map { HandmadeTree.node($0) }
    for (block, child) in zip(blocks, blocks.dropFirst()) {
      tree.putInternal(block, (0..<204).map { .entry($0, 1, child: child) })
    }
    tree.putLeaf(blocks[15], [])
    let source = WatchedSource(tree.image.bytes)
    let image = try CacheImage.open(source, purpose: .reading)
    for offset in [0, 3, 203, 204] as [UInt64] { _ = image.answer(offset, 200) }
    #expect(source.nodeReads < 1000)
  }
}
