internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  static func file(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let full = model.header.blocks.bytes
    let fixed = [Edit.change(.field(.cacheType), .to(2))]
    switch rule {
    case .fileHoldsHeader: return [.resize(choices.number(upTo: 1023))]
    case .fileSizeWhole: return [.resize(model.size / 512 * 512 &+ choices.number(in: 1...511))]
    case .fileWithinCapacity:
      guard full < UInt64.max - 65_536 else { return [] }
      let excess = choices.chance(1, in: 2) ? 512 * choices.number(in: 1...64) : 1
      return [.resize(full + excess)]
    case .fixedFileFull:
      guard model.size < full else {
        return [.resize(full &- choices.element(of: [512, 1, 513, 4096]))] + fixed
      }
      return fixed
    case .mapAndRootInFile:
      let part = choices.chance(1, in: 2) ? model.root : model.map
      let lost = choices.element(of: [1, 512, part.count.bytes])
      return [.resize(part.first.bytes + part.count.bytes - lost)]
    case .dataInFile: return beyondFile(model, &choices)
    default: return []
    }
  }

  /// Cuts the file in an extent's data or in a node, or moves what an entry names behind its end.
  private static func beyondFile(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    if let pick = model.pickEntry(&choices), choices.chance(1, in: 2) {
      let child = BlockRange(model.entry(pick).child, Format.nodeBlocks)
      return beyondFile(child, model.path(pick, .entryChild), model, &choices)
    }
    guard let pick = model.pickExtent(&choices) else { return [] }
    return beyondFile(model.extent(pick).data, model.path(pick, .extentAddress), model, &choices)
  }

  private static func beyondFile(
    _ blocks: BlockRange, _ path: Path, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let count = blocks.count.rawValue
    let end = model.fileEnd.rawValue
    if end >= count, end < model.header.blocks.rawValue, choices.chance(1, in: 2) {
      return [.change(path, .to(end - count + 1))]
    }
    let dataEnd = blocks.first.bytes &+ blocks.count.bytes
    return [.resize(dataEnd &- choices.element(of: [1, 512]))]
  }

  static func header(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    switch rule {
    case .headerSignature:
      let bit = Change.flipping(1 << choices.number(upTo: 31))
      let dialect = Change.to(choices.element(of: [0x5643_4900, 0xff56_4356, 0]))
      return [.change(.field(.signature), choices.chance(1, in: 2) ? dialect : bit)]
    case .headerVersion:
      return [
        .change(
          .field(.version), .to(choices.element(of: [2, 0, 0x100, 0x0100_0000, 0xffff_ffff])))
      ]
    case .headerBlocks:
      let values: [UInt64] = [11, 0, 1, Format.maximumBlocks.rawValue + 1, 1 << 63, .max]
      return [.change(.field(.blocks), .to(choices.element(of: values)))]
    case .headerUncleanShutdown:
      return [.change(.field(.uncleanShutdown), .to(choices.number(in: 2...255)))]
    case .headerCacheType:
      return [.change(.field(.cacheType), .to(choices.element(of: [3, 0, 0x101, 0xffff_ffff])))]
    case .headerReservedZero: return [strayByte(.field(.headerReserved), 951, &choices)]
    case .headerImageUUID:
      return model.header.imageUUID == .nil ? [] : [.clear(.field(.imageUUID))]
    case .headerBlocksWhole: return shortened(model, &choices)
    case .cleanShutdown:
      return model.header.isDirty ? [] : [.change(.field(.uncleanShutdown), .to(1))]
    default: return []
    }
  }

  /// Takes away blocks at the end of the cache, as many as leave the map's size as it is.
  private static func shortened(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard model.header.blocks.rawValue % 4096 == 0, model.header.blocks.rawValue > 0 else {
      return []
    }
    let lost = Change.adding(0 &- choices.number(in: 1...4095))
    return [
      .change(.field(.blocks), lost), .change(.field(.mapBlocks), lost),
      .change(.field(.mapFree), lost),
    ]
  }

  static func addresses(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let blocks = model.header.blocks.rawValue
    let mapBlocks = model.header.blockMapBlocks.rawValue
    switch rule {
    case .rootInRange:
      let values: [UInt64] = [1, 0, blocks &- 7, blocks, .max - 7, .max, 1 << 55]
      return [.change(.field(.treeRoot), .to(choices.element(of: values)))]
    case .mapInRange:
      let values: [UInt64] = [1, 0, blocks &- mapBlocks &+ 1, blocks, .max - 1, .max, 1 << 55]
      return [.change(.field(.blockMap), .to(choices.element(of: values)))]
    case .mapApartFromRoot:
      let start = model.map.first.rawValue
      let places = [start, start &+ model.map.count.rawValue &- 1, start &- 7].filter {
        $0 >= 2 && $0 < blocks &- 7
      }
      return places.isEmpty
        ? [] : [.change(.field(.treeRoot), .to(choices.element(of: places)))]
    case .mapBlocksFit:
      let values: [Change] = [.adding(1), .adding(.max), .to(0), .to(1), .to(0xffff_ffff)]
      return [.change(.field(.blockMapBlocks), choices.element(of: values))]
    default: return []
    }
  }

  /// A byte other than zero in a field of `width` bytes that is to be zero.
  static func strayByte(_ path: Path, _ width: Int, _ choices: inout Choices) -> Edit {
    let place = choices.element(of: [0, width - 1, choices.index(below: width)])
    return .poke(path, place: place, byte: UInt8(choices.number(in: 1...255)))
  }
}
