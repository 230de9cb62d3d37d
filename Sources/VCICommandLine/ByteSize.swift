internal import ArgumentParser

/// A number of bytes, as people write it: `512`, `64KiB`, `1GiB`.
public struct ByteSize: Hashable, Sendable {
  /// The bytes.
  public let bytes: UInt64

  /// Makes the size of `bytes` bytes.
  public init(bytes: UInt64) { self.bytes = bytes }

  private static let units: [(name: String, shift: UInt64)] = [
    ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50), ("EiB", 60), ("B", 0),
  ]

  /// Reads a whole number and, behind it, one of the units B and KiB to EiB.
  ///
  /// - Throws: `ByteSizeError` for anything else, and for 16EiB and more.
  public init(_ text: String) throws(ByteSizeError) {
    let unit = Self.units.first { text.hasSuffix($0.name) }
    let digits = text.dropLast(unit?.name.count ?? 0)
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw .notASize
    }
    guard let number = UInt64(digits) else { throw .tooLarge }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (unit?.shift ?? 0))
    guard !overflow else { throw .tooLarge }
    self.bytes = bytes
  }

  /// The size in the largest unit of which it is a whole number.
  public var text: String {
    let unit = Self.units.dropLast().last { bytes != 0 && bytes % (1 << $0.shift) == 0 }
    return unit.map { "\(bytes >> $0.shift) \($0.name)" } ?? "\(bytes) bytes"
  }

  /// Reads the size that an option is given.
  ///
  /// - Throws: `ValidationError`, which says in words what a size is.
  public static func argument(_ text: String) throws -> ByteSize {
    do throws(ByteSizeError) {
      return try ByteSize(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

/// Why a text is no size.
public enum ByteSizeError: Error, Hashable, Sendable {
  /// It is not a whole number with a unit or without.
  case notASize
  /// It is more than 64 bits hold.
  case tooLarge
}

extension ByteSizeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notASize:
      "a size is a whole number, alone or with B, KiB, MiB, GiB, TiB, PiB or EiB right behind "
        + "it: 512, 64KiB, 1GiB"
    case .tooLarge: "a size is less than 16EiB"
    }
  }
}
