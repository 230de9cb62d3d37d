/// A count as it stands in a page: its value for programs, and its digits in groups for people.
struct ShownCount: Hashable, Sendable {
  let value: Int
  let words: String

  init(_ value: Int) {
    self.value = value
    words = Self.grouped(value)
  }

  /// Returns the digits of a number in groups of three.
  static func grouped(_ number: some BinaryInteger) -> String {
    let digits = "\(number.magnitude)"
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return number < 0 ? "-" + text : text
  }

  /// Returns a number with its noun.
  static func counted(_ number: Int, _ one: String, _ many: String) -> String {
    "\(grouped(number)) \(number == 1 ? one : many)"
  }

  /// Returns the sum of counts that a file says, which may be any; it stays at the limit.
  static func sum(_ counts: some Sequence<Int>) -> Int {
    counts.reduce(0) { sum, count in
      let (next, overflows) = sum.addingReportingOverflow(count)
      return overflows ? (count < 0 ? Int.min : Int.max) : next
    }
  }
}
