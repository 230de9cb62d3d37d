internal import VCIFormat

extension Extent {
  /// The number in a field of an extent.
  subscript(field: Field) -> UInt64 {
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

extension InternalEntry {
  /// The number in a field of an entry.
  subscript(field: Field) -> UInt64 {
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

extension ModelNode {
  /// Sets the number in a field of a slot, and makes the slots before it where they are not there.
  mutating func setExtent(_ field: Field, _ slot: Int, _ value: UInt64) {
    while extents.count <= slot { extents.append(Extent(offset: 0, blocks: 0, address: 0)) }
    extents[slot][field] = value
  }

  /// The same for a slot of an internal node.
  mutating func setEntry(_ field: Field, _ slot: Int, _ value: UInt64) {
    while entries.count <= slot {
      entries.append(InternalEntry(offset: 0, blocks: 0, child: 0))
    }
    entries[slot][field] = value
  }
}
