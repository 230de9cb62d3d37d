/// A place in an image: its path, and its bytes in the file.
public struct Place: Hashable, Sendable {
  public let path: Path
  /// The first byte in the file, or `UInt64.max` if 64 bits cannot hold it.
  public let offset: UInt64
  /// The number of bytes.
  public let length: UInt64

  /// Makes the place of `length` bytes from byte `offset` of the file on.
  public init(_ path: Path, offset: UInt64, length: UInt64) {
    self.path = path
    self.offset = offset
    self.length = length
  }

  /// Returns the end of a file of `size` bytes: the place of what is wrong with its size.
  public static func endOfFile(_ size: UInt64) -> Place { Place(.file, offset: size, length: 0) }

  /// Returns a field of the header.
  public static func header(_ field: Field) -> Place {
    Place(.field(field), offset: UInt64(field.offset), length: UInt64(field.layout.width))
  }

  /// Returns a field of the header of the block map that starts at block `map`.
  public static func map(_ field: Field, at map: BlockAddress) -> Place {
    Place(
      .field(field), offset: field.position(from: map.bytes), length: UInt64(field.layout.width))
  }

  /// Returns the bytes that hold the bits of `blocks`, in the bitmap after the map's header at
  /// block `map`; its path is that of the first bit.
  ///
  /// - Precondition: the map lies in the file, and there is at least one block.
  public static func bits(of blocks: Range<UInt64>, mapAt map: BlockAddress) -> Place {
    let (first, last) = (blocks.lowerBound / 8, (blocks.upperBound - 1) / 8)
    return Place(
      .bit(BlockAddress(blocks.lowerBound)),
      offset: map.bytes + UInt64(Format.mapHeaderSize) + first, length: last - first + 1)
  }

  /// Returns the node at `path` that starts at block `address`.
  public static func node(_ path: NodePath, at address: BlockAddress) -> Place {
    Place(.node(path, nil), offset: address.bytes, length: UInt64(Format.nodeSize))
  }

  /// Returns a field of this node.
  ///
  /// - Precondition: the place is a node.
  public func field(_ field: Field) -> Place {
    Place(
      .node(nodePath, field), offset: field.position(from: offset),
      length: UInt64(field.layout.width))
  }

  /// Returns slot `index` of this node of type `type`.
  ///
  /// - Precondition: the place is a node.
  public func slot(_ index: Int, of type: NodeType) -> Place {
    let first = type == .leaf ? Field.extentPrevious : .entryOffset
    return Place(
      slotPath(index, type.slotStructure, nil),
      offset: first.position(inNodeAt: offset, slot: index), length: UInt64(type.slotSize))
  }

  /// Returns a field of slot `index` of this node.
  ///
  /// - Precondition: the place is a node, and the field belongs to an extent or an entry.
  public func slot(_ index: Int, _ field: Field) -> Place {
    Place(
      slotPath(index, field.layout.structure, field),
      offset: field.position(inNodeAt: offset, slot: index), length: UInt64(field.layout.width))
  }

  /// Returns byte `offset` of the file, as a part of this place.
  public func byte(at offset: UInt64) -> Place { Place(path, offset: offset, length: 1) }

  private var nodePath: NodePath {
    guard case .node(let node, nil) = path else { preconditionFailure("\(path) is no node") }
    return node
  }

  private func slotPath(_ index: Int, _ structure: Structure, _ field: Field?) -> Path {
    structure == .extent
      ? .extent(nodePath, slot: index, field) : .entry(nodePath, slot: index, field)
  }
}
