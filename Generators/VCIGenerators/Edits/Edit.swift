package import VCIFormat

/// A change of a number.
package enum Change: Hashable, Sendable {
  /// Sets it.
  case to(UInt64)
  /// Adds to it, modulo 2 to the power of the field's bits.
  case adding(UInt64)
  /// Flips the bits of a mask.
  case flipping(UInt64)

  /// Returns the changed `value` of a field of `width` bytes.
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

/// A change of an image. Breakages return edits, and cases and recipes store them.
package enum Edit: Hashable, Sendable {
  /// Changes a number.
  case change(Path, Change)
  /// Zeroes a number, a slot, or the image UUID.
  case clear(Path)
  /// Sets a byte of a field that must be zero, or of a node's padding. The offset counts from the
  /// first byte of field or padding.
  case poke(Path, offset: Int, byte: UInt8)
  /// Flips a block's bit in the bitmap.
  case toggle(BlockAddress)
  /// Makes a node an empty one of a type: all its bytes but the type are zero.
  case reshape(NodePath, NodeType)
  /// Sets an address, and moves there what it leads to: the root, the block map, a child, or the
  /// data of an extent.
  case move(Path, to: BlockAddress)
  /// Sets the file's size in bytes.
  case resize(UInt64)
  /// Sets bitmap and counters to what header, map, nodes and extents own.
  case refit
  /// Writes bytes at any offset of the file: a blind edit.
  case raw(offset: UInt64, [UInt8])

  /// Whether the edit does not say which fields it changes, so that nothing can be forecast after
  /// it.
  package var isBlind: Bool {
    if case .raw = self { true } else { false }
  }
}

extension Edit: CustomStringConvertible {
  package var description: String {
    switch self {
    case .change(let path, .to(let value)): "\(path) = \(value)"
    case .change(let path, .adding(let amount)):
      Int64(bitPattern: amount) < 0
        ? "\(path) -= \(Int64(bitPattern: amount).magnitude)" : "\(path) += \(amount)"
    case .change(let path, .flipping(let mask)): "\(path) ^= 0x\(String(mask, radix: 16))"
    case .clear(let path): "clear \(path)"
    case .poke(let path, let offset, let byte): "\(path)[\(offset)] = \(byte)"
    case .toggle(let block): "flip \(Path.bit(block))"
    case .reshape(let path, let type): "reshape \(path) \(type)"
    case .move(let path, let address): "move \(path) to \(address)"
    case .resize(let size): "file.size = \(size)"
    case .refit: "refit"
    case .raw(let offset, let bytes):
      "raw 0x\(String(offset, radix: 16)) ="
        + bytes.map { " " + String($0, radix: 16) }.joined()
    }
  }
}
