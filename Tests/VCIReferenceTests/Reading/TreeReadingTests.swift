import Testing
import VCIFormat
import VCIReference
import VCITesting

struct `Reading a tree` {
  private let sample = HandmadeTree.threeLevels

  @Test
  func `delivers the blocks of one extent, wherever its leaf is`() throws {
    let image = try sample.opened()
    #expect(image.answer(0, 1) == "hit 60")
    #expect(image.answer(0, 9) == "hit 60 61")
    #expect(image.answer(11, 8) == "hit 63 64 65")
    #expect(image.answer(62, 1) == "hit 68")
    #expect(image.answer(204, 2) == "hit 69 70")
    #expect(image.answer(399, 5) == "hit 71")
  }

  @Test
  func `of two levels does so too`() throws {
    var tree = HandmadeTree(nodes: 2, data: 3)
    tree.putRoot([.entry(5, 10, child: 20), .entry(15, 10, child: 12)])
    tree.putLeaf(20, [.extent(5, 2, at: 28)])
    tree.putLeaf(12, [.extent(15, 1, at: 30)])
    let image = try tree.opened()
    #expect(image.answer(6, 4) == "hit 29")
    #expect(image.answer(15, 4) == "hit 30")
    #expect(image.answer(7, 30) == "miss 8")
    #expect(image.answer(16, 30) == "miss 30")
    #expect(image.answer(0, 30) == "miss 5")
  }

  @Test
  func `misses up to the next extent, across leaves and gaps`() throws {
    let image = try sample.opened()
    #expect(image.answer(2, 3) == "miss 3")
    #expect(image.answer(2, 100) == "miss 8")
    #expect(image.answer(14, 1000) == "miss 46")
    #expect(image.answer(39, 1000) == "miss 21")
    #expect(image.answer(40, 5) == "miss 5")
    #expect(image.answer(45, 1000) == "miss 15")
    #expect(image.answer(63, 1000) == "miss 141")
    #expect(image.answer(100, 104) == "miss 104")
    #expect(image.answer(150, 1000) == "miss 54")
    #expect(image.answer(206, 1000) == "miss 193")
    #expect(image.answer(400, 1000) == "miss 1000")
    #expect(image.answer((1 << 54) - 1, 3) == "miss 3")
    #expect(image.answer(.max, 3) == "miss 3")
  }

  @Test
  func `answers the same whatever was read before`() throws {
    let damaged = sample.changed { $0.image.bytes[36 * 512] = 9 }
    let requests = [0, 2, 14, 45, 55, 60, 63, 100, 204, 206, 399, 400].flatMap { offset in
      [1, 50, 1000].map { (UInt64(offset), UInt64($0)) }
    }
    for tree in [sample, damaged] {
      let alone = try requests.map { try tree.opened().answer($0.0, $0.1) }
      let forwards = try tree.opened()
      #expect(requests.map { forwards.answer($0.0, $0.1) } == alone)
      #expect(requests.map { forwards.answer($0.0, $0.1) } == alone)
      let backwards = try tree.opened()
      #expect(requests.reversed().map { backwards.answer($0.0, $0.1) } == alone.reversed())
    }
  }

  @Test
  func `says where blocks are without a buffer that holds them`() throws {
    let image = try sample.opened()
    #expect(try image.locate(offset: 11, count: 8) == .hit(3))
    #expect(try image.locate(offset: 206, count: BlockCount(.max)) == .miss(193))
    #expect(try image.locate(offset: 400, count: BlockCount(.max)) == .miss(BlockCount(.max)))
    #expect(
      try image.locate(offset: BlockOffset(.max), count: BlockCount(.max))
        == .miss(BlockCount(.max)))
    #expect(throws: ImageError.emptyRequest) { try image.locate(offset: 0, count: 0) }
  }

  @Test
  func `reaches level 16 and no deeper`() throws {
    let deepest = try HandmadeTree.chain(levels: 16).opened()
    #expect(deepest.answer(501, 3) == "hit 133")
    #expect(deepest.answer(0, 999) == "miss 500")
    let deeper = HandmadeTree.chain(levels: 17)
    let path = "tree" + String(repeating: "/0", count: 15) + "/entry[0].childAddress"
    #expect(try deeper.opened().answer(501, 3) == "VCI-NODE-012 at 63501 \(path)")
    #expect(try deeper.opened().answer(1000, 3) == "miss 3")
  }

  @Test
  func `VCI-NODE-012 asks nothing of the order of entries at level 16`() throws {
    let level16 = HandmadeTree.node(14)
    let tree = HandmadeTree.chain(levels: 17).changed {
      $0.putInternal(
        level16, [.entry(50, 10, child: 1), .entry(20, 10, child: 2), .entry(25, 10, child: 3)])
    }
    let image = try tree.opened()
    let path = "tree" + String(repeating: "/0", count: 15)
    #expect(image.answer(55, 1) == "VCI-NODE-012 at 63501 \(path)/entry[0].childAddress")
    #expect(image.answer(26, 1) == "VCI-NODE-012 at 63521 \(path)/entry[1].childAddress")
    #expect(image.answer(31, 1) == "VCI-NODE-012 at 63541 \(path)/entry[2].childAddress")
    #expect(image.answer(5, 99) == "miss 15")
    #expect(image.answer(36, 99) == "miss 14")
    #expect(image.answer(60, 99) == "miss 99")
  }
}

struct `The nodes of a tree` {
  private let sample = HandmadeTree.threeLevels

  /// How many nodes a request reads.
  private func reads(
    _ source: WatchedSource, _ image: CacheImage, _ offset: UInt64, _ count: UInt64
  ) -> Int {
    let before = source.nodeReads
    _ = image.answer(offset, count)
    return source.nodeReads - before
  }

  @Test
  func `are read when a read comes to them, and once`() throws {
    let source = WatchedSource(sample.image.bytes)
    let image = try CacheImage.open(source, purpose: .reading)
    #expect(source.nodeReads == 1)
    #expect(reads(source, image, 0, 1) == 2)
    #expect(reads(source, image, 12, 1) == 0)
    #expect(reads(source, image, 14, 26) == 0)
    #expect(reads(source, image, 14, 36) == 0)
    #expect(reads(source, image, 14, 37) == 1)
    #expect(reads(source, image, 63, 137) == 0)
    #expect(reads(source, image, 63, 138) == 2)
    #expect(reads(source, image, 204, 1) == 0)
    #expect(reads(source, image, 40, 5) == 0)
    #expect(reads(source, image, 100, 50) == 0)
    #expect(reads(source, image, 63, 1) == 0)
    #expect(reads(source, image, 399, 1) == 1)
    #expect(reads(source, image, 0, 1000) == 0)
  }

  @Test
  func `do not matter where no read comes to them`() throws {
    let tree = sample.changed {
      $0.image.bytes[36 * 512] = 9
      $0.image.bytes[20 * 512] = 9
    }
    let image = try tree.opened()
    #expect(image.answer(0, 2) == "hit 60 61")
    #expect(image.answer(12, 1) == "hit 64")
    #expect(image.answer(2, 1000) == "miss 8")
    #expect(image.answer(101, 50) == "miss 50")
  }

  @Test
  func `that are empty are passed as far as a miss asks`() throws {
    var tree = HandmadeTree(nodes: 1)
    tree.putRoot((0..<204).map { .entry($0 * 10, 10, child: 12) })
    tree.putLeaf(12, [])
    let source = WatchedSource(tree.image.bytes)
    let image = try CacheImage.open(source, purpose: .reading)
    #expect(reads(source, image, 3, 5) == 1)
    #expect(reads(source, image, 3, 8) == 1)
    #expect(reads(source, image, 25, 16) == 3)
    #expect(image.answer(0, 3000) == "miss 3000")
    #expect(source.nodeReads == 205)
  }

  @Test
  func `that two entries name are served as each entry leads to them`() throws {
    var tree = HandmadeTree(nodes: 1, data: 2)
    tree.putRoot([.entry(0, 50, child: 12), .entry(50, 50, child: 12)])
    tree.putLeaf(12, [.extent(10, 2, at: 20)])
    for requests in [[11, 60], [60, 11]] as [[UInt64]] {
      let image = try tree.opened()
      let answers = Dictionary(uniqueKeysWithValues: requests.map { ($0, image.answer($0, 1)) })
      #expect(answers[11] == "hit 21")
      #expect(answers[60] == "VCI-INT-003 at 2069 tree/entry[1].blockOffset")
    }
  }

  @Test
  func `that the disk cannot read are an error, and are asked for again`() throws {
    let source = WatchedSource(sample.image.bytes)
    let image = try CacheImage.open(source, purpose: .reading)
    source.badBlocks = [28]
    #expect(image.answer(0, 1) == "cannot read at byte 14336: input/output error (error 5)")
    source.badBlocks = []
    #expect(image.answer(0, 1) == "hit 60")
  }

  @Test
  func `are an error where the file has become shorter`() throws {
    let storage = MemoryStorage(sample.image.bytes)
    let image = try CacheImage.open(storage, purpose: .reading)
    try storage.resize(to: 30 * 512)
    #expect(image.answer(0, 1) == "\(ImageError.fileShrank(atByte: 30 * 512))")
  }
}

struct `Closing an image` {
  @Test
  func `F-41 lets go of it`() throws {
    weak var image: CacheImage?
    do {
      let opened = try HandmadeTree.threeLevels.opened()
      #expect(opened.answer(0, 1) == "hit 60")
      image = opened
      try opened.close()
      #expect(opened.answer(0, 1) == "the image is closed")
    }
    #expect(image == nil)
  }
}
