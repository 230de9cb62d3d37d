public import VCIFormat

/// How an edit changes a number.
public enum Change: Hashable, Sendable {
  /// It becomes this one.
  case to(UInt64)
  /// This one is added, past the width of the field or not.
  case adding(UInt64)
  /// The bits that are set here are flipped.
  case flipping(UInt64)

  /// What becomes of `value`, in a field of `width` bytes.
  func applied(to value: UInt64, width: Int) -> UInt64 {
    let changed =
      switch self {
      case .to(let new): new
      case .adding(let amount): value &+ amount
      case .flipping(let mask): value ^ mask
      }
    return width < 8 ? changed & (1 << (UInt64(width) * 8) - 1) : changed
  }
}

/// A change of an image: what a breakage returns, a mutation is, and a case stores.
public enum Edit: Hashable, Sendable {
  /// Changes the number in a field.
  case change(Path, Change)
  /// Makes all bytes of a field or of a slot zero.
  case clear(Path)
  /// Changes a byte of a field that is to be zero, or of the padding of a node, by its place there.
  case poke(Path, place: Int, byte: UInt8)
  /// Flips the bit of a block in the bitmap.
  case toggle(BlockAddress)
  /// Makes a node an empty one of a type: all its other bytes are zero.
  case reshape(NodePath, NodeType)
  /// Cuts the file or lets it grow to this many bytes.
  case resize(UInt64)
  /// Sets bitmap and counters to what header, map, nodes and extents own.
  case refit
  /// Puts bytes anywhere, blindly.
  case raw(offset: UInt64, [UInt8])

  /// Whether it doesn't say what it changes, so that nothing that follows can be forecast.
  public var isBlind: Bool {
    if case .raw = self { true } else { false }
  }
}

extension Edit: CustomStringConvertible {
  public var description: String {
    switch self {
    case .change(let path, .to(let value)): "\(path) = \(value)"
    case .change(let path, .adding(let amount)):
      Int64(bitPattern: amount) < 0
        ? "\(path) -= \(Int64(bitPattern: amount).magnitude)" : "\(path) += \(amount)"
    case .change(let path, .flipping(let mask)): "\(path) ^= 0x\(String(mask, radix: 16))"
    case .clear(let path): "clear \(path)"
    case .poke(let path, let place, let byte): "\(path)[\(place)] = \(byte)"
    case .toggle(let block): "flip \(Path.bit(block))"
    case .reshape(let path, let type): "reshape \(path) \(type)"
    case .resize(let size): "file.size = \(size)"
    case .refit: "refit"
    case .raw(let offset, let bytes):
      "raw 0x\(String(offset, radix: 16)) ="
        + bytes.map { " " + String($0, radix: 16) }.joined()
    }
  }
}
