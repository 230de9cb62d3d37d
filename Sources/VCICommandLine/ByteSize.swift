public import ArgumentParser

/// A number of bytes, as people write it: `512`, `64KiB`, `1GiB`.
public struct ByteSize: Hashable, Sendable {
  /// The bytes.
  public let bytes: UInt64

  public init(bytes: UInt64) { self.bytes = bytes }

  private static let units: [(name: String, shift: UInt64)] = [
    ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50), ("EiB", 60), ("B", 0),
  ]

  /// Reads a number and one of the units KiB to EiB; `nil` for anything else, and for what 64 bits
  /// can't hold.
  public init?(_ text: String) {
    let unit = Self.units.first { text.hasSuffix($0.name) }
    let digits = text.dropLast(unit?.name.count ?? 0)
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let number = UInt64(digits)
    else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (unit?.shift ?? 0))
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  /// The size in the largest unit of which it is a whole number.
  public var text: String {
    let unit = Self.units.dropLast().last { bytes != 0 && bytes % (1 << $0.shift) == 0 }
    return unit.map { "\(bytes >> $0.shift) \($0.name)" } ?? "\(bytes) bytes"
  }
}

extension ByteSize: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
