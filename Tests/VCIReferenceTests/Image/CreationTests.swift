import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

struct `Creating` {
  private let uuid = ImageUUID(high: 0x0011_2233_4455_6677, low: 0x8899_0000_0000_0000)

  private func plan(_ blocks: BlockCount = 4096, _ type: CacheType = .dynamic) throws
    -> CacheImage.Plan
  {
    try CacheImage.Plan(blocks: blocks, type: type, imageUUID: uuid)
  }

  @Test
  func `writes the bytes of a fresh image`() throws {
    let storage = MemoryStorage()
    try CacheImage.create(in: storage, try plan())
    #expect(storage.bytes == HandmadeImage().bytes)
  }

  @Test
  func `gives a fixed image all of its blocks`() throws {
    let storage = MemoryStorage()
    try CacheImage.create(in: storage, try plan(4096, .fixed))
    let expected = HandmadeImage().changed {
      $0.bytes[17] = 2
      $0.bytes += [UInt8](repeating: 0, count: 4084 * 512)
    }
    // Told of two long arrays that differ, a test would look for all differences.
    let isEqual = storage.bytes == expected.bytes
    #expect(isEqual)
  }

  @Test(arguments: [21, 22, 4095, 4097, 40_000, 500_000])
  func `makes images of any size that an open takes`(blocks: UInt64) throws {
    let storage = MemoryStorage()
    try CacheImage.create(in: storage, try plan(BlockCount(blocks)))
    let information = try CacheImage.open(storage, purpose: .information).information
    let used = 2 + 1 + (blocks + 4095) / 4096 + 8
    #expect(UInt64(storage.bytes.count) == used * 512)
    #expect(information.counters.metadata.rawValue == used)
    #expect(information.counters.free.rawValue == blocks - used)
    let bitmap = storage.bytes[1536..<1536 + Int(blocks + 7) / 8]
    #expect(bitmap.reduce(0) { $0 + $1.nonzeroBitCount } == Int(used))
    #expect(bitmap.prefix(Int(used) / 8).allSatisfy { $0 == 0xff })
  }

  @Test
  func `refuses sizes that no cache can have`() {
    for blocks in [0, 20, 17_592_186_036_225, UInt64.max] {
      #expect(throws: ImageError.self) { try plan(BlockCount(blocks)) }
    }
  }

  @Test
  func `rounds up to whole blocks of the map`() {
    #expect(CacheImage.Plan.roundedUp(1) == 4096)
    #expect(CacheImage.Plan.roundedUp(4096) == 4096)
    #expect(CacheImage.Plan.roundedUp(4097) == 8192)
    #expect(CacheImage.Plan.roundedUp(BlockCount(.max)) == BlockCount(.max))
  }

  @Test
  func `leaves no image where the storage fails, at any step`() throws {
    for limit in 0..<20 {
      let storage = HookedStorage()
      var calls = 0
      storage.before = { call throws(StorageError) in
        guard !call.isReading else { return }
        calls += 1
        if calls > limit { throw StorageError(.write, code: ENOSPC, reason: "no space") }
      }
      do {
        try CacheImage.create(in: storage, try plan())
        #expect(limit == 8)
        return
      } catch {
        let isMine = try storage.bytes.count >= 1024 && probe(storage) == .mine
        // All that may be missing is the last flush.
        #expect(!isMine || limit == 7)
      }
    }
  }

  @Test
  func `never touches a file that is there`() throws {
    let folder = Folder()
    try CacheImage.create(at: folder.file("a.vci"), try plan())
    #expect(throws: ImageError.self) {
      try CacheImage.create(at: folder.file("a.vci"), try plan(8192))
    }
    let file = try FileStorage(reading: folder.file("a.vci"))
    #expect(try file.byteCount() == 6144)
    #expect(try CacheImage.open(file, purpose: .information).information.blocks == 4096)
  }

  @Test
  func `takes a size in bytes, and rounds none`() throws {
    let plan = try CacheImage.Plan(bytes: 2 << 20, type: .dynamic, imageUUID: uuid)
    #expect(plan.blocks == 4096)
    for bytes in [(2 << 20) + 1, (2 << 20) + 511, 12_000] as [UInt64] {
      #expect(throws: ImageError.partialBlock(bytes: bytes)) {
        try CacheImage.Plan(bytes: bytes, type: .dynamic, imageUUID: uuid)
      }
    }
    #expect(try BlockOffset(bytes: 1024) == 2 && BlockCount(bytes: 0) == 0)
    #expect(throws: ImageError.partialBlock(bytes: 513)) { try BlockOffset(bytes: 513) }
    #expect(throws: ImageError.partialBlock(bytes: 511)) { try BlockCount(bytes: 511) }
  }

  @Test
  func `gives every block of a cache of 16 TiB a bit`() throws {
    let folder = Folder()
    let blocks = BlockCount(1 << 35)
    try CacheImage.create(at: folder.file("a.vci"), try plan(blocks))
    let information = try CacheImage.open(
      at: folder.file("a.vci"), purpose: .information
    ).information
    // 2^35 bits are 2^32 bytes, 2^23 blocks; the map's header is one more.
    #expect(information.map == BlockRange(2, 8_388_609))
    #expect(information.root == BlockRange(8_388_611, 8))
  }

  @Test
  func `VCI-WR-006, removes nothing that has taken its file's place where it fails`() throws {
    let folder = Folder()
    let path = folder.file("a.vci")
    try CacheImage.create(at: folder.file("b.vci"), try plan(8192))
    #expect(throws: ImageError.cancelled) {
      try CacheImage.create(at: path, try plan()) { percent in
        let code = unsafe path.withPlatformString { new in
          unsafe folder.file("b.vci").withPlatformString { old in
            unsafe percent == 0 ? rename(old, new) : 0
          }
        }
        #expect(code == 0)
        return percent > 0
      }
    }
    #expect(try CacheImage.open(at: path, purpose: .information).information.blocks == 8192)
  }

  @Test
  func `tells its progress, and leaves nothing where it is cancelled`() throws {
    let folder = Folder()
    var percents: [Int] = []
    try CacheImage.create(at: folder.file("a.vci"), try plan(40_960, .fixed)) {
      percents.append($0)
      return true
    }
    #expect(percents.first == 0 && percents.last == 100 && percents == percents.sorted())
    #expect(percents.count > 10)
    try FileStorage(reading: folder.file("a.vci")).remove()
    #expect(throws: ImageError.cancelled) {
      try CacheImage.create(at: folder.file("a.vci"), try plan(40_960, .fixed)) { $0 < 50 }
    }
    #expect(!folder.has("a.vci"))
  }
}

struct `A file` {
  private func error(opening path: FilePath) -> Int32? {
    do throws(StorageError) {
      _ = try FileStorage(reading: path)
      return nil
    } catch {
      return error.code
    }
  }

  @Test(.timeLimit(.minutes(30)))
  func `is not opened where it is none`() throws {
    let folder = Folder()
    #expect(error(opening: folder.path) == EISDIR)
    #expect(error(opening: folder.file("missing")) == ENOENT)
    _ = unsafe folder.file("pipe").withPlatformString { unsafe mkfifo($0, 0o600) }
    #expect(error(opening: folder.file("pipe")) == 0)
    #expect(error(opening: "/dev/null") == 0)
  }

  @Test
  func `knows its holes`() throws {
    let folder = Folder()
    let plan = try CacheImage.Plan(blocks: 4_096_000, type: .dynamic, imageUUID: .nil)
    try CacheImage.create(at: folder.file("a.vci"), plan)
    let file = try FileStorage(reading: folder.file("a.vci"))
    #expect(try file.nextData(from: 0) == 0)
    // The map ends at block 1003, and all of its bits but the first hundred bytes are a hole.
    let data = try #require(try file.nextData(from: 65_536))
    #expect(data > 65_536 && data <= 1003 * 512)
    #expect(try file.nextData(from: 1 << 40) == nil)
  }

  @Test
  func `is removed only while its name is its own`() throws {
    let folder = Folder()
    let plan = try CacheImage.Plan(blocks: 4096, type: .dynamic, imageUUID: .nil)
    try CacheImage.create(at: folder.file("a.vci"), plan)
    let file = try FileStorage(reading: folder.file("a.vci"))
    try FileStorage(reading: folder.file("a.vci")).remove()
    try CacheImage.create(at: folder.file("a.vci"), plan)
    #expect(throws: StorageError.self) { try file.remove() }
    #expect(folder.has("a.vci"))
  }
}

struct `Closing` {
  private func made(in folder: Folder) throws -> FilePath {
    let path = folder.file("a.vci")
    try CacheImage.create(
      at: path, try CacheImage.Plan(blocks: 4096, type: .dynamic, imageUUID: .nil))
    return path
  }

  private func read(_ image: CacheImage) -> ImageError? {
    var bytes = [UInt8](repeating: 0, count: 512)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    do throws(ImageError) {
      _ = try image.read(offset: 0, count: 1, into: &buffer)
      return nil
    } catch {
      return error
    }
  }

  @Test
  func `ends all requests and leaves the file`() throws {
    let folder = Folder()
    let image = try CacheImage.open(at: try made(in: folder), purpose: .reading)
    #expect(read(image) == nil)
    try image.close()
    #expect(read(image) == .closed)
    #expect(throws: ImageError.closed) { try image.close() }
    #expect(throws: ImageError.closed) { try image.delete() }
    #expect(folder.has("a.vci"))
  }

  @Test
  func `with delete removes the file`() throws {
    let folder = Folder()
    let image = try CacheImage.open(at: try made(in: folder), purpose: .information)
    try image.delete()
    #expect(!folder.has("a.vci"))
    #expect(throws: ImageError.closed) { try image.delete() }
  }

  @Test
  func `with delete removes no file of others`() throws {
    let folder = Folder()
    let path = try made(in: folder)
    let image = try CacheImage.open(at: path, purpose: .reading)
    try FileStorage(reading: path).remove()
    _ = try made(in: folder)
    #expect(throws: ImageError.self) { try image.delete() }
    #expect(folder.has("a.vci"))
    #expect(read(image) == nil)
  }

  @Test
  func `works on memory, which has no file to remove`() throws {
    let image = try CacheImage.open(MemoryStorage(HandmadeImage().bytes), purpose: .reading)
    #expect(throws: ImageError.notInFile) { try image.delete() }
    try image.close()
    #expect(read(image) == .closed)
  }
}
