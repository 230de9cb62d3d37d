/// A structure of the file.
public enum Structure: String, CaseIterable, Sendable {
  case header
  case blockMap
  case node
  case extent
  case entry

  /// The structure's size in bytes.
  public var size: Int {
    switch self {
    case .header: Format.headerSize
    case .blockMap: Format.mapHeaderSize
    case .node: Format.nodeSize
    case .extent: Format.extentSize
    case .entry: Format.entrySize
    }
  }
}

/// The meaning of the bytes of a field.
public enum FieldKind: String, Sendable {
  /// Fixed bytes that identify a structure.
  case magic
  /// A number, little endian.
  case number
  /// A number of blocks.
  case count
  /// A block of the file.
  case address
  /// A block of the cached disk.
  case offset
  /// A UUID, first three fields little endian.
  case uuid
  /// Bytes that should be zero.
  case reserved
}

/// A field of a structure of the file; its raw value is its name in the specification.
///
/// This is the only layout table: codec, paths and dumps use it, and the tables of `Specs/VCI.md`
/// are tested against it.
public enum Field: String, CaseIterable, Sendable {
  case signature = "u32Signature"
  case version = "u32Version"
  case blocks = "cBlocksCache"
  case uncleanShutdown = "fUncleanShutdown"
  case cacheType = "u32CacheType"
  case treeRoot = "offTreeRoot"
  case blockMap = "offBlkMap"
  case blockMapBlocks = "cBlkMap"
  case imageUUID = "uuidImage"
  case modificationUUID = "uuidModification"
  case headerReserved = "abReserved"

  case mapMagic = "u32Magic"
  case mapVersion = "map.u32Version"
  case mapBlocks = "cBlocks"
  case mapFree = "cBlocksFree"
  case mapMetadata = "cBlocksAllocMeta"
  case mapData = "cBlocksAllocData"
  case mapReserved = "au8Reserved"

  case nodeType = "u8Type"
  case nodeEntries = "entries"

  case extentPrevious = "u64ExtentPrev"
  case extentNext = "u64ExtentNext"
  case extentFlags = "u8Flags"
  case extentReserved = "u8Reserved"
  case extentOffset = "extent.u64BlockOffset"
  case extentBlocks = "extent.u32Blocks"
  case extentAddress = "u64BlockAddr"

  case entryOffset = "entry.u64BlockOffset"
  case entryBlocks = "entry.u32Blocks"
  case entryChild = "u64ChildAddr"
}

/// A line of the layout table.
public struct FieldLayout: Sendable {
  /// The structure that has the field.
  public let structure: Structure
  /// The field's name in paths: `header.treeRoot`, `extent[5].blockAddress`.
  public let label: StaticString
  /// The first byte, counted from the structure's start.
  public let offset: Int
  /// The number of bytes.
  public let width: Int
  /// The meaning of the bytes.
  public let kind: FieldKind
}

extension Field {
  /// The field's line of the layout table.
  public var layout: FieldLayout {
    switch self {
    case .signature: line(.header, "signature", 0, 4, .magic)
    case .version: line(.header, "version", 4, 4, .number)
    case .blocks: line(.header, "blocks", 8, 8, .count)
    case .uncleanShutdown: line(.header, "uncleanShutdown", 16, 1, .number)
    case .cacheType: line(.header, "cacheType", 17, 4, .number)
    case .treeRoot: line(.header, "treeRoot", 21, 8, .address)
    case .blockMap: line(.header, "blockMap", 29, 8, .address)
    case .blockMapBlocks: line(.header, "blockMapBlocks", 37, 4, .count)
    case .imageUUID: line(.header, "imageUUID", 41, 16, .uuid)
    case .modificationUUID: line(.header, "modificationUUID", 57, 16, .uuid)
    case .headerReserved: line(.header, "reserved", 73, 951, .reserved)
    case .mapMagic: line(.blockMap, "magic", 0, 4, .magic)
    case .mapVersion: line(.blockMap, "version", 4, 4, .number)
    case .mapBlocks: line(.blockMap, "blocks", 8, 8, .count)
    case .mapFree: line(.blockMap, "free", 16, 8, .count)
    case .mapMetadata: line(.blockMap, "metadata", 24, 8, .count)
    case .mapData: line(.blockMap, "data", 32, 8, .count)
    case .mapReserved: line(.blockMap, "reserved", 40, 472, .reserved)
    case .nodeType: line(.node, "type", 0, 1, .number)
    case .nodeEntries: line(.node, "entries", 1, 4095, .reserved)
    case .extentPrevious: line(.extent, "previous", 0, 8, .address)
    case .extentNext: line(.extent, "next", 8, 8, .address)
    case .extentFlags: line(.extent, "flags", 16, 1, .number)
    case .extentReserved: line(.extent, "reserved", 17, 1, .reserved)
    case .extentOffset: line(.extent, "blockOffset", 18, 8, .offset)
    case .extentBlocks: line(.extent, "blocks", 26, 4, .count)
    case .extentAddress: line(.extent, "blockAddress", 30, 8, .address)
    case .entryOffset: line(.entry, "blockOffset", 0, 8, .offset)
    case .entryBlocks: line(.entry, "blocks", 8, 4, .count)
    case .entryChild: line(.entry, "childAddress", 12, 8, .address)
    }
  }

  private func line(
    _ structure: Structure, _ label: StaticString, _ offset: Int, _ width: Int, _ kind: FieldKind
  ) -> FieldLayout {
    FieldLayout(structure: structure, label: label, offset: offset, width: width, kind: kind)
  }

  /// The field's first byte, counted from the start of its structure.
  public var offset: Int { layout.offset }

  /// Returns the field's first byte in a file whose structure starts at byte `base`, or
  /// `UInt64.max` if 64 bits cannot hold it.
  public func position(from base: UInt64) -> UInt64 {
    let (position, overflow) = base.addingReportingOverflow(UInt64(offset))
    return overflow ? .max : position
  }

  /// Returns the field's first byte in slot `slot` of the node that starts at byte `base`.
  ///
  /// - Precondition: the field belongs to an extent or an entry.
  public func position(inNodeAt base: UInt64, slot: Int) -> UInt64 {
    let structure = layout.structure
    precondition(structure == .extent || structure == .entry, "\(self) has no slot")
    let (position, overflow) = base.addingReportingOverflow(
      UInt64(1 + slot * structure.size + offset))
    return overflow ? .max : position
  }
}
