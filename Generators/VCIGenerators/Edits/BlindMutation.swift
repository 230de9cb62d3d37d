package import PropertyEngine

/// Draws changes of bytes that know nothing of the format.
package enum BlindMutation {
  /// Draws one to four changes of kept bytes or of the file's size.
  package static func drawn(on bytes: SparseBytes, from choices: inout Choices) -> [Edit] {
    guard bytes.keptBytes > 0 else { return [] }
    return (0...choices.index(below: 4)).map { _ in edit(of: bytes, &choices) }
  }

  private static func edit(of bytes: SparseBytes, _ choices: inout Choices) -> Edit {
    if choices.chance(1, in: 24) { return resize(bytes, &choices) }
    let offset = bytes.offset(ofKept: index(in: bytes, &choices))
    switch choices.number(upTo: 5) {
    case 0: return .raw(offset: offset, [UInt8(choices.number(upTo: 255))])
    case 1: return .raw(offset: offset, [1 << UInt8(choices.number(upTo: 7))])
    case 2: return .raw(offset: offset, [choices.element(of: [0, 1, 2, 0x7f, 0x80, 0xff])])
    case 3: return .raw(offset: offset, number(choices.magnitude(upTo: .max), width: 8))
    case 4: return .raw(offset: offset, number(choices.magnitude(upTo: 0xffff), width: 2))
    default:
      let length = choices.number(in: 1...64)
      return .raw(offset: offset, [UInt8](repeating: 0, count: Int(length)))
    }
  }

  /// Draws the index of a kept byte: half of the time one of the first 80 of a block, as structures
  /// begin there.
  private static func index(in bytes: SparseBytes, _ choices: inout Choices) -> Int {
    let index = choices.index(below: bytes.keptBytes)
    guard choices.chance(1, in: 2) else { return index }
    return min(index / 512 * 512 + choices.index(below: 80), bytes.keptBytes - 1)
  }

  private static func resize(_ bytes: SparseBytes, _ choices: inout Choices) -> Edit {
    choices.chance(1, in: 2)
      ? .resize(choices.number(upTo: bytes.size))
      : .resize(bytes.size + min(choices.magnitude(upTo: 1 << 20), .max - bytes.size))
  }

  private static func number(_ number: UInt64, width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: number >> (UInt64($0) * 8)) }
  }
}
