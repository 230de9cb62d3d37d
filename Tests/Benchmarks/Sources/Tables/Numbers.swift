/// The number with so many digits behind the point.
package func fixed(_ number: Double, _ digits: Int) -> String {
  guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = Int((abs(number) * scale).rounded())
  let text = String(whole)
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  let sign = number < 0 && whole != 0 ? "-" : ""
  return sign + padded.dropLast(digits) + (digits > 0 ? "." + padded.suffix(digits) : "")
}

/// A time in seconds, with three digits and in a unit that suits.
package func duration(_ seconds: Double) -> String {
  for (unit, scale) in [("ns", 1e9), ("us", 1e6), ("ms", 1e3)] where seconds * scale < 999.5 {
    let number = seconds * scale
    return fixed(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0) + " " + unit
  }
  return fixed(seconds, 2) + " s"
}
