/// A quantity counted in blocks of 512 bytes, held in 64 bits as the file holds it.
public protocol BlockQuantity: RawRepresentable, Hashable, Comparable, Sendable,
  ExpressibleByIntegerLiteral, CustomStringConvertible
where RawValue == UInt64 {
  /// Makes the quantity of `rawValue` blocks.
  init(_ rawValue: UInt64)
}

extension BlockQuantity {
  public init(rawValue: UInt64) { self.init(rawValue) }
  public init(integerLiteral value: UInt64) { self.init(value) }

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { String(rawValue) }
}

/// A number of blocks.
public struct BlockCount: BlockQuantity {
  public let rawValue: UInt64
  /// Makes the count of `rawValue` blocks.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The count in bytes; `UInt64.max` where 64 bits can't hold it.
  public var bytes: UInt64 { saturatingBytes(of: rawValue) }
}

/// A block of the image file, counted from its start; 0 is the header, so it means "none".
public struct BlockAddress: BlockQuantity {
  public let rawValue: UInt64
  /// Makes the address of block `rawValue` of the file.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Where the block starts in the file, in bytes; `UInt64.max` where 64 bits can't hold it.
  ///
  /// No file reaches that far, so a hostile address leads past the end of the file, never to
  /// another block.
  public var bytes: UInt64 { saturatingBytes(of: rawValue) }
}

/// A block of the cached disk, counted from its start.
public struct BlockOffset: BlockQuantity {
  public let rawValue: UInt64
  /// Makes the offset of block `rawValue` of the disk.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

private func saturatingBytes(of blocks: UInt64) -> UInt64 {
  blocks <= UInt64.max >> 9 ? blocks << 9 : .max
}

/// A run of blocks of the image file.
///
/// Any two 64-bit numbers make one: its end may lie past what 64 bits can count, and every
/// question is answered as if integers had no bound.
public struct BlockRange: Hashable, Sendable, CustomStringConvertible {
  /// The first block.
  public let first: BlockAddress
  /// How many blocks.
  public let count: BlockCount

  /// Makes the run of `count` blocks from `first` on.
  public init(_ first: BlockAddress, _ count: BlockCount) {
    self.first = first
    self.count = count
  }

  /// The block after the last one; `nil` where 64 bits can't hold it.
  public var end: BlockAddress? {
    let (end, overflow) = first.rawValue.addingReportingOverflow(count.rawValue)
    return overflow ? nil : BlockAddress(end)
  }

  /// Whether every block is at `lower` or after it, and before `upper`.
  public func isWithin(_ lower: BlockAddress, _ upper: BlockAddress) -> Bool {
    guard let end else { return false }
    return first >= lower && end <= upper
  }

  /// Whether some block belongs to both.
  public func overlaps(_ other: BlockRange) -> Bool {
    guard count.rawValue > 0, other.count.rawValue > 0 else { return false }
    return first < other.first
      ? other.first.rawValue - first.rawValue < count.rawValue
      : first.rawValue - other.first.rawValue < other.count.rawValue
  }

  /// Whether `block` is one of its blocks.
  public func contains(_ block: BlockAddress) -> Bool {
    block >= first && block.rawValue - first.rawValue < count.rawValue
  }

  public var description: String { "\(first)+\(count)" }
}
