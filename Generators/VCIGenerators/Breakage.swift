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
    case .mapTailClear, .mapHoldsMetadata, .extentAllocated, .blockOwned:
      bits(rule, model, &choices)
    case .nodeType, .nodeEntriesFirst, .nodeEntriesWhole, .nodeRestZero:
      node(rule, model, &choices)
    case .extentOrder, .extentWithinDisk, .extentInRange, .extentApartFromMetadata,
      .extentApartFromData, .extentFlags, .extentReservedZero:
      extent(rule, model, &choices)
    case .lruList, .lruLinks:
      links(rule, model, &choices)
    case .childInRange, .nodeAllocated, .nodeNamedOnce, .nodeApart, .internalNodeUsed,
      .leafUsed, .leavesLevel, .treeDepth, .entryOrder, .entryWithinDisk, .childWithinEntry:
      []
    }
  }

  /// A change of some number of the image to some other, without an aim.
  public static func aimless(in model: ImageModel, from choices: inout Choices) -> [Edit] {
    let field = choices.element(of: numbers)
    let path: Path =
      switch field.layout.structure {
      case .header, .blockMap: .field(field)
      case .node: .node(.root, field)
      case .extent, .entry:
        .extent(
          .root, slot: choices.index(below: min(model.slots.count + 1, Format.extentsPerLeaf)),
          field)
      }
    return [.change(path, change(in: model, from: &choices))]
  }

  private static let numbers = Field.allCases.filter {
    $0.layout.width <= 8 && $0.layout.structure != .entry
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
          model.size / 512, model.slots.first?.address.rawValue ?? 0,
        ]))
    }
  }

  private static let edges: [UInt64] = [
    0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
    1 << 54, 1 << 55, 1 << 63, .max - 7, .max - 1, .max,
  ]
}
