import Testing
import VCIFormat
import VCITesting

/// Bytes that are read like a file; a hole may follow, which `nextData` knows.
private final class Bytes: ByteSource {
  let bytes: [UInt8]
  let size: UInt64

  init(_ bytes: [UInt8], size: UInt64? = nil) {
    self.bytes = bytes
    self.size = size ?? UInt64(bytes.count)
  }

  func byteCount() throws(StorageError) -> UInt64 { size }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(buffer.byteCount), size - offset))
    for index in 0..<count {
      let place = offset + UInt64(index)
      let byte = place < UInt64(bytes.count) ? bytes[Int(place)] : 0
      buffer.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
    return count
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    offset < UInt64(bytes.count) ? offset : nil
  }
}

/// The lines of a dump, in words: `header.version 4 01 00 00 00 1`, `# note`.
private func dumped(_ source: Bytes, node: BlockAddress? = nil) throws -> [String] {
  var lines: [String] = []
  let dump = Dump(of: source) { line in
    switch line {
    case .note(let words): lines.append("# \(words)")
    case .bytes(let dumped):
      lines.append("\(dumped.path) \(dumped.offset) \(dumped.digits) \(dumped.value)")
    }
  }
  if let node { try dump.writeNode(at: node) } else { try dump.writeAll() }
  return lines
}

struct `A dump` {
  private let three = HandmadeImage.three

  @Test
  func `has every field of header and map, in the order of their bytes`() throws {
    let lines = try dumped(Bytes(HandmadeImage().bytes))
    let fields = lines.filter { $0.hasPrefix("header.") || $0.hasPrefix("map.") }
    #expect(
      fields == [
        "header.signature 0 56 43 49 00 \"VCI.\"", "header.version 4 01 00 00 00 1",
        "header.blocks 8 00 10 00 00 00 00 00 00 4096", "header.uncleanShutdown 16 00 0",
        "header.cacheType 17 01 00 00 00 1", "header.treeRoot 21 04 00 00 00 00 00 00 00 4",
        "header.blockMap 29 02 00 00 00 00 00 00 00 2", "header.blockMapBlocks 37 02 00 00 00 2",
        "header.imageUUID 41 33 22 11 00 55 44 77 66 88 99 00 00 00 00 00 00 "
          + "00112233-4455-6677-8899-000000000000",
        "header.modificationUUID 57 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
          + "00000000-0000-0000-0000-000000000000",
        "header.reserved 73 00 00 00 00 00 00 00 00 .. reserved",
        "map.magic 1024 56 42 4c 4b \"VBLK\"", "map.version 1028 01 00 00 00 1",
        "map.blocks 1032 00 10 00 00 00 00 00 00 4096",
        "map.free 1040 f4 0f 00 00 00 00 00 00 4084",
        "map.metadata 1048 0c 00 00 00 00 00 00 00 12", "map.data 1056 00 00 00 00 00 00 00 00 0",
        "map.reserved 1064 00 00 00 00 00 00 00 00 .. reserved",
      ])
    #expect(lines.suffix(1) == ["tree.type 2048 02 2"])
  }

  @Test
  func `has every used and every half-zero slot, and no other`() throws {
    let image = three.changed {
      $0.put([UInt8](repeating: 0, count: 38), at: HandmadeImage.slot(1))
      $0.bytes[HandmadeImage.slot(2) + 26] = 0
      $0.bytes[HandmadeImage.slot(5) + 3] = 7
      $0.bytes[6143] = 8
    }
    let lines = try dumped(Bytes(image.bytes)).filter {
      $0.hasPrefix("tree") || $0.hasPrefix("# tree")
    }
    #expect(lines.count == 1 + 7 + 1 + 7 + 1 + 1)
    #expect(lines[1] == "tree/extent[0].previous 2049 00 00 00 00 00 00 00 00 0")
    #expect(lines[7] == "tree/extent[0].blockAddress 2079 0c 00 00 00 00 00 00 00 12")
    #expect(lines[8] == "# tree/extent[2]: half-zero, neither used nor unused")
    #expect(lines[15] == "tree/extent[2].blockAddress 2155 11 00 00 00 00 00 00 00 17")
    #expect(lines[16].hasPrefix("tree/extent[5] 2242 07 "))
    #expect(lines[17] == "tree.entries 6143 08 padding")
  }

  @Test
  func `has the runs of the bitmap`() throws {
    let image = HandmadeImage().changed {
      $0.put([0xff, 0x8f, 0xff, 0x01, 0x00, 0x50], at: HandmadeImage.bitmap)
      $0.bytes[HandmadeImage.bitmap + 511] = 0x80
    }
    #expect(
      try dumped(Bytes(image.bytes)).filter { $0.hasPrefix("bitmap") } == [
        "bitmap[0] 1536 ff 0 to 11", "bitmap[15] 1537 8f 15 to 24", "bitmap[44] 1541 50 44",
        "bitmap[46] 1541 50 46", "bitmap[4095] 2047 80 4095",
      ])
    let none = HandmadeImage().changed { $0.put([0, 0], at: HandmadeImage.bitmap) }
    #expect(try dumped(Bytes(none.bytes)).contains("# bitmap: no bit is set"))
  }

  @Test
  func `has 1000 runs and no more`() throws {
    let stripes = HandmadeImage().changed {
      for index in 0..<251 { $0.bytes[HandmadeImage.bitmap + index] = 0x55 }
    }
    let lines = try dumped(Bytes(stripes.bytes))
    #expect(lines.filter { $0.hasPrefix("bitmap[") }.count == 1000)
    #expect(
      lines.contains(
        "# bitmap: the runs from block 2000 on are not shown, only the 1000 before it"))
    let fewer = stripes.changed { $0.bytes[HandmadeImage.bitmap + 250] = 0 }
    let all = try dumped(Bytes(fewer.bytes))
    #expect(all.filter { $0.hasPrefix("bitmap[") }.count == 1000)
    #expect(!all.contains { $0.contains("not shown") })
  }

  @Test
  func `passes over holes of the bitmap`() throws {
    // A map of 2^32 - 1 blocks, in a file of 2^42 bytes with a hole after the image.
    let image = HandmadeImage().changed {
      $0.put(0xffff_ffff, width: 4, at: 37)
      $0.bytes[6143] = 0x80
    }
    let lines = try dumped(Bytes(image.bytes, size: 1 << 42))
    #expect(lines.filter { $0.hasPrefix("bitmap") }.last == "bitmap[36863] 6143 80 36863")
  }

  @Test
  func `has each node once, before its children, and says where the tree meets itself`() throws {
    var tree = HandmadeTree(nodes: 3)
    tree.putRoot([.entry(0, 9, child: 12), .entry(9, 9, child: 20), .entry(20, 9, child: 12)])
    tree.putInternal(12, [.entry(0, 3, child: 28), .entry(4, 1, child: 4)])
    tree.putLeaf(20, [])
    tree.putLeaf(28, [.extent(0, 1, at: 9)])
    let lines = try dumped(Bytes(tree.image.bytes)).filter {
      $0.contains(".type") || $0.contains("already")
    }
    #expect(
      lines == [
        "tree.type 2048 01 1", "# tree/entry[2]: block 12 has a node's place already",
        "tree/0.type 6144 01 1", "# tree/0/entry[1]: block 4 has a node's place already",
        "tree/0/0.type 14336 02 2", "tree/1.type 10240 02 2",
      ])
  }

  @Test
  func `ends at level 16`() throws {
    var tree = HandmadeTree(nodes: 16)
    let blocks = [HandmadeTree.root] + (0..<16).map { HandmadeTree.node($0) }
    for (block, child) in zip(blocks, blocks.dropFirst()) {
      tree.putInternal(block, [.entry(0, 9, child: child)])
    }
    let lines = try dumped(Bytes(tree.image.bytes))
    #expect(lines.filter { $0.contains(".type") }.count == 16)
    #expect(lines.last == "# level 17 and below are not shown")
  }

  @Test
  func `takes whatever the bytes are`() throws {
    for size in [0, 1, 3, 72, 73, 1023, 1024, 1025, 1536, 1537, 2048, 2049, 2100, 6143] {
      let lines = try dumped(Bytes(Array(three.bytes.prefix(size))))
      #expect(lines.contains { $0.hasPrefix("# ") && $0.contains("file") } || size > 2100)
      #expect(lines.contains { $0.hasPrefix("# this is no VCI") } == (size < 4))
    }
    for byte in 0..<74 {
      let image = three.changed { $0.bytes[byte] = 0xff }
      #expect(try dumped(Bytes(image.bytes)).count > 18)
    }
    let ones = Bytes([UInt8](repeating: 0xff, count: 9000))
    #expect(try dumped(ones).count > 10)
    for block in [0, 1, 17, 18, BlockAddress(.max)] {
      #expect(!(try dumped(ones, node: block).isEmpty))
    }
  }
}
