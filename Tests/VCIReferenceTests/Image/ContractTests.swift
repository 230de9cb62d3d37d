import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// The rows of the contract between a cache and its caller; a title begins with the row's name.
struct `What a cache owes its caller` {
  private let three = HandmadeImage.three
  private let mine = ImageUUID(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff)
  private let other = ImageUUID(high: 1, low: 2)

  private func made(
    in folder: Folder, blocks: BlockCount = 4096, type: CacheType = .dynamic
  ) throws -> FilePath {
    let plan = try CacheImage.Plan(
      blocks: blocks, type: type, imageUUID: mine, modificationUUID: other)
    try CacheImage.create(at: folder.file("a.vci"), plan)
    return folder.file("a.vci")
  }

  @Test
  func `probe, mine and not mine and unreadable are three answers`() throws {
    let source = WatchedSource(three.bytes)
    #expect(try probe(source) == .mine)
    guard case .notMine(let violation) = try probe(MemoryStorage([1, 2, 3])) else {
      Issue.record("three bytes are an image")
      return
    }
    #expect(violation.rule == .fileHoldsHeader)
    source.badBlocks = [0]
    #expect(throws: StorageError.self) { try probe(source) }
  }

  @Test
  func `open, each purpose grants its requests and no others`() throws {
    let reading = try three.opened(.reading)
    let information = try three.opened(.information)
    #expect(reading.answer(0, 1) == "hit 12")
    #expect(information.answer(0, 1) == "opened for information only")
    let changes: [(String, (CacheImage) throws -> Void)] = [
      ("write", { try $0.put([1], at: 0) }),
      ("discard", { try $0.forget(0, 1) }),
      ("flush", { try $0.flush() }),
      ("UUID", { try $0.setImageUUID(.nil) }),
      ("modification", { try $0.setModificationUUID(.nil) }),
    ]
    for (name, change) in changes {
      let writing = try three.opened(.writing)
      #expect(writing.answer(0, 1) == "hit 12")
      #expect(failure { try change(reading) } == .readOnly, "\(name)")
      #expect(
        failure { try change(information) } == .informationOnly, "\(name)")
      #expect(failure { try change(writing) } == nil, "\(name)")
      try writing.close()
      #expect(failure { try change(writing) } == .closed, "\(name)")
    }
  }

  @Test
  func `open, for writing falls back to nothing where the source cannot be written`() throws {
    #expect(throws: ImageError.readOnly) {
      try CacheImage.open(WatchedSource(three.bytes), purpose: .writing)
    }
    #expect(throws: ImageError.self) {
      try CacheImage.open(at: Folder().file("a.vci"), purpose: .writing)
    }
  }

  @Test
  func `create, makes what it is told, with progress from 0 to 100`() throws {
    for (type, length) in [(CacheType.dynamic, 6144), (.fixed, 4096 * 512)] {
      let folder = Folder()
      let plan = try CacheImage.Plan(
        blocks: 4096, type: type, imageUUID: mine, modificationUUID: other)
      var percents: [Int] = []
      try CacheImage.create(at: folder.file("a.vci"), plan) {
        percents.append($0)
        return true
      }
      #expect(percents.first == 0 && percents.last == 100 && percents == percents.sorted())
      let information = try CacheImage.open(
        at: folder.file("a.vci"), purpose: .information
      ).information
      #expect(information.type == type && information.byteCount == UInt64(length))
      #expect(information.imageUUID == mine && information.modificationUUID == other)
    }
  }

  @Test
  func `create, for a fixed image takes its blocks from the disk`() throws {
    let folder = Folder()
    var status = stat()
    let path = try made(in: folder, type: .fixed)
    #expect(unsafe path.withPlatformString { unsafe stat($0, &status) } == 0)
    #expect(status.st_blocks >= 4096)
  }

  @Test
  func `close, keeps what was written and clears the flag`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    let image = try CacheImage.open(at: path, purpose: .writing)
    #expect(try image.put([1, 2, 3], at: 7) == 3)
    #expect(image.information.isDirty)
    #expect(try CacheImage.open(at: path, purpose: .information).information.isDirty)
    try image.close()
    #expect(!image.information.isDirty)
    let again = try CacheImage.open(at: path, purpose: .reading)
    #expect(!again.information.isDirty)
    #expect(again.answer(7, 9) == "hit 1 2 3")
    #expect(failure { try image.close() } == .closed)
  }

  @Test
  func `close with delete, removes the file, whatever it was opened for`() throws {
    for purpose in [CacheImage.Purpose.writing, .reading, .information] {
      let folder = Folder()
      let image = try CacheImage.open(at: try made(in: folder), purpose: purpose)
      if purpose == .writing { try image.put([1], at: 0) }
      try image.delete()
      #expect(!folder.has("a.vci"))
      #expect(image.purpose == nil)
    }
  }

  @Test
  func `read, a hit delivers and a miss counts what is not cached, never 0`() throws {
    for purpose in [CacheImage.Purpose.writing, .reading] {
      let image = try three.opened(purpose)
      #expect(image.answer(10, 1) == "hit 13")
      #expect(image.answer(11, 200) == "hit 14 15 16")
      #expect(image.answer(14, 200) == "miss 86")
      #expect(image.answer(102, 7) == "miss 7")
      #expect(image.answer((1 << 54) - 1, 2) == "miss 2")
      #expect(image.answer(1 << 54, 5) == "miss 5")
      #expect(image.answer(.max, 3) == "miss 3")
      #expect(image.answer(0, 0) == "a request for 0 blocks")
    }
  }

  @Test
  func `read, a written image answers with the newest bytes before any flush`() throws {
    let image = try three.opened(.writing)
    #expect(try image.put([7, 8], at: 12) == 2)
    #expect(image.answer(10, 9) == "hit 13 14")
    #expect(image.answer(12, 9) == "hit 7 8")
    #expect(image.next(0) == "0+1 at 12")
  }

  @Test
  func `write, takes whole blocks, at least one, and replaces what was there`() throws {
    let image = try three.opened(.writing)
    #expect(try image.put([1, 2, 3, 4, 5, 6], at: 9) == 6)
    #expect(image.answer(9, 6).hasPrefix("hit 1 2 3 4 5 6"))
    #expect(try image.put([9], at: 11) == 1)
    #expect(
      [9, 10, 11, 12, 13].map { image.answer($0, 1) } == [
        "hit 1", "hit 2", "hit 9", "hit 4", "hit 5",
      ])
    #expect(failure { try image.put([], at: 0) } == .emptyRequest)
    for count in [1, 511, 513, 1023] {
      let part = [UInt8](repeating: 5, count: count)
      #expect(
        failure { try image.put(bytes: part, at: 0) }
          == .partialBlock(bytes: UInt64(count)))
    }
    #expect(image.answer(0, 1) == "hit 12")
  }

  @Test
  func `write, from 2^54 on drops with success, and tells of it`() throws {
    let image = try three.opened(.writing)
    var losses: [Loss] = []
    #expect(try image.put([1, 2, 3], at: (1 << 54) - 1) { losses.append($0) } == 3)
    #expect(try image.put([4], at: 1 << 54) { losses.append($0) } == 1)
    #expect(try image.put([5], at: .max) { losses.append($0) } == 1)
    #expect(
      losses == [
        Loss(offset: BlockOffset(1 << 54), count: 2, cause: .dropped),
        Loss(offset: BlockOffset(1 << 54), count: 1, cause: .dropped),
        Loss(offset: BlockOffset(.max), count: 1, cause: .dropped),
      ])
    #expect(image.answer((1 << 54) - 1, 1) == "hit 1")
    #expect(image.answer(1 << 54, 1) == "miss 1")
    #expect(image.activity.droppedBlocks == 4)
  }

  @Test
  func `discard, forgets a range and nothing beside it`() throws {
    let image = try three.opened(.writing)
    try image.forget(11, 2)
    #expect(
      (9...14).map { image.answer($0, 1) } == [
        "miss 1", "hit 13", "miss 1", "miss 1", "hit 16", "miss 1",
      ])
    try image.forget(50, 10)
    try image.forget(1 << 54, 1)
    try image.forget(13, .max)
    #expect(image.answer(13, 200) == "miss 200")
    #expect(image.answer(0, 1) == "hit 12")
    #expect(failure { try image.forget(0, 0) } == .emptyRequest)
  }

  @Test
  func `flush, what was written before is there after a crash`() throws {
    let storage = MemoryStorage(three.bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([1, 2], at: 1000)
    try image.flush()
    let crashed = MemoryStorage(storage.bytes)
    try image.put([3, 4], at: 1000)
    let again = try CacheImage.open(crashed, purpose: .writing)
    #expect(again.information.isDirty)
    #expect(again.answer(1000, 2) == "hit 1 2")
    #expect(again.answer(0, 1) == "hit 12")
  }

  @Test(arguments: [CacheImage.Purpose.reading, .information, .writing])
  func `version, size, file size, flags, are as the file says`(
    purpose: CacheImage.Purpose
  ) throws {
    let image = try three.changed { $0.bytes[17] = 2 }.opened(purpose)
    let information = image.information
    #expect(information.version == 1)
    #expect(information.blocks == 4096 && information.blocks.bytes == 2 << 20)
    #expect(information.byteCount == 19 * 512)
    #expect(information.type == .fixed)
    #expect(image.purpose == purpose)
  }

  @Test
  func `version, size, file size, flags, follow what is written`() throws {
    let image = try three.opened(.writing)
    try image.put([1, 2, 3], at: 500)
    let information = image.information
    #expect(information.blocks == 4096 && information.type == .dynamic && information.isDirty)
    // 19 blocks, 3 of data, and room for the root's copy: it is on the disk before the root
    // changes.
    #expect(information.byteCount == 30 * 512)
    #expect(information.counters.data == 10)
    #expect(information.rootType == .leaf && information.rootEntries == 4)
  }

  @Test
  func `set open flags, reopens for each purpose from each other`() throws {
    let purposes: [CacheImage.Purpose] = [.reading, .information, .writing]
    for first in purposes {
      for second in purposes {
        let folder = Folder()
        let image = try CacheImage.open(at: try made(in: folder), purpose: first)
        if first == .writing { try image.put([3], at: 3) }
        try image.reopen(for: second)
        #expect(image.purpose == second)
        #expect(!image.information.isDirty)
        let answers = ["hit 3", "miss 1"]
        if second != .information {
          #expect(image.answer(3, 1) == answers[first == .writing ? 0 : 1])
        }
        try image.close()
      }
    }
  }

  @Test
  func `set open flags, where it fails the image stays as it was`() throws {
    let image = try CacheImage.open(WatchedSource(three.bytes), purpose: .reading)
    #expect(failure { try image.reopen(for: .writing) } == .readOnly)
    #expect(image.purpose == .reading)
    #expect(image.answer(0, 1) == "hit 12")
    try image.close()
    #expect(failure { try image.reopen(for: .reading) } == .closed)
  }

  @Test
  func `comment, the format has none`() {
    let fields = Field.allCases.map { "\($0)".lowercased() }
    #expect(fields.contains { $0.contains("uuid") } && !fields.contains { $0.contains("comment") })
  }

  @Test
  func `UUID, modification UUID, are durable when the setter returns`() throws {
    let storage = MemoryStorage(HandmadeImage().bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.setImageUUID(mine)
    try image.setModificationUUID(other)
    #expect(image.information.imageUUID == mine && image.information.modificationUUID == other)
    // 00112233-4455-6677-8899-aabbccddeeff, then 0…01-0…02, each with its first fields swapped.
    #expect(
      Array(storage.bytes[41..<57]) == [
        0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
      ])
    #expect(
      Array(storage.bytes[57..<73]) == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    try image.close()
    let again = try CacheImage.open(storage, purpose: .reading, expecting: other)
    #expect(again.information.imageUUID == mine && !again.information.isDirty)
    #expect(throws: ImageError.notUpToDate(expected: mine, found: other)) {
      try CacheImage.open(storage, purpose: .writing, expecting: mine)
    }
  }

  @Test
  func `dump, tells of what was written`() throws {
    let storage = MemoryStorage(HandmadeImage().bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([1, 2], at: 77)
    try image.close()
    var lines: [String] = []
    try Dump(of: storage) { line in
      if case .bytes(let dumped) = line { lines.append("\(dumped.path) \(dumped.value)") }
    }.writeAll()
    #expect(
      lines.contains("tree/extent[0].blockOffset 77")
        || lines.contains("tree.extent[0].blockOffset 77"), "\(lines)")
    #expect(lines.contains("header.uncleanShutdown 0"))
  }
}
