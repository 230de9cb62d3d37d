package import VCIFormat

/// A structure whose numbers can be read and set by their fields.
package protocol FieldValues {
  /// The number in `field`. Any field that the structure does not have as a number reads as 0, and
  /// setting it changes nothing.
  subscript(field: Field) -> UInt64 { get set }
}

extension Structure {
  /// The fields of the structure that are numbers, in the order of the layout table.
  package var numbers: [Field] { Self.numbers[self] ?? [] }

  private static let numbers = Dictionary(
    grouping: Field.allCases.filter { $0.layout.width <= 8 }, by: \.layout.structure)
}

extension Header: FieldValues {
  package subscript(field: Field) -> UInt64 {
    get {
      switch field {
      case .signature: UInt64(signature)
      case .version: UInt64(version)
      case .blocks: blocks.rawValue
      case .uncleanShutdown: UInt64(uncleanShutdown)
      case .cacheType: UInt64(cacheType)
      case .treeRoot: treeRoot.rawValue
      case .blockMap: blockMap.rawValue
      case .blockMapBlocks: blockMapBlocks.rawValue
      default: 0
      }
    }
    set {
      switch field {
      case .signature: signature = UInt32(truncatingIfNeeded: newValue)
      case .version: version = UInt32(truncatingIfNeeded: newValue)
      case .blocks: blocks = BlockCount(newValue)
      case .uncleanShutdown: uncleanShutdown = UInt8(truncatingIfNeeded: newValue)
      case .cacheType: cacheType = UInt32(truncatingIfNeeded: newValue)
      case .treeRoot: treeRoot = BlockAddress(newValue)
      case .blockMap: blockMap = BlockAddress(newValue)
      case .blockMapBlocks: blockMapBlocks = BlockCount(newValue)
      default: break
      }
    }
  }
}

extension BlockMapHeader: FieldValues {
  package subscript(field: Field) -> UInt64 {
    get {
      switch field {
      case .mapMagic: UInt64(magic)
      case .mapVersion: UInt64(version)
      case .mapBlocks: blocks.rawValue
      case .mapFree: free.rawValue
      case .mapMetadata: metadata.rawValue
      case .mapData: data.rawValue
      default: 0
      }
    }
    set {
      switch field {
      case .mapMagic: magic = UInt32(truncatingIfNeeded: newValue)
      case .mapVersion: version = UInt32(truncatingIfNeeded: newValue)
      case .mapBlocks: blocks = BlockCount(newValue)
      case .mapFree: free = BlockCount(newValue)
      case .mapMetadata: metadata = BlockCount(newValue)
      case .mapData: data = BlockCount(newValue)
      default: break
      }
    }
  }
}

extension Extent: FieldValues {
  package subscript(field: Field) -> UInt64 {
    get {
      switch field {
      case .extentPrevious: previous.rawValue
      case .extentNext: next.rawValue
      case .extentFlags: UInt64(flags)
      case .extentReserved: UInt64(reserved)
      case .extentOffset: offset.rawValue
      case .extentBlocks: blocks.rawValue
      case .extentAddress: address.rawValue
      default: 0
      }
    }
    set {
      switch field {
      case .extentPrevious: previous = BlockAddress(newValue)
      case .extentNext: next = BlockAddress(newValue)
      case .extentFlags: flags = UInt8(truncatingIfNeeded: newValue)
      case .extentReserved: reserved = UInt8(truncatingIfNeeded: newValue)
      case .extentOffset: offset = BlockOffset(newValue)
      case .extentBlocks: blocks = BlockCount(newValue)
      case .extentAddress: address = BlockAddress(newValue)
      default: break
      }
    }
  }
}

extension InternalEntry: FieldValues {
  package subscript(field: Field) -> UInt64 {
    get {
      switch field {
      case .entryOffset: offset.rawValue
      case .entryBlocks: blocks.rawValue
      case .entryChild: child.rawValue
      default: 0
      }
    }
    set {
      switch field {
      case .entryOffset: offset = BlockOffset(newValue)
      case .entryBlocks: blocks = BlockCount(newValue)
      case .entryChild: child = BlockAddress(newValue)
      default: break
      }
    }
  }
}
