internal import ArgumentParser

/// A number of bytes with an optional unit: `512`, `64KiB`, `1GiB`.
public struct ByteSize: Hashable, Sendable {
  /// The number of bytes.
  public let bytes: UInt64

  /// Makes the size of `bytes` bytes.
  public init(bytes: UInt64) { self.bytes = bytes }

  private static let units: [(name: String, shift: UInt64)] = [
    ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50), ("EiB", 60), ("B", 0),
  ]

  /// Parses a number, optionally followed by one of the units B and KiB to EiB. The number may have
  /// a decimal fraction if the size is still a whole number of bytes.
  ///
  /// - Throws: `ByteSizeError` if the text is anything else, or the size is 16EiB or more.
  public init(_ text: String) throws(ByteSizeError) {
    guard !text.hasPrefix("-") else { throw .negative }
    let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let name = text.dropFirst(number.count)
    guard !number.isEmpty else { throw .notASize }
    let unit = Self.units.first { $0.name == name }
    guard unit != nil || name.isEmpty else { throw .unit("\(name)") }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { throw .notASize }
    let shift = unit?.shift ?? 0
    guard let whole = UInt64(parts[0]) else { throw .tooLarge }
    let (bytes, overflow) = whole.multipliedReportingOverflow(by: 1 << shift)
    guard !overflow else { throw .tooLarge }
    // The fraction is less than one unit, so the sum does not overflow.
    self.bytes = try bytes + (parts.count == 2 ? Self.bytes(ofFraction: parts[1], shift) : 0)
  }

  /// Returns the bytes in a fraction of a unit of 2^`shift` bytes; `digits` are the decimal places.
  ///
  /// - Throws: `ByteSizeError.notWhole` if the fraction is not a whole number of bytes.
  private static func bytes(
    ofFraction digits: Substring, _ shift: UInt64
  ) throws(ByteSizeError) -> UInt64 {
    let zeros = digits.reversed().prefix { $0 == "0" }.count
    let digits = digits.dropLast(zeros)
    guard !digits.isEmpty else { return 0 }
    // 10^19 is the last power of ten that 64 bits hold.
    guard digits.count <= 19, let part = UInt64(digits) else { throw .notWhole }
    let whole = (0..<digits.count).reduce(UInt64(1)) { power, _ in power * 10 }
    let product = part.multipliedFullWidth(by: 1 << shift)
    let (bytes, rest) = whole.dividingFullWidth(product)
    guard rest == 0 else { throw .notWhole }
    return bytes
  }

  /// The size in the largest unit that divides it, such as `64 KiB`; in bytes if none does.
  public var text: String {
    let unit = Self.units.dropLast().last { bytes != 0 && bytes % (1 << $0.shift) == 0 }
    return unit.map { "\(bytes >> $0.shift) \($0.name)" } ?? "\(bytes) bytes"
  }

  /// Parses the argument of an option as a size.
  ///
  /// - Throws: `ValidationError` if it is not a size; the message says what a size looks like.
  public static func argument(_ text: String) throws -> ByteSize {
    do throws(ByteSizeError) {
      return try ByteSize(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

/// Why a text is not a size.
public enum ByteSizeError: Error, Hashable, Sendable {
  /// The text is not a number with or without a unit.
  case notASize
  /// The number has a minus sign.
  case negative
  /// The text after the number is not a unit.
  case unit(String)
  /// The size is not a whole number of bytes.
  case notWhole
  /// The size in bytes does not fit in 64 bits.
  case tooLarge
}

extension ByteSizeError: CustomStringConvertible {
  private static let units = "B, KiB, MiB, GiB, TiB, PiB or EiB"

  public var description: String {
    switch self {
    case .notASize:
      "a size is a number, alone or with \(Self.units) right behind it: 512, 64KiB, 1.5GiB"
    case .negative: "a size is not less than 0"
    case .unit(let name):
      "'\(name)' is no unit; a size is a number, alone or with \(Self.units) right behind it"
    case .notWhole: "a size is a whole number of bytes"
    case .tooLarge: "a size is less than 16EiB"
    }
  }
}
