internal import ArgumentParser

/// A time with an optional unit: `30`, `30s`, `10m`, `2h`.
struct TimeSpan: Hashable, Sendable {
  let duration: Duration

  private static let units: [(name: Character, seconds: Int64)] = [
    ("s", 1), ("m", 60), ("h", 3600),
  ]
  /// The longest time, in seconds: a hundred years.
  private static let limit: Int64 = 100 * 366 * 24 * 3600

  /// Parses a whole number, optionally followed by one of the units s, m and h. Without a unit it
  /// counts seconds.
  ///
  /// - Throws: `ValidationError` if the text is anything else, or if the time is 0 or more than a
  ///   hundred years.
  static func argument(_ text: String) throws -> TimeSpan {
    let unit = units.first { text.last == $0.name }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw ValidationError(
        "a time is a whole number, alone or with s, m or h right behind it: 90, 30s, 2h")
    }
    let seconds = Int64(digits)?.multipliedReportingOverflow(by: unit?.seconds ?? 1)
    guard let seconds, !seconds.overflow, (1...limit).contains(seconds.partialValue) else {
      throw ValidationError("a time is a second at least, and a hundred years at most")
    }
    return TimeSpan(duration: .seconds(seconds.partialValue))
  }
}
