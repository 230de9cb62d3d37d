import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// Storage in memory that counts reads, and fails those that are told to fail.
final class WatchedSource: ByteSource {
  private let storage: MemoryStorage
  /// How often nodes, or what is as long, were read.
  private(set) var nodeReads = 0
  /// The blocks at which a read fails.
  var badBlocks: Set<UInt64> = []

  init(_ bytes: [UInt8]) { storage = MemoryStorage(bytes) }

  func byteCount() throws(StorageError) -> UInt64 { try storage.byteCount() }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    if badBlocks.contains(offset / 512) {
      throw StorageError(.read, offset: offset, code: 5, reason: "input/output error")
    }
    if buffer.byteCount == 4096 { nodeReads += 1 }
    return try storage.read(at: offset, into: &buffer)
  }
}

extension HandmadeTree {
  /// Two internal nodes below the root, four leaves below them; gaps between siblings, and ranges
  /// wider than what lies below.
  ///
  /// ```
  /// root, block 4       0 to 99                       200 to 399
  /// level 2             block 12                      block 20
  ///                     0 to 39        50 to 99       200 to 209   300 to 399
  /// leaves              block 28       block 36       block 44     block 52
  /// extents             0, 1; 10 to 13 60 to 62       204, 205     399
  /// data                60;   62       66             69           71
  /// ```
  static let threeLevels: HandmadeTree = {
    var tree = HandmadeTree(nodes: 6, data: 12)
    tree.putRoot([.entry(0, 100, child: 12), .entry(200, 200, child: 20)])
    tree.putInternal(12, [.entry(0, 40, child: 28), .entry(50, 50, child: 36)])
    tree.putInternal(20, [.entry(200, 10, child: 44), .entry(300, 100, child: 52)])
    tree.putLeaf(28, [.extent(0, 2, at: 60), .extent(10, 4, at: 62)])
    tree.putLeaf(36, [.extent(60, 3, at: 66)])
    tree.putLeaf(44, [.extent(204, 2, at: 69)])
    tree.putLeaf(52, [.extent(399, 1, at: 71)])
    return tree
  }()

  /// A tree of `levels` levels, one node each, whose leaf holds disk blocks 500 and 501.
  static func chain(levels: Int) -> HandmadeTree {
    var tree = HandmadeTree(nodes: levels - 1, data: 2)
    let blocks = [root] + (0..<levels - 1).map { node($0) }
    for (block, child) in zip(blocks, blocks.dropFirst()) {
      tree.putInternal(block, [.entry(0, 1000, child: child)])
    }
    tree.putLeaf(node(levels - 2), [.extent(500, 2, at: node(levels - 1))])
    return tree
  }

  /// The image, open for reading.
  func opened() throws -> CacheImage {
    try CacheImage.open(MemoryStorage(image.bytes), purpose: .reading)
  }
}

extension CacheImage {
  /// The outcome of a read in words, or rule, byte and path of what refuses it.
  func answer(_ offset: UInt64, _ count: UInt64) -> String {
    do throws(ImageError) {
      return try outcome(offset, count)
    } catch {
      return Self.words(for: error)
    }
  }

  /// The next extent from a block on, as `10+4 at 62`, or what refuses it; `none` where none
  /// follows.
  func next(_ block: UInt64) -> String {
    do throws(ImageError) {
      return try nextExtent(from: BlockOffset(block))
        .map { "\($0.offset)+\($0.blocks) at \($0.address)" } ?? "none"
    } catch {
      return Self.words(for: error)
    }
  }

  private static func words(for error: ImageError) -> String {
    guard case .violation(let violation) = error else { return "\(error)" }
    return "\(violation.rule) at \(violation.offset) \(violation.path)"
  }
}
