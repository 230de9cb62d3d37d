package import VCIFormat

/// A structure whose numbers can be read and set by their fields.
package protocol FieldValues {
  /// Returns the number in `field`, and sets it to `new` unless that is `nil`.
  ///
  /// Any field that the structure does not have as a number is 0, and stays so.
  mutating func exchange(_ field: Field, with new: UInt64?) -> UInt64
}

extension FieldValues {
  package subscript(field: Field) -> UInt64 {
    get {
      var copy = self
      return copy.exchange(field, with: nil)
    }
    set { _ = exchange(field, with: newValue) }
  }
}

extension Structure {
  /// The fields of the structure that are numbers, in the order of the layout table.
  package var numbers: [Field] { Self.numbers[self] ?? [] }

  private static let numbers = Dictionary(
    grouping: Field.allCases.filter { $0.layout.width <= 8 }, by: \.layout.structure)
}

private func replace<Number: FixedWidthInteger & UnsignedInteger>(
  _ number: inout Number, _ new: UInt64?
) -> UInt64 {
  defer { if let new { number = Number(truncatingIfNeeded: new) } }
  return UInt64(number)
}

private func replace<Number: BlockQuantity>(_ number: inout Number, _ new: UInt64?) -> UInt64 {
  defer { if let new { number = Number(new) } }
  return number.rawValue
}

extension Header: FieldValues {
  package mutating func exchange(_ field: Field, with new: UInt64?) -> UInt64 {
    switch field {
    case .signature: replace(&signature, new)
    case .version: replace(&version, new)
    case .blocks: replace(&blocks, new)
    case .uncleanShutdown: replace(&uncleanShutdown, new)
    case .cacheType: replace(&cacheType, new)
    case .treeRoot: replace(&treeRoot, new)
    case .blockMap: replace(&blockMap, new)
    case .blockMapBlocks: replace(&blockMapBlocks, new)
    default: 0
    }
  }
}

extension BlockMapHeader: FieldValues {
  package mutating func exchange(_ field: Field, with new: UInt64?) -> UInt64 {
    switch field {
    case .mapMagic: replace(&magic, new)
    case .mapVersion: replace(&version, new)
    case .mapBlocks: replace(&blocks, new)
    case .mapFree: replace(&free, new)
    case .mapMetadata: replace(&metadata, new)
    case .mapData: replace(&data, new)
    default: 0
    }
  }
}

extension Extent: FieldValues {
  package mutating func exchange(_ field: Field, with new: UInt64?) -> UInt64 {
    switch field {
    case .extentPrevious: replace(&previous, new)
    case .extentNext: replace(&next, new)
    case .extentFlags: replace(&flags, new)
    case .extentReserved: replace(&reserved, new)
    case .extentOffset: replace(&offset, new)
    case .extentBlocks: replace(&blocks, new)
    case .extentAddress: replace(&address, new)
    default: 0
    }
  }
}

extension InternalEntry: FieldValues {
  package mutating func exchange(_ field: Field, with new: UInt64?) -> UInt64 {
    switch field {
    case .entryOffset: replace(&offset, new)
    case .entryBlocks: replace(&blocks, new)
    case .entryChild: replace(&child, new)
    default: 0
    }
  }
}
