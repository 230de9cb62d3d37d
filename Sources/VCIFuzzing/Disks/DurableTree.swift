internal import VCIFormat

/// The blocks that an image names which is durable: what the disk model says of the loss of an
/// unflushed write depends on it.
package struct DurableTree {
  /// What a block is to the image, and so what it may hold after a crash in which a write to it is
  /// not flushed.
  package enum Role: Hashable {
    /// Block 0, or the first block of the map: old or new, never torn.
    case atomic
    /// A block that the image names: any mix of old and new bytes.
    case named
    /// Any other block: anything.
    case free
  }

  private let mapHeader: Int?
  private let named: Set<Int>
  /// The number of whole blocks in the file.
  private let end: Int

  /// The most nodes that are read of an image, so that a damaged one ends too.
  private static let mostNodes = 4096

  /// Finds what the image in `bytes` names. Bytes that are no image name nothing.
  package init(of bytes: [UInt8]) {
    end = bytes.count / Int(Format.blockSize)
    guard bytes.count >= Format.headerSize else {
      (mapHeader, named) = (nil, [])
      return
    }
    let header = unsafe Header(decoding: bytes.span.bytes)
    guard header.signature == Header.signature, header.version == Header.version else {
      (mapHeader, named) = (nil, [])
      return
    }
    var walk = Walk(end: end)
    // The second block of the header is part of every image.
    walk.named.insert(1)
    unsafe walk.run(from: header.treeRoot, in: bytes.span.bytes)
    named = walk.named
    mapHeader = Int(exactly: header.blockMap.rawValue)
  }

  /// Returns the role of a block of the file.
  package func role(of block: Int) -> Role {
    if block == 0 || block == mapHeader { return .atomic }
    return block < end && named.contains(block) ? .named : .free
  }

  /// A walk over the nodes.
  private struct Walk {
    let end: Int
    var named: Set<Int> = []

    init(end: Int) { self.end = end }

    mutating func run(from root: BlockAddress, in bytes: RawSpan) {
      var nodes = [root]
      var count = 0
      while let address = nodes.popLast(), count < DurableTree.mostNodes {
        count += 1
        guard let node = Int(exactly: address.rawValue), node >= 0, node <= end - 8 else {
          continue
        }
        for block in node..<node + 8 { named.insert(block) }
        let start = node * Int(Format.blockSize)
        let part = bytes.extracting(start..<start + Format.nodeSize)
        if part.number(at: 0, as: UInt8.self) == NodeType.internal.rawValue {
          for slot in 0..<Format.entriesPerInternalNode {
            let entry = InternalEntry(decoding: part, slot: slot)
            if entry.slotState == .used { nodes.append(entry.child) }
          }
        } else {
          addData(of: part)
        }
      }
    }

    private mutating func addData(of leaf: RawSpan) {
      for slot in 0..<Format.extentsPerLeaf {
        let extent = Extent(decoding: leaf, slot: slot)
        guard extent.slotState == .used, let last = extent.data.end,
          last.rawValue <= UInt64(end)
        else { continue }
        for block in extent.data.first.rawValue..<last.rawValue { named.insert(Int(block)) }
      }
    }
  }
}
