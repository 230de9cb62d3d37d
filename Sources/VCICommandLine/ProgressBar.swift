public import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// A progress line with a bar: percent, amount and rate.
public final class ProgressBar: Sendable {
  private let name: String
  private let unit: ProgressText.Unit
  private let line: ProgressLine
  private let start = ContinuousClock.now

  /// Makes the bar for work that begins now on the file at `path`, counted in `unit`.
  public convenience init(_ path: FilePath, in unit: ProgressText.Unit) {
    self.init("\(FileName(path))", in: unit, on: ProgressLine())
  }

  /// Makes the bar for work that begins now and is counted in `unit`; `name` begins its text.
  ///
  /// `line` keeps its own start time: if it is older than the work, the bar can appear at once.
  public init(_ name: String, in unit: ProgressText.Unit, on line: ProgressLine) {
    self.name = name
    self.unit = unit
    self.line = line
  }

  /// Shows that `done` of `total` is done, with a bar only if the total is known.
  public func show(_ done: UInt64, of total: @autoclosure () -> UInt64?) {
    line.show(
      "\(name): \(ProgressText(done, of: total(), in: unit, after: ContinuousClock.now - start))")
  }

  /// Shows `words` instead of the bar.
  public func show(_ words: @autoclosure () -> String) { line.show("\(name): \(words())") }

  /// Shows `words` instead of the bar, at once: for a step that takes long and shows no progress.
  public func announce(_ words: @autoclosure () -> String) {
    line.announce("\(name): \(words())")
  }

  /// Removes the bar from the terminal.
  public func clear() { line.clear() }
}

/// The text of a progress bar: percent, amount and rate.
public struct ProgressText: CustomStringConvertible {
  /// The unit in which work is counted.
  public enum Unit: Sendable {
    /// Bytes, shown in KiB or a larger unit.
    case bytes
    /// Things with this name, a plural.
    case things(String)
  }

  private let done: UInt64
  private let total: UInt64?
  private let unit: Unit
  private let time: Duration

  /// Makes the text for work of which `done` of `total` is done after `time`.
  ///
  /// A total of 0, or of less than `done`, counts as unknown.
  public init(_ done: UInt64, of total: UInt64?, in unit: Unit, after time: Duration) {
    self.done = done
    self.total = total.flatMap { $0 >= max(done, 1) ? $0 : nil }
    self.unit = unit
    self.time = time
  }

  public var description: String {
    guard let total else { return "\(amount(done)), \(amount(rate))/s" }
    let part = Double(done) / Double(total)
    let marks = Int(part * Double(Self.width))
    let bar =
      String(repeating: "#", count: marks) + String(repeating: ".", count: Self.width - marks)
    return "[\(bar)] \(Int(part * 100)) %, \(amount(done)) of \(amount(total)), \(amount(rate))/s"
  }

  /// The width of the bar in characters.
  private static let width = 20

  /// The amount done per second.
  private var rate: UInt64 {
    let seconds = max(0.001, time / .seconds(1))
    return UInt64(exactly: (Double(done) / seconds).rounded()) ?? .max
  }

  private func amount(_ count: UInt64) -> String {
    switch unit {
    case .things(let name): "\(count) \(name)"
    case .bytes: Self.text(ofBytes: count)
    }
  }

  /// Returns the bytes in the largest unit of which there is at least one, or else in KiB, cut to a
  /// tenth.
  private static func text(ofBytes count: UInt64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    let index = units.indices.last { count >> (UInt64($0 + 1) * 10) > 0 } ?? 0
    let tenths = ((count >> (UInt64(index) * 10)) * 10) >> 10
    return "\(tenths / 10).\(tenths % 10) \(units[index])"
  }
}
