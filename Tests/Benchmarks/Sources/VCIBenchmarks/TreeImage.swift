import Glibc
import struct WriterParts.SplitMix

/// A clean image with a tree of extents of one block; extent n holds disk block 4 * n, and all
/// extents stand in one list.
struct TreeImage {
  /// How a tree is filled, and where its nodes and extents lie.
  enum Shape: String, CaseIterable {
    /// Leaves and nodes are full; nodes, then data lie in order, and so goes the list.
    case packed
    /// Leaves hold 4 to 12 extents, nodes 21 entries; nodes, data and the list go at random. Nodes
    /// lie at multiples of 8 blocks, so that none takes more of a sparse file than its own size.
    case scattered
    /// Leaves hold up to 10 extents, nodes 2 entries, so that 40 extents need three levels.
    case slim
  }

  /// The extents below a node, and its children among the nodes of the level below.
  private struct Node {
    var extents: Range<Int>
    var children: Range<Int>
  }

  /// The nodes, leaves first, the root last.
  private var levels: [[Node]] = []
  private var nodeAddresses: [[UInt64]] = []
  private var dataAddresses: [UInt64] = []
  /// The extents, the one that was used last first.
  private var order: [Int]
  private(set) var blocks: UInt64 = 0
  private(set) var fileBlocks: UInt64 = 0

  var extents: Int { order.count }
  var nodes: Int { levels.reduce(0) { $0 + $1.count } }
  var depth: Int { levels.count }

  private var mapBlocks: UInt64 { Self.mapBlocks(blocks) }

  private static func mapBlocks(_ blocks: UInt64) -> UInt64 { 1 + (blocks + 4095) / 4096 }

  init(_ shape: Shape, extents: Int, seed: UInt64 = 1) {
    var random = SplitMix(seed: seed)
    order = Array(0..<extents)
    switch shape {
    case .packed: plant(leafFill: 107...107, fanOut: 204, &random)
    case .scattered: plant(leafFill: 4...12, fanOut: 21, &random)
    case .slim: plant(leafFill: 10...10, fanOut: 2, &random)
    }
    let owned = UInt64(2 + nodes * 8 + extents)
    // Twice the room for what is to lie apart; a map of whole blocks that has room for itself.
    var wanted = shape == .scattered ? owned * 2 : owned
    wanted += Self.mapBlocks(wanted * 2)
    blocks = (wanted + 4095) / 4096 * 4096
    if shape == .scattered {
      order.shuffle(using: &random)
      scatter(&random)
    } else {
      pack()
    }
  }

  /// Makes the levels, from the leaves to the root.
  private mutating func plant(
    leafFill: ClosedRange<Int>, fanOut: Int, _ random: inout SplitMix
  ) {
    var leaves: [Node] = []
    var start = 0
    repeat {
      let end = min(extents, start + Int.random(in: leafFill, using: &random))
      leaves.append(Node(extents: start..<end, children: 0..<0))
      start = end
    } while start < extents
    levels = [leaves]
    while let below = levels.last, below.count > 1 {
      levels.append(
        stride(from: 0, to: below.count, by: fanOut).map { first in
          let last = min(below.count, first + fanOut) - 1
          let held = below[first].extents.lowerBound..<below[last].extents.upperBound
          return Node(extents: held, children: first..<last + 1)
        })
    }
  }

  /// Places root, other nodes and data in order.
  private mutating func pack() {
    var next = 2 + mapBlocks
    nodeAddresses = levels.map { [UInt64](repeating: 0, count: $0.count) }
    for level in levels.indices.reversed() {
      for index in levels[level].indices {
        nodeAddresses[level][index] = next
        next += 8
      }
    }
    dataAddresses = order.map { next + UInt64($0) }
    fileBlocks = next + UInt64(extents)
  }

  /// Places nodes and data at random.
  private mutating func scatter(_ random: inout SplitMix) {
    var cells = Array((2 + mapBlocks + 7) / 8..<blocks / 8)
    cells.shuffle(using: &random)
    var free = cells[...]
    nodeAddresses = levels.map { $0.map { _ in free.removeFirst() * 8 } }
    var rest = free.flatMap { cell in cell * 8..<cell * 8 + 8 }
    rest.shuffle(using: &random)
    dataAddresses = Array(rest.prefix(extents))
    fileBlocks = blocks
  }
}

extension TreeImage {
  /// The image's bytes, those of data all zero.
  func bytes() throws -> [UInt8] {
    var image = [UInt8](repeating: 0, count: Int(fileBlocks) * 512)
    try write { bytes, offset in
      image.replaceSubrange(Int(offset)..<Int(offset) + bytes.count, with: bytes)
    }
    return image
  }

  /// Writes a new file that has holes for data.
  func write(toFileAt path: String) throws {
    let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Failure.system("open") }
    defer { close(file) }
    guard ftruncate(file, Int(fileBlocks) * 512) == 0 else { throw Failure.system("ftruncate") }
    try write { bytes, offset in
      let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, Int(offset)) }
      guard written == bytes.count else { throw Failure.system("pwrite") }
    }
  }

  /// Hands all metadata to `put`, piece by piece, with the byte where each belongs.
  private func write(_ put: ([UInt8], UInt64) throws -> Void) throws {
    try put(headerBytes(), 0)
    try put(mapBytes(), 1024)
    var places = [Int](repeating: 0, count: extents)
    for (place, extent) in order.enumerated() { places[extent] = place }
    for level in levels.indices {
      for (node, address) in zip(levels[level], nodeAddresses[level]) {
        let bytes = level == 0 ? leafBytes(node, places) : internalBytes(node, below: level - 1)
        try put(bytes, address * 512)
      }
    }
  }

  private func headerBytes() -> [UInt8] {
    var bytes: [UInt8] = [0x56, 0x43, 0x49, 0]
    bytes.reserveCapacity(1024)
    bytes.append(1, width: 4)
    bytes.append(blocks, width: 8)
    bytes.append(0, width: 1)
    bytes.append(1, width: 4)
    bytes.append(nodeAddresses[depth - 1][0], width: 8)
    bytes.append(2, width: 8)
    bytes.append(mapBlocks, width: 4)
    bytes.append(1, width: 16)
    return bytes.padded(to: 1024)
  }

  private func mapBytes() -> [UInt8] {
    var bitmap = [UInt8](repeating: 0, count: Int(mapBlocks - 1) * 512)
    func set(_ blocks: Range<UInt64>) {
      for block in blocks { bitmap[Int(block / 8)] |= 1 << UInt8(block % 8) }
    }
    set(0..<2 + mapBlocks)
    for address in nodeAddresses.joined() { set(address..<address + 8) }
    for address in dataAddresses { set(address..<address + 1) }
    let metadata = 2 + mapBlocks + UInt64(nodes) * 8
    var bytes: [UInt8] = [0x56, 0x42, 0x4c, 0x4b]
    bytes.append(1, width: 4)
    bytes.append(blocks, width: 8)
    bytes.append(blocks - metadata - UInt64(extents), width: 8)
    bytes.append(metadata, width: 8)
    bytes.append(UInt64(extents), width: 8)
    return bytes.padded(to: 512) + bitmap
  }

  private func leafBytes(_ node: Node, _ places: [Int]) -> [UInt8] {
    var bytes: [UInt8] = [2]
    bytes.reserveCapacity(4096)
    for extent in node.extents {
      let place = places[extent]
      bytes.append(place == 0 ? 0 : dataAddresses[order[place - 1]], width: 8)
      bytes.append(place == extents - 1 ? 0 : dataAddresses[order[place + 1]], width: 8)
      bytes.append(0, width: 2)
      bytes.append(UInt64(extent) * 4, width: 8)
      bytes.append(1, width: 4)
      bytes.append(dataAddresses[extent], width: 8)
    }
    return bytes.padded(to: 4096)
  }

  private func internalBytes(_ node: Node, below level: Int) -> [UInt8] {
    var bytes: [UInt8] = [1]
    bytes.reserveCapacity(4096)
    for child in node.children {
      let extents = levels[level][child].extents
      bytes.append(UInt64(extents.lowerBound) * 4, width: 8)
      bytes.append(UInt64(extents.count) * 4, width: 4)
      bytes.append(nodeAddresses[level][child], width: 8)
    }
    return bytes.padded(to: 4096)
  }
}

extension [UInt8] {
  /// Appends a little-endian number, with zeros where it is wider than 8 bytes.
  fileprivate mutating func append(_ number: UInt64, width: Int) {
    for index in 0..<width { append(UInt8(truncatingIfNeeded: number >> UInt64(index * 8))) }
  }

  fileprivate func padded(to count: Int) -> [UInt8] {
    self + [UInt8](repeating: 0, count: count - self.count)
  }
}
