internal import VCIFormat

extension Examination {
  /// Judges the rules by which an image is told; the first that is broken is the only finding.
  mutating func judgeProbe(_ source: any ByteSource) throws(StorageError) {
    let size = report.byteCount
    let read = try Self.fill(&headerBytes, from: source, at: 0, size: size)
    header = unsafe Header(decoding: headerBytes.span.bytes)
    report.header = header
    if read < Format.headerSize {
      add(
        Violation(
          .fileHoldsHeader, site: .checkerFileHoldsHeader, at: .file, offset: size, length: 0,
          expected: .atLeast(1024), actual: size))
      guard broken.isEmpty else { return }
    }
    if header.signature != Header.signature {
      add(
        Violation(
          .headerSignature, site: .checkerHeaderSignature, at: .field(.signature), offset: 0,
          length: 4, expected: .exactly(UInt64(Header.signature)),
          actual: UInt64(header.signature)))
      guard broken.isEmpty else { return }
    }
    if header.version != Header.version {
      add(
        Violation(
          .headerVersion, site: .checkerHeaderVersion, at: .field(.version), offset: 4,
          length: 4, expected: .exactly(1), actual: UInt64(header.version)))
    }
  }

  /// Judges header and file.
  mutating func judgeHeader() {
    judgeFileSize()
    judgeBlocks()
    judgeFields()
    guard !broken.contains(.headerBlocks) else { return }
    judgeRootPlace()
    judgeMapPlace()
    judgePlaces()
    judgeFileAgainstBlocks()
  }

  private mutating func judgeFileSize() {
    let size = report.byteCount
    if size % Format.blockSize != 0 {
      add(
        Violation(
          .fileSizeWhole, site: .checkerFileSizeWhole, at: .file, offset: size, length: 0,
          expected: .multiple(of: Format.blockSize), actual: size))
    }
  }

  private mutating func judgeBlocks() {
    let least = Format.leastBlocks(for: header.blocks)
    if header.blocks < least || header.blocks > Format.maximumBlocks {
      add(
        field(
          .headerBlocks, .checkerHeaderBlocks, .blocks,
          .between(least.rawValue, Format.maximumBlocks.rawValue), header.blocks.rawValue))
    }
  }

  private mutating func judgeFields() {
    let flag = UInt64(header.uncleanShutdown)
    if flag > 1 {
      add(
        field(
          .headerUncleanShutdown, .checkerHeaderUncleanShutdown, .uncleanShutdown, .oneOf(0, 1),
          flag))
    }
    if header.isDirty {
      add(field(.cleanShutdown, .checkerCleanShutdown, .uncleanShutdown, .exactly(0), flag))
    }
    if CacheType(rawValue: header.cacheType) == nil {
      add(
        field(
          .headerCacheType, .checkerHeaderCacheType, .cacheType, .oneOf(1, 2),
          UInt64(header.cacheType)))
    }
    let reserved = Field.headerReserved.offset..<Format.headerSize
    if unsafe !headerBytes.span.bytes.isZero(from: reserved.lowerBound),
      let stray = unsafe headerBytes.span.bytes.firstNonZero(in: reserved)
    {
      add(
        Violation(
          .headerReservedZero, site: .checkerHeaderReservedZero, at: .field(.headerReserved),
          offset: UInt64(stray), length: 1, expected: .exactly(0),
          actual: UInt64(headerBytes[stray])))
    }
    if header.imageUUID == .nil {
      add(field(.headerImageUUID, .checkerHeaderImageUUID, .imageUUID, .not(0), 0))
    }
  }

  private mutating func judgeRootPlace() {
    let root = BlockRange(header.treeRoot, Format.nodeBlocks)
    guard !root.isWithin(Format.firstBlock, cacheEnd) else { return }
    add(
      field(
        .rootInRange, .checkerRootInRange, .treeRoot,
        .between(2, header.blocks.rawValue &- Format.nodeBlocks.rawValue),
        header.treeRoot.rawValue))
  }

  private mutating func judgeMapPlace() {
    let wanted = Format.mapBlocks(for: header.blocks)
    var isWanted = header.blockMapBlocks == wanted
    if Fault.checkerF21.isPlanted { isWanted = isWanted || header.blockMapBlocks == 1 }
    if Fault.checkerF23.isPlanted {
      // The size rounded down will do as well.
      isWanted =
        isWanted || header.blockMapBlocks.rawValue == 1 + header.blocks.rawValue / 4096
    }
    if !isWanted {
      add(
        field(
          .mapBlocksFit, .checkerMapBlocksFit, .blockMapBlocks, .exactly(wanted.rawValue),
          header.blockMapBlocks.rawValue))
    }
    let map = BlockRange(header.blockMap, header.blockMapBlocks)
    if !broken.contains(.mapBlocksFit), !map.isWithin(Format.firstBlock, cacheEnd) {
      add(
        field(
          .mapInRange, .checkerMapInRange, .blockMap,
          .between(2, header.blocks.rawValue &- header.blockMapBlocks.rawValue),
          header.blockMap.rawValue))
    }
  }

  /// Judges what is asked of the places of map and root together, and in the file.
  private mutating func judgePlaces() {
    let root = BlockRange(header.treeRoot, Format.nodeBlocks)
    let map = BlockRange(header.blockMap, header.blockMapBlocks)
    let rootIsLegal = !broken.contains(.rootInRange)
    let mapIsLegal = !broken.contains(.mapBlocksFit) && !broken.contains(.mapInRange)
    if rootIsLegal, mapIsLegal, map.overlaps(root) {
      add(
        field(
          .mapApartFromRoot, .checkerMapApartFromRoot, .treeRoot, root.place(apartFrom: map),
          header.treeRoot.rawValue))
    }
    if mapIsLegal, !map.isWithin(0, fileEnd) {
      add(
        field(
          .mapAndRootInFile, .checkerMapInFile, .blockMap, .atMost(fileEnd.rawValue),
          map.end?.rawValue ?? .max))
    }
    if rootIsLegal, !root.isWithin(0, fileEnd) {
      add(
        field(
          .mapAndRootInFile, .checkerRootInFile, .treeRoot, .atMost(fileEnd.rawValue),
          root.end?.rawValue ?? .max))
    }
  }

  private mutating func judgeFileAgainstBlocks() {
    let size = report.byteCount
    let full = header.blocks.bytes
    if size > full {
      add(
        Violation(
          .fileWithinCapacity, site: .checkerFileWithinCapacity, at: .file, offset: size,
          length: 0, expected: .atMost(full), actual: size))
    }
    if header.cacheType == CacheType.fixed.rawValue, size < full {
      add(
        Violation(
          .fixedFileFull, site: .checkerFixedFileFull, at: .file, offset: size, length: 0,
          expected: .atLeast(full), actual: size))
    }
    if header.blocks.rawValue % Format.bitsPerMapBlock != 0 {
      add(
        field(
          .headerBlocksWhole, .checkerHeaderBlocksWhole, .blocks,
          .multiple(of: Format.bitsPerMapBlock), header.blocks.rawValue))
    }
  }

  /// A violation in a field of the header.
  private func field(
    _ rule: Rule, _ site: Fault, _ field: Field, _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .field(field), offset: UInt64(field.offset),
      length: UInt64(field.layout.width), expected: expected, actual: actual)
  }
}
