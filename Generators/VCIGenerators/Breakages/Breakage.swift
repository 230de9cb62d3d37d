package import PropertyEngine
package import VCIFormat

/// Draws edits that break a rule of an image: each rule has a method of its name.
///
/// The edits may break other rules too. Only the forecast of the edited image says which.
package struct Breakage {
  let model: ImageModel
  var choices: Choices

  /// Draws edits that break `rule`; none if the image cannot break it, or breaks it already.
  package static func drawn(
    of rule: Rule, in model: ImageModel, from choices: inout Choices
  ) -> [Edit] {
    draw(in: model, from: &choices) { $0.edits(of: rule) }
  }

  /// Draws a change of any number of the image, without a rule in mind.
  package static func aimless(in model: ImageModel, from choices: inout Choices) -> [Edit] {
    draw(in: model, from: &choices) { $0.aimless() }
  }

  private static func draw(
    in model: ImageModel, from choices: inout Choices, _ edits: (inout Breakage) -> [Edit]
  ) -> [Edit] {
    // Swapped, not copied, so that the record of choices has one owner.
    var breakage = Breakage(model: model, choices: Choices(replaying: []))
    swap(&breakage.choices, &choices)
    defer { swap(&breakage.choices, &choices) }
    return edits(&breakage)
  }

  /// Half of the time, leaves one reason to refuse the image, if the image permits it. Of the rest,
  /// a quarter keeps totals, if the rule can be broken so.
  private mutating func edits(of rule: Rule) -> [Edit] {
    if let lone = Self.lone[rule], model.header.blocks <= Format.maximumBlocks,
      choices.chance(1, in: 2)
    {
      let edits = lone(&self)
      if !edits.isEmpty { return edits }
    }
    if let paired = Self.paired[rule], choices.chance(1, in: 4) {
      let edits = paired(&self)
      if !edits.isEmpty { return edits }
    }
    return usualEdits(of: rule)
  }

  private mutating func usualEdits(of rule: Rule) -> [Edit] {
    switch rule {
    case .fileHoldsHeader: fileHoldsHeader()
    case .fileSizeWhole: fileSizeWhole()
    case .fileWithinCapacity: fileWithinCapacity()
    case .fixedFileFull: fixedFileFull()
    case .mapAndRootInFile: mapAndRootInFile()
    case .dataInFile: dataInFile()
    case .headerSignature: headerSignature()
    case .headerVersion: headerVersion()
    case .headerBlocks: headerBlocks()
    case .headerUncleanShutdown: headerUncleanShutdown()
    case .headerCacheType: headerCacheType()
    case .rootInRange: rootInRange()
    case .mapInRange: mapInRange()
    case .mapApartFromRoot: mapApartFromRoot()
    case .mapBlocksFit: mapBlocksFit()
    case .headerReservedZero: headerReservedZero()
    case .headerImageUUID: headerImageUUID()
    case .headerBlocksWhole: headerBlocksWhole()
    case .cleanShutdown: cleanShutdown()
    case .mapMagic: mapMagic()
    case .mapVersion: mapVersion()
    case .mapCoversCache: mapCoversCache()
    case .mapCountersSum: mapCountersSum()
    case .mapFreeCount: mapFreeCount()
    case .mapTailClear: mapTailClear()
    case .mapReservedZero: mapReservedZero()
    case .mapHoldsMetadata: mapHoldsMetadata()
    case .mapTotals: mapTotals()
    case .mapTotalsApart: mapTotalsApart()
    case .nodeType: nodeType()
    case .childInRange: childInRange()
    case .nodeAllocated: nodeAllocated()
    case .nodeNamedOnce: nodeNamedOnce()
    case .nodeApart: nodeApart()
    case .nodeEntriesFirst: nodeEntriesFirst()
    case .nodeEntriesWhole: nodeEntriesWhole()
    case .nodeRestZero: nodeRestZero()
    case .internalNodeUsed: internalNodeUsed()
    case .leafUsed: leafUsed()
    case .leavesLevel: leavesLevel()
    case .treeDepth: treeDepth()
    case .entryOrder: entryOrder()
    case .entryWithinDisk: entryWithinDisk()
    case .childWithinEntry: childWithinEntry()
    case .extentOrder: extentOrder()
    case .extentWithinDisk: extentWithinDisk()
    case .extentInRange: extentInRange()
    case .extentAllocated: extentAllocated()
    case .extentApartFromMetadata: extentApartFromMetadata()
    case .extentApartFromData: extentApartFromData()
    case .extentFlags: extentFlags()
    case .extentReservedZero: extentReservedZero()
    case .lruList: lruList()
    case .lruLinks: lruLinks()
    case .blockOwned: blockOwned()
    }
  }
}

extension Breakage {
  private mutating func aimless() -> [Edit] {
    let node = pick(Array(model.nodes.indices)) ?? 0
    let isLeaf = model.nodes[node].kind == .leaf
    let field = choices.element(of: isLeaf ? Self.leafNumbers : Self.internalNumbers)
    let count = model.nodes[node].slotCount
    let capacity = model.nodes[node].kind.capacity
    let path: Path =
      switch field.layout.structure {
      case .header, .blockMap: .field(field)
      case .node: .node(model.nodes[node].path, field)
      case .extent, .entry:
        model.path(node, choices.index(below: min(count + 1, capacity)), field)
      }
    return [.change(path, change())]
  }

  private static let leafNumbers = Field.allCases.filter {
    $0.layout.width <= 8 && $0.layout.structure != .entry
  }
  private static let internalNumbers = Field.allCases.filter {
    $0.layout.width <= 8 && $0.layout.structure != .extent
  }

  /// Draws a change to a value at which programs often go wrong.
  private mutating func change() -> Change {
    switch choices.number(upTo: 5) {
    case 0: .adding(1)
    case 1: .adding(.max)
    case 2: .flipping(1 << choices.number(upTo: 63))
    case 3: .to(choices.magnitude(upTo: .max))
    case 4: .to(choices.element(of: Self.edges))
    default:
      .to(
        choices.element(of: [
          model.header.blocks.rawValue, model.map.first.rawValue, model.root.first.rawValue,
          model.size / 512,
          pickNode { _ in true }.map { model.nodes[$0].range.first.rawValue } ?? 0,
        ]))
    }
  }

  private static let edges: [UInt64] = [
    0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
    1 << 54, 1 << 55, 1 << 63, .max - 7, .max - 1, .max,
  ]
}
