public import PropertyEngine
public import VCIFormat

/// Edits that break a rule, at a place and in a way that are drawn.
///
/// What else they break is not said here: the forecast of the edited image tells.
public enum Breakage {
  /// Edits after which `rule` is broken in an image; empty where that image cannot break it, or
  /// breaks it already.
  public static func drawn(
    of rule: Rule, in model: ImageModel, from choices: inout Choices
  ) -> [Edit] {
    switch rule {
    case .fileHoldsHeader, .fileSizeWhole, .fileWithinCapacity, .fixedFileFull,
      .mapAndRootInFile, .dataInFile:
      file(rule, model, &choices)
    case .headerSignature, .headerVersion, .headerBlocks, .headerUncleanShutdown,
      .headerCacheType, .headerReservedZero, .headerImageUUID, .headerBlocksWhole,
      .cleanShutdown:
      header(rule, model, &choices)
    case .rootInRange, .mapInRange, .mapApartFromRoot, .mapBlocksFit:
      addresses(rule, model, &choices)
    case .mapMagic, .mapVersion, .mapCoversCache, .mapCountersSum, .mapFreeCount,
      .mapReservedZero, .mapTotals, .mapTotalsApart:
      counters(rule, model, &choices)
    case .mapTailClear, .mapHoldsMetadata, .nodeAllocated, .extentAllocated, .blockOwned:
      bits(rule, model, &choices)
    case .nodeType, .nodeEntriesFirst, .nodeEntriesWhole, .nodeRestZero, .internalNodeUsed,
      .leafUsed:
      node(rule, model, &choices)
    case .extentOrder, .extentWithinDisk, .extentInRange, .extentApartFromMetadata,
      .extentApartFromData, .extentFlags, .extentReservedZero:
      extent(rule, model, &choices)
    case .lruList, .lruLinks:
      links(rule, model, &choices)
    case .childInRange, .nodeNamedOnce, .nodeApart, .leavesLevel, .treeDepth, .entryOrder,
      .entryWithinDisk, .childWithinEntry:
      entry(rule, model, &choices)
    }
  }

  /// A change of some number of the image to some other, without an aim.
  public static func aimless(in model: ImageModel, from choices: inout Choices) -> [Edit] {
    let node = model.pick(Array(model.nodes.indices), &choices) ?? 0
    let isLeaf = model.nodes[node].kind == .leaf
    let field = choices.element(of: isLeaf ? leafNumbers : internalNumbers)
    let count = model.nodes[node].slotCount
    let capacity = ModelNode.capacity(of: model.nodes[node].kind)
    let path: Path =
      switch field.layout.structure {
      case .header, .blockMap: .field(field)
      case .node: .node(model.nodes[node].path, field)
      case .extent, .entry:
        model.path(node, choices.index(below: min(count + 1, capacity)), field)
      }
    return [.change(path, change(in: model, from: &choices))]
  }

  private static let leafNumbers = Field.allCases.filter {
    $0.layout.width <= 8 && $0.layout.structure != .entry
  }
  private static let internalNumbers = Field.allCases.filter {
    $0.layout.width <= 8 && $0.layout.structure != .extent
  }

  /// A change to a value at which programs err.
  private static func change(in model: ImageModel, from choices: inout Choices) -> Change {
    switch choices.number(upTo: 5) {
    case 0: .adding(1)
    case 1: .adding(.max)
    case 2: .flipping(1 << choices.number(upTo: 63))
    case 3: .to(choices.magnitude(upTo: .max))
    case 4: .to(choices.element(of: edges))
    default:
      .to(
        choices.element(of: [
          model.header.blocks.rawValue, model.map.first.rawValue, model.root.first.rawValue,
          model.size / 512,
          model.pickNode(&choices) { _ in true }
            .map { model.nodes[$0].place.first.rawValue } ?? 0,
        ]))
    }
  }

  private static let edges: [UInt64] = [
    0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
    1 << 54, 1 << 55, 1 << 63, .max - 7, .max - 1, .max,
  ]
}
