internal import VCIFormat

extension BitmapReader {
  /// Misreads the current piece if F-19 or F-20 is planted.
  mutating func applyFaults() {
    if Fault.checkerF19.isPlanted { misreadTransitions() }
    if Fault.checkerF20.isPlanted { misreadPatterns() }
  }

  /// Applies `change` to the words of each 16 KiB of the piece.
  private mutating func changeWords(_ change: (inout [UInt64]) -> Void) {
    for start in stride(from: 0, to: piece.count, by: 16 * 1024) {
      let end = min(piece.count, start + 16 * 1024) & ~7
      var words = stride(from: start, to: end, by: 8).map { offset -> UInt64 in
        unsafe bytes.span.bytes.number(at: offset)
      }
      change(&words)
      bytes.withMutableBytes { bytes in
        for (index, word) in words.enumerated() { bytes.put(word, at: start + index * 8) }
      }
    }
  }

  /// F-19: takes the set bits after the first clear one for clear.
  private mutating func misreadTransitions() {
    changeWords { words in
      var hasGap = false
      for index in words.indices {
        let kept = hasGap ? 0 : UInt64.max >> UInt64(64 - (~words[index]).trailingZeroBitCount)
        hasGap = hasGap || ~words[index] != 0
        words[index] &= kept
      }
    }
  }

  /// F-20: takes alternating bits for clear, and the last bit for set if it alone is clear.
  private mutating func misreadPatterns() {
    changeWords { words in
      for index in words.indices
      where words[index] == 0x5555_5555_5555_5555 || words[index] == 0xaaaa_aaaa_aaaa_aaaa {
        words[index] = 0
      }
      if words.last == .max >> 1, words.dropLast().allSatisfy({ $0 == .max }) {
        words[words.count - 1] = .max
      }
    }
  }
}
