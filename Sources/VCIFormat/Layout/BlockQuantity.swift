/// A quantity in blocks of 512 bytes, held in 64 bits as the file holds it.
public protocol BlockQuantity: RawRepresentable, Hashable, Comparable, Sendable,
  ExpressibleByIntegerLiteral, CustomStringConvertible
where RawValue == UInt64 {
  /// Makes the quantity of `rawValue` blocks.
  init(_ rawValue: UInt64)
}

extension BlockQuantity {
  @inlinable
  public init(rawValue: UInt64) { self.init(rawValue) }
  @inlinable
  public init(integerLiteral value: UInt64) { self.init(value) }

  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { String(rawValue) }

  /// Returns the quantity `count` blocks further on, or `nil` if 64 bits cannot hold it.
  ///
  /// Numbers that a file gave are added in this form; `+` is for numbers that were checked, and
  /// traps.
  @inlinable
  public func adding(_ count: BlockCount) -> Self? {
    let (sum, overflow) = rawValue.addingReportingOverflow(count.rawValue)
    return overflow ? nil : Self(sum)
  }

  @inlinable
  public static func + (left: Self, right: BlockCount) -> Self {
    Self(left.rawValue + right.rawValue)
  }

  @inlinable
  public static func - (left: Self, right: BlockCount) -> Self {
    Self(left.rawValue - right.rawValue)
  }

  @inlinable
  public static func += (left: inout Self, right: BlockCount) { left = left + right }

  @inlinable
  public static func -= (left: inout Self, right: BlockCount) { left = left - right }
}

/// A number of blocks.
public struct BlockCount: BlockQuantity {
  public let rawValue: UInt64
  /// Makes the count of `rawValue` blocks.
  @inlinable
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The count in bytes, or `UInt64.max` if 64 bits cannot hold it.
  public var bytes: UInt64 { saturatingBytes(of: rawValue) }
}

/// A block that is counted from a start: of the image file, or of the cached disk.
public protocol BlockPosition: BlockQuantity {}

extension BlockPosition {
  /// Returns the number of blocks from `right` up to `left`.
  @inlinable
  public static func - (left: Self, right: Self) -> BlockCount {
    BlockCount(left.rawValue - right.rawValue)
  }
}

/// A block of the image file, counted from its start; 0 is the header, so it means "none".
public struct BlockAddress: BlockPosition {
  public let rawValue: UInt64
  /// Makes the address of block `rawValue` of the file.
  @inlinable
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The first byte of the block in the file, or `UInt64.max` if 64 bits cannot hold it.
  ///
  /// No file reaches that far, so a hostile address leads past the end of the file, never to
  /// another block.
  public var bytes: UInt64 { saturatingBytes(of: rawValue) }
}

/// A block of the cached disk, counted from its start.
public struct BlockOffset: BlockPosition {
  public let rawValue: UInt64
  /// Makes the offset of block `rawValue` of the disk.
  @inlinable
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

private func saturatingBytes(of blocks: UInt64) -> UInt64 {
  blocks <= UInt64.max >> 9 ? blocks << 9 : .max
}
