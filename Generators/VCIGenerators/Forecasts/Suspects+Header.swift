internal import VCIFormat

extension Suspects {
  /// Asks the rules about the file, and those by which an image is told.
  mutating func judgeFile() {
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

  /// Asks the rules about the header.
  mutating func judgeHeader() {
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

  /// Where the header says that the map lies.
  var mapRange: BlockRange { BlockRange(model.header.blockMap, model.header.blockMapBlocks) }

  /// Where the header says that the root lies.
  var rootRange: BlockRange { BlockRange(model.header.treeRoot, Format.nodeBlocks) }
}
