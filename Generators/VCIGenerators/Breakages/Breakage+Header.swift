internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  /// VCI-FILE-001: a file that is shorter than the header.
  mutating func fileHoldsHeader() -> [Edit] { [.resize(choices.number(upTo: 1023))] }

  /// VCI-FILE-002: a partial last block.
  mutating func fileSizeWhole() -> [Edit] {
    [.resize(model.size / 512 * 512 &+ choices.number(in: 1...511))]
  }

  /// VCI-FILE-003: a file that is longer than the cache.
  mutating func fileWithinCapacity() -> [Edit] {
    let full = model.header.blocks.bytes
    guard full < UInt64.max - 65_536 else { return [] }
    let excess = choices.chance(1, in: 2) ? 512 * choices.number(in: 1...64) : 1
    return [.resize(full + excess)]
  }

  /// VCI-FILE-004: a fixed image whose file is shorter than the cache.
  mutating func fixedFileFull() -> [Edit] {
    let full = model.header.blocks.bytes
    let fixed = [Edit.change(.field(.cacheType), .to(2))]
    guard model.size < full else {
      return [.resize(full &- choices.element(of: [512, 1, 513, 4096]))] + fixed
    }
    return fixed
  }

  /// VCI-FILE-005: a file that ends within the map or the root.
  mutating func mapAndRootInFile() -> [Edit] {
    let part = choices.chance(1, in: 2) ? model.root : model.map
    let lost = choices.element(of: [1, 512, part.count.bytes])
    return [.resize(part.first.bytes + part.count.bytes - lost)]
  }

  /// VCI-FILE-006: a file that ends within data or a node, or an address past its end.
  mutating func dataInFile() -> [Edit] {
    if let pick = pickEntry(), choices.chance(1, in: 2) {
      let child = BlockRange(model.entry(pick).child, Format.nodeBlocks)
      return moveBeyondFile(child, model.path(pick, .entryChild))
    }
    guard let pick = pickExtent() else { return [] }
    return moveBeyondFile(model.extent(pick).data, model.path(pick, .extentAddress))
  }

  private mutating func moveBeyondFile(_ blocks: BlockRange, _ path: Path) -> [Edit] {
    let count = blocks.count.rawValue
    let end = model.fileEnd.rawValue
    if end >= count, end < model.header.blocks.rawValue, choices.chance(1, in: 2) {
      return [.change(path, .to(end - count + 1))]
    }
    let dataEnd = blocks.first.bytes &+ blocks.count.bytes
    return [.resize(dataEnd &- choices.element(of: [1, 512]))]
  }
}

extension Breakage {
  /// VCI-HDR-001: a wrong signature, or one of another byte order.
  mutating func headerSignature() -> [Edit] {
    let bit = Change.flipping(1 << choices.number(upTo: 31))
    let dialect = Change.to(choices.element(of: [0x5643_4900, 0xff56_4356, 0]))
    return [.change(.field(.signature), choices.chance(1, in: 2) ? dialect : bit)]
  }

  /// VCI-HDR-002: another version.
  mutating func headerVersion() -> [Edit] {
    set(.version, toOneOf: [2, 0, 0x100, 0x0100_0000, 0xffff_ffff])
  }

  /// VCI-HDR-003: a cache that is too small or too large.
  mutating func headerBlocks() -> [Edit] {
    set(.blocks, toOneOf: [11, 0, 1, Format.maximumBlocks.rawValue + 1, 1 << 63, .max])
  }

  /// VCI-HDR-004: a flag that is neither 0 nor 1.
  mutating func headerUncleanShutdown() -> [Edit] {
    [.change(.field(.uncleanShutdown), .to(choices.number(in: 2...255)))]
  }

  /// VCI-HDR-005: a type that is neither dynamic nor fixed.
  mutating func headerCacheType() -> [Edit] {
    set(.cacheType, toOneOf: [3, 0, 0x101, 0xffff_ffff])
  }

  /// VCI-HDR-006: a root that is not in range.
  mutating func rootInRange() -> [Edit] {
    let blocks = model.header.blocks.rawValue
    return set(.treeRoot, toOneOf: [1, 0, blocks &- 7, blocks, .max - 7, .max, 1 << 55])
  }

  /// VCI-HDR-007: a map that is not in range.
  mutating func mapInRange() -> [Edit] {
    let blocks = model.header.blocks.rawValue
    let mapBlocks = model.header.blockMapBlocks.rawValue
    return set(
      .blockMap, toOneOf: [1, 0, blocks &- mapBlocks &+ 1, blocks, .max - 1, .max, 1 << 55])
  }

  /// VCI-HDR-008: a root that overlaps the map.
  mutating func mapApartFromRoot() -> [Edit] {
    let blocks = model.header.blocks.rawValue
    let start = model.map.first.rawValue
    let addresses = [start, start &+ model.map.count.rawValue &- 1, start &- 7].filter {
      $0 >= 2 && $0 < blocks &- 7
    }
    return addresses.isEmpty ? [] : set(.treeRoot, toOneOf: addresses)
  }

  /// VCI-HDR-009: a map whose size does not follow from that of the cache.
  mutating func mapBlocksFit() -> [Edit] {
    let values: [Change] = [.adding(1), .adding(.max), .to(0), .to(1), .to(0xffff_ffff)]
    return [.change(.field(.blockMapBlocks), choices.element(of: values))]
  }

  /// VCI-HDR-010: a nonzero reserved byte.
  mutating func headerReservedZero() -> [Edit] { [strayByte(.field(.headerReserved), 951)] }

  /// VCI-HDR-011: an image UUID that is nil.
  func headerImageUUID() -> [Edit] {
    model.header.imageUUID == .nil ? [] : [.clear(.field(.imageUUID))]
  }

  /// VCI-HDR-012: a cache that loses some of its last blocks, without a change of the map's size.
  mutating func headerBlocksWhole() -> [Edit] {
    guard model.header.blocks.rawValue % 4096 == 0, model.header.blocks.rawValue > 0 else {
      return []
    }
    let lost = Change.adding(0 &- choices.number(in: 1...4095))
    return [Field.blocks, .mapBlocks, .mapFree].map { .change(.field($0), lost) }
  }

  /// VCI-SHD-001: an image that was not closed cleanly.
  func cleanShutdown() -> [Edit] {
    model.header.isDirty ? [] : [.change(.field(.uncleanShutdown), .to(1))]
  }

  mutating func set(_ field: Field, toOneOf values: [UInt64]) -> [Edit] {
    [.change(.field(field), .to(choices.element(of: values)))]
  }

  /// Draws a nonzero byte for a field of `width` bytes that must be zero.
  mutating func strayByte(_ path: Path, _ width: Int) -> Edit {
    let offset = choices.element(of: [0, width - 1, choices.index(below: width)])
    return .poke(path, offset: offset, byte: UInt8(choices.number(in: 1...255)))
  }
}
