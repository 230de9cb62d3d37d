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

  /// Reads a number and, behind it, one of the units B and KiB to EiB; the number may have a
  /// decimal fraction, where a whole number of bytes comes of it.
  ///
  /// - Throws: `ByteSizeError` for anything else, and for 16EiB and more.
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
    // The fraction is less than a unit, so the sum stays below the next one.
    self.bytes = try bytes + (parts.count == 2 ? Self.bytes(ofFraction: parts[1], shift) : 0)
  }

  /// The bytes that the decimal `digits` behind the point are of a unit of 2^`shift` bytes.
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
  /// It is not a number with a unit or without.
  case notASize
  /// There is a minus in front of it.
  case negative
  /// What stands behind the number is no unit.
  case unit(String)
  /// It is no whole number of bytes.
  case notWhole
  /// It is more than 64 bits hold.
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
