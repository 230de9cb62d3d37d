/// The widest chunk of which every place is tried, not every place that is a multiple of it.
private let narrow = 5

extension Shrinker {
  /// All, a half, a quarter and so on, then each of the narrow ones.
  private static func widths(of count: Int) -> [Int] {
    var widths: [Int] = []
    var width = count
    while width > narrow {
      widths.append(width)
      width /= 2
    }
    return widths + stride(from: min(count, narrow), to: 0, by: -1)
  }

  /// Keeps one of the first few choices, and all before it, alone.
  mutating func keepPrefixes() {
    for count in 0..<min(16, best.record.count) where takes(Array(best.record[..<count])) {
      return
    }
  }

  /// Leaves out chunks.
  mutating func deleteChunks() {
    for width in Self.widths(of: best.record.count) {
      var start = 0
      while start < best.record.count, effort.isLeft {
        var record = best.record
        record.removeSubrange(start..<min(start + width, record.count))
        if !takes(record) { start += width > narrow ? width : 1 }
      }
    }
  }

  /// Makes the simplest choices in chunks.
  mutating func zeroChunks() {
    for width in Self.widths(of: best.record.count) {
      var start = 0
      while start < best.record.count, effort.isLeft {
        let chunk = start..<min(start + width, best.record.count)
        if best.record[chunk].contains(where: { $0 != 0 }) {
          var record = best.record
          for index in chunk { record[index] = 0 }
          _ = takes(record)
        }
        start += width > narrow ? width : 1
      }
    }
  }

  /// Lowers each number alone.
  mutating func lowerNumbers() {
    var index = 0
    while index < best.record.count, effort.isLeft {
      lower([index])
      index += 1
    }
  }

  /// Lowers two equal numbers together.
  mutating func lowerEqualNumbers() {
    var first = 0
    while first < best.record.count, effort.isLeft {
      var second = first + 1
      while second < best.record.count, best.record[first] > 0, effort.isLeft {
        if best.record[second] == best.record[first] { lower([first, second]) }
        second += 1
      }
      first += 1
    }
  }

  /// Lowers the numbers at `places`, which are equal: to one of the lowest there are, or as far as
  /// halving the distance leads.
  private mutating func lower(_ places: [Int]) {
    let value = best.record[places[0]]
    let lowest: UInt64 = 4
    for number in 0..<min(value, lowest) where takes(number, at: places) { return }
    guard value > lowest else { return }
    var failing = lowest - 1
    var passing = value
    while passing - failing > 1 {
      let middle = failing + (passing - failing) / 2
      guard takes(middle, at: places) else {
        failing = middle
        continue
      }
      // What was taken may have other choices at these places.
      guard places.allSatisfy({ $0 < best.record.count && best.record[$0] == middle }) else {
        return
      }
      passing = middle
    }
  }

  private mutating func takes(_ number: UInt64, at places: [Int]) -> Bool {
    var record = best.record
    for place in places { record[place] = number }
    return takes(record)
  }

  /// Takes from a number what one of the next four gets, and exchanges the two.
  mutating func moveBetweenNeighbours() {
    var index = 0
    while index < best.record.count, effort.isLeft {
      for distance in 1...4 where index + distance < best.record.count {
        move(from: index, to: index + distance)
      }
      index += 1
    }
  }

  private mutating func move(from giver: Int, to taker: Int) {
    let (left, right) = (best.record[giver], best.record[taker])
    if left > right {
      var record = best.record
      record.swapAt(giver, taker)
      if takes(record) { return }
    }
    guard left > 0, !takes(left, from: giver, to: taker, of: (left, right)) else { return }
    var failing = left
    var passing: UInt64 = 0
    while failing - passing > 1 {
      let amount = passing + (failing - passing) / 2
      guard takes(amount, from: giver, to: taker, of: (left, right)) else {
        failing = amount
        continue
      }
      guard taker < best.record.count, best.record[giver] == left - amount,
        best.record[taker] == right + amount
      else { return }
      passing = amount
    }
  }

  private mutating func takes(
    _ amount: UInt64, from giver: Int, to taker: Int, of numbers: (UInt64, UInt64)
  ) -> Bool {
    let (sum, overflow) = numbers.1.addingReportingOverflow(amount)
    guard !overflow else { return false }
    var record = best.record
    record[giver] = numbers.0 - amount
    record[taker] = sum
    return takes(record)
  }

  /// Lowers a number by one, as it may be a count, and leaves out some choices behind it, as they
  /// may be those of what is counted.
  mutating func deleteBehindLowered() {
    var index = 0
    while index < best.record.count, effort.isLeft {
      if best.record[index] == 0 || !takesLowered(at: index) { index += 1 }
    }
  }

  private mutating func takesLowered(at index: Int) -> Bool {
    for width in stride(from: best.record.count - index - 1, to: 0, by: -1) {
      if takesLowered(at: index, without: index + 1..<index + 1 + width) { return true }
    }
    for start in index + 1..<max(index + 1, min(index + 33, best.record.count)) {
      for width in 1...narrow where start + width <= best.record.count {
        if takesLowered(at: index, without: start..<start + width) { return true }
      }
    }
    return false
  }

  private mutating func takesLowered(at index: Int, without chunk: Range<Int>) -> Bool {
    var record = best.record
    record[index] -= 1
    record.removeSubrange(chunk)
    return takes(record)
  }
}
