internal import VCIFormat

extension Examination {
  /// VCI-FILE-001, VCI-HDR-001, VCI-HDR-002: the rules by which an image is told. The first that is
  /// broken is the only finding.
  mutating func checkProbe(_ source: any ByteSource) throws(StorageError) {
    let size = report.byteCount
    let read = try Self.fill(&headerBytes, from: source, at: 0, size: size)
    header = unsafe Header(decoding: headerBytes.span.bytes)
    report.header = header
    if read < Format.headerSize {
      add(.fileHoldsHeader, at: .endOfFile(size), expected: .atLeast(1024), actual: size)
      guard broken.isEmpty else { return }
    }
    if header.signature != Header.signature {
      add(
        .headerSignature, at: .header(.signature), expected: .exactly(UInt64(Header.signature)),
        actual: UInt64(header.signature))
      guard broken.isEmpty else { return }
    }
    if header.version != Header.version {
      add(
        .headerVersion, at: .header(.version), expected: .exactly(1),
        actual: UInt64(header.version))
    }
  }

  /// VCI-HDR-003 to VCI-HDR-012, VCI-FILE-002 to VCI-FILE-005, VCI-SHD-001: header and file size.
  mutating func checkHeader() {
    checkFileSize()
    checkBlocks()
    checkFields()
    guard !broken.contains(.headerBlocks) else { return }
    checkRootPlace()
    checkMapPlace()
    checkPlaces()
    checkFileAgainstBlocks()
  }

  /// VCI-FILE-002.
  private mutating func checkFileSize() {
    let size = report.byteCount
    if size % Format.blockSize != 0 {
      add(
        .fileSizeWhole, at: .endOfFile(size), expected: .multiple(of: Format.blockSize),
        actual: size)
    }
  }

  /// VCI-HDR-003.
  private mutating func checkBlocks() {
    let least = Format.leastBlocks(for: header.blocks)
    if header.blocks < least || header.blocks > Format.maximumBlocks {
      add(
        .headerBlocks, at: .header(.blocks),
        expected: .between(least.rawValue, Format.maximumBlocks.rawValue),
        actual: header.blocks.rawValue)
    }
  }

  /// VCI-HDR-004, VCI-SHD-001, VCI-HDR-005, VCI-HDR-010, VCI-HDR-011.
  private mutating func checkFields() {
    let flag = UInt64(header.uncleanShutdown)
    if flag > 1 {
      add(
        .headerUncleanShutdown, at: .header(.uncleanShutdown), expected: .oneOf(0, 1), actual: flag)
    }
    if header.isDirty {
      add(.cleanShutdown, at: .header(.uncleanShutdown), expected: .exactly(0), actual: flag)
    }
    if CacheType(rawValue: header.cacheType) == nil {
      add(
        .headerCacheType, at: .header(.cacheType), expected: .oneOf(1, 2),
        actual: UInt64(header.cacheType))
    }
    let reserved = Field.headerReserved.offset..<Format.headerSize
    if unsafe !headerBytes.span.bytes.isZero(from: reserved.lowerBound),
      let stray = unsafe headerBytes.span.bytes.firstNonZero(in: reserved)
    {
      add(
        .headerReservedZero, at: .header(.headerReserved).byte(at: UInt64(stray)),
        expected: .exactly(0), actual: UInt64(headerBytes[stray]))
    }
    if header.imageUUID == .nil {
      add(.headerImageUUID, at: .header(.imageUUID), expected: .not(0), actual: 0)
    }
  }

  /// VCI-HDR-006.
  private mutating func checkRootPlace() {
    let root = BlockRange(header.treeRoot, Format.nodeBlocks)
    guard !root.isWithin(Format.firstBlock, cacheEnd) else { return }
    add(
      .rootInRange, at: .header(.treeRoot),
      expected: .between(2, header.blocks.rawValue &- Format.nodeBlocks.rawValue),
      actual: header.treeRoot.rawValue)
  }

  /// VCI-HDR-009, VCI-HDR-007.
  private mutating func checkMapPlace() {
    let wanted = Format.mapBlocks(for: header.blocks)
    if header.blockMapBlocks != wanted, !Faults.takesMap(of: header) {
      add(
        .mapBlocksFit, at: .header(.blockMapBlocks), expected: .exactly(wanted.rawValue),
        actual: header.blockMapBlocks.rawValue)
    }
    let map = BlockRange(header.blockMap, header.blockMapBlocks)
    if !broken.contains(.mapBlocksFit), !map.isWithin(Format.firstBlock, cacheEnd) {
      add(
        .mapInRange, at: .header(.blockMap),
        expected: .between(2, header.blocks.rawValue &- header.blockMapBlocks.rawValue),
        actual: header.blockMap.rawValue)
    }
  }

  /// VCI-HDR-008, VCI-FILE-005: map and root lie apart from each other, and inside the file.
  private mutating func checkPlaces() {
    let root = BlockRange(header.treeRoot, Format.nodeBlocks)
    let map = BlockRange(header.blockMap, header.blockMapBlocks)
    let rootIsLegal = !broken.contains(.rootInRange)
    let mapIsLegal = !broken.contains(.mapBlocksFit) && !broken.contains(.mapInRange)
    if rootIsLegal, mapIsLegal, map.overlaps(root) {
      add(
        .mapApartFromRoot, at: .header(.treeRoot), expected: root.start(apartFrom: map),
        actual: header.treeRoot.rawValue)
    }
    if mapIsLegal, !map.isWithin(0, fileEnd) {
      add(
        .mapAndRootInFile, part: .map, at: .header(.blockMap), expected: .atMost(fileEnd.rawValue),
        actual: map.end?.rawValue ?? .max)
    }
    if rootIsLegal, !root.isWithin(0, fileEnd) {
      add(
        .mapAndRootInFile, part: .root, at: .header(.treeRoot), expected: .atMost(fileEnd.rawValue),
        actual: root.end?.rawValue ?? .max)
    }
  }

  /// VCI-FILE-003, VCI-FILE-004, VCI-HDR-012.
  private mutating func checkFileAgainstBlocks() {
    let size = report.byteCount
    let full = header.blocks.bytes
    if size > full {
      add(.fileWithinCapacity, at: .endOfFile(size), expected: .atMost(full), actual: size)
    }
    if header.cacheType == CacheType.fixed.rawValue, size < full {
      add(.fixedFileFull, at: .endOfFile(size), expected: .atLeast(full), actual: size)
    }
    if header.blocks.rawValue % Format.bitsPerMapBlock != 0 {
      add(
        .headerBlocksWhole, at: .header(.blocks), expected: .multiple(of: Format.bitsPerMapBlock),
        actual: header.blocks.rawValue)
    }
  }
}
