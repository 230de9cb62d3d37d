import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

/// A tree of thirteen nodes on three levels, each with three slots in use, and room behind it.
private let thirteen: EditableImage = {
  var nodes = [NodePlan(address: 4, .internal([]))]
  var data: UInt64 = 108
  func address() -> BlockAddress { BlockAddress(UInt64(4 + nodes.count * 8)) }
  var windows: [EntryPlan] = []
  for window in 0..<3 as Range<UInt64> {
    let inner = nodes.count
    windows.append(EntryPlan(offset: BlockOffset(window * 1000), blocks: 900, node: inner))
    nodes.append(NodePlan(address: address(), .internal([])))
    var entries: [EntryPlan] = []
    for leaf in 0..<3 as Range<UInt64> {
      let start = window * 1000 + leaf * 100
      entries.append(EntryPlan(offset: BlockOffset(start), blocks: 90, node: nodes.count))
      let extents = (0..<3 as Range<UInt64>).map { slot in
        Extent(
          offset: BlockOffset(start + slot * 10), blocks: 5,
          address: BlockAddress(data + slot * 5))
      }
      data += 15
      nodes.append(NodePlan(address: address(), .leaf(extents)))
    }
    nodes[inner].content = .internal(entries)
  }
  nodes[0].content = .internal(windows)
  return EditableImage(ImagePlan(blocks: 4096, mapAddress: 2, nodes: nodes, size: 300 * 512))
}()

/// Where edits of the tree go.
private struct Reach {
  var nodes: Set<NodePath> = []
  var slots: Set<Int> = []

  /// The reach of 600 breakages of `rule`.
  init(of rule: Rule) throws {
    let model = try #require(thirteen.model)
    for index in 0..<600 as Range<UInt64> {
      let source = RandomSource(seed: 41, index: index, stream: RandomStream(rawValue: 41))
      var choices = Choices(source)
      for edit in Breakage.drawn(of: rule, in: model, from: &choices) { take(edit, model) }
    }
  }

  private mutating func take(_ edit: Edit, _ model: ImageModel) {
    switch edit {
    case .change(let path, _), .clear(let path), .poke(let path, _, _), .move(let path, _):
      take(path)
    case .reshape(let path, _): nodes.insert(path)
    case .toggle, .resize, .refit, .raw: break
    }
  }

  private mutating func take(_ path: Path) {
    switch path {
    case .node(let node, _): nodes.insert(node)
    case .entry(let node, let slot, _), .extent(let node, let slot, _):
      nodes.insert(node)
      slots.insert(slot)
    case .file, .field, .bit: break
    }
  }

  /// How many of the nodes are the root, inner nodes and leaves.
  var depths: [Int] { (0...2).map { depth in nodes.filter { $0.depth == depth }.count } }
}

struct `Breakages over many draws` {
  @Test(arguments: [Rule.nodeType, .nodeEntriesFirst, .nodeEntriesWhole, .nodeRestZero])
  func `reach every node`(_ rule: Rule) throws {
    #expect(try Reach(of: rule).depths == [1, 3, 9])
  }

  @Test(arguments: [
    Rule.internalNodeUsed, .childInRange, .nodeNamedOnce, .nodeApart, .entryOrder,
    .entryWithinDisk, .childWithinEntry, .dataInFile,
  ])
  func `reach the root and every inner node`(_ rule: Rule) throws {
    #expect(try Reach(of: rule).depths.prefix(2) == [1, 3])
  }

  @Test(arguments: [
    Rule.leafUsed, .extentOrder, .extentWithinDisk, .extentInRange, .extentApartFromMetadata,
    .extentApartFromData, .extentFlags, .extentReservedZero, .lruLinks, .lruList, .dataInFile,
  ])
  func `reach every leaf`(_ rule: Rule) throws {
    #expect(try Reach(of: rule).depths[2] == 9)
  }

  @Test(arguments: [
    Rule.nodeEntriesFirst, .nodeEntriesWhole, .childInRange, .nodeNamedOnce, .nodeApart,
    .leavesLevel, .entryOrder, .entryWithinDisk, .childWithinEntry, .extentOrder, .extentInRange,
    .extentApartFromMetadata, .extentApartFromData, .extentFlags, .extentReservedZero, .lruLinks,
    .lruList, .dataInFile,
  ])
  func `reach the first, the middle and the last slot`(_ rule: Rule) throws {
    #expect(try Reach(of: rule).slots.isSuperset(of: [0, 1, 2]))
  }

  @Test(arguments: [(Rule.nodeEntriesWhole, 203), (.nodeRestZero, 203), (.nodeEntriesFirst, 106)])
  func `reach the last slot that a node has`(_ rule: Rule, _ slot: Int) throws {
    let slots = try Reach(of: rule).slots
    #expect(slots.contains(slot))
    #expect(slots.contains(3))
  }
}
