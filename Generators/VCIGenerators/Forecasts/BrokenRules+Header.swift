internal import VCIFormat

extension BrokenRules {
  /// VCI-FILE-001, VCI-FILE-002, VCI-FILE-003, VCI-FILE-004, VCI-FILE-005, VCI-HDR-001,
  /// VCI-HDR-002: the file's size, and what a probe reads.
  mutating func predictFile() {
    let header = model.header
    let size = model.size
    if size < Format.headerSize { add(.fileHoldsHeader, at: size) }
    if header.signature != 0x0049_4356 { add(.headerSignature, at: .signature) }
    if header.version != 1 { add(.headerVersion, at: .version) }
    if size % 512 != 0 { add(.fileSizeWhole, at: size) }
    if size > header.blocks.bytes { add(.fileWithinCapacity, at: size) }
    if header.cacheType == 2, size < header.blocks.bytes { add(.fixedFileFull, at: size) }
    if !mapRange.isWithin(0, model.fileEnd) { add(.mapAndRootInFile, at: .blockMap, on: .map) }
    if !rootRange.isWithin(0, model.fileEnd) { add(.mapAndRootInFile, at: .treeRoot, on: .root) }
  }

  /// VCI-HDR-003, VCI-HDR-004, VCI-HDR-005, VCI-HDR-006, VCI-HDR-007, VCI-HDR-008, VCI-HDR-009,
  /// VCI-HDR-010, VCI-HDR-011, VCI-HDR-012, VCI-SHD-001: the header's other fields.
  mutating func predictHeader() {
    let header = model.header
    let end = BlockAddress(header.blocks.rawValue)
    let least = Format.leastBlocks(for: header.blocks)
    if header.blocks < least || header.blocks > Format.maximumBlocks {
      add(.headerBlocks, at: .blocks)
    }
    if header.uncleanShutdown > 1 { add(.headerUncleanShutdown, at: .uncleanShutdown) }
    if header.uncleanShutdown == 1 { add(.cleanShutdown, at: .uncleanShutdown) }
    if header.cacheType != 1 && header.cacheType != 2 { add(.headerCacheType, at: .cacheType) }
    if !rootRange.isWithin(2, end) { add(.rootInRange, at: .treeRoot) }
    if !mapRange.isWithin(2, end) { add(.mapInRange, at: .blockMap) }
    if mapRange.overlaps(rootRange) { add(.mapApartFromRoot, at: .treeRoot) }
    if header.blockMapBlocks != Format.mapBlocks(for: header.blocks) {
      add(.mapBlocksFit, at: .blockMapBlocks)
    }
    if let stray = model.headerReserved.first {
      add(.headerReservedZero, at: UInt64(Field.headerReserved.offset + stray))
    }
    if header.imageUUID == .nil { add(.headerImageUUID, at: .imageUUID) }
    if header.blocks.rawValue % 4096 != 0 { add(.headerBlocksWhole, at: .blocks) }
  }

  /// The map, by the header's address and count.
  private var mapRange: BlockRange {
    BlockRange(model.header.blockMap, model.header.blockMapBlocks)
  }

  /// The root, by the header's address.
  private var rootRange: BlockRange { BlockRange(model.header.treeRoot, Format.nodeBlocks) }
}
