import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// What the rule of creation asks for, and where the original program fell short of it.
struct `What is created` {
  private let folder = Folder()
  private let uuid = ImageUUID(high: 0x0011_2233_4455_6677, low: 0x8899_0000_0000_0000)

  private func plan(_ blocks: BlockCount, _ type: CacheType = .dynamic) throws -> CacheImage.Plan {
    try CacheImage.Plan(blocks: blocks, type: type, imageUUID: uuid)
  }

  @Test(arguments: [4097, 4098, 4103, 8193] as [UInt64])
  func `F-02 has a bit for each of its last blocks`(blocks: UInt64) throws {
    let storage = MemoryStorage()
    try CacheImage.create(in: storage, try plan(BlockCount(blocks)))
    // 1 block of the map's header, and one for each 4096 bits that are begun.
    #expect(storage.bytes[37] == 1 + blocks / 4096 + 1)
    _ = try CacheImage.open(storage, purpose: .writing)
  }

  @Test
  func `F-03 may have 16 TiB and more, whose bitmap has 4 GiB`() throws {
    // 2^35 blocks, and one more.
    for (blocks, mapBlocks) in [(34_359_738_368, 8_388_609), (34_359_738_369, 8_388_610)] {
      let path = folder.file("a.vci")
      try CacheImage.create(at: path, try plan(BlockCount(UInt64(blocks))))
      let image = try CacheImage.open(at: path, purpose: .information)
      #expect(image.information.map == BlockRange(2, BlockCount(UInt64(mapBlocks))))
      #expect(image.information.byteCount == UInt64(2 + mapBlocks + 8) * 512)
      try image.delete()
    }
  }

  @Test
  func `F-04 has the size that was asked for, which is never rounded down`() throws {
    #expect(
      try CacheImage.Plan(bytes: 2_097_152, type: .fixed, imageUUID: uuid)
        == plan(4096, .fixed))
    for bytes in [2_097_153, 2_097_663, 10_753, 511] as [UInt64] {
      #expect(throws: ImageError.partialBlock(bytes: bytes)) {
        try CacheImage.Plan(bytes: bytes, type: .dynamic, imageUUID: uuid)
      }
    }
    #expect(throws: ImageError.sizeOutOfRange(20, least: 21, most: 17_592_186_036_224)) {
      try CacheImage.Plan(bytes: 10_240, type: .dynamic, imageUUID: uuid)
    }
  }

  @Test
  func `F-05 has all of its space from the start where it is fixed`() throws {
    let path = folder.file("a.vci")
    try CacheImage.create(at: path, try plan(4096, .fixed))
    #expect(try FileStorage(reading: path).byteCount() == 2_097_152)
    var status = stat()
    #expect(unsafe path.withPlatformString { unsafe stat($0, &status) } == 0)
    // In units of 512 bytes, whatever the disk's own are.
    #expect(status.st_blocks >= 4096)
  }

  @Test
  func `F-06 has the UUID that was given`() throws {
    let storage = MemoryStorage()
    try CacheImage.create(in: storage, try plan(4096))
    #expect(
      Array(storage.bytes[41..<57])
        == [0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0, 0, 0, 0, 0, 0])
  }

  @Test
  func `F-10 has each part at its block, not at the byte of that number`() throws {
    let storage = MemoryStorage()
    try CacheImage.create(in: storage, try plan(4096))
    #expect(Array(storage.bytes[0..<4]) == [0x56, 0x43, 0x49, 0])
    #expect(Array(storage.bytes[1024..<1028]) == [0x56, 0x42, 0x4c, 0x4b])
    #expect(storage.bytes[2048] == 2)
    #expect(storage.bytes.count == 6144)
  }

  /// Bytes of the header, the map's header, the bitmap and the root.
  @Test(arguments: [0, 1024, 1536, 2048] as [UInt64])
  func `F-08 VCI-WR-006, a part that cannot be written is a failure, never a success`(
    byte: UInt64
  ) throws {
    let damaged = HookedStorage()
    damaged.before = { call throws(StorageError) in
      guard case .writing(let bytes) = call, bytes.contains(byte) else { return }
      throw StorageError(.write, offset: bytes.lowerBound, code: 5, reason: "damaged")
    }
    let error = #expect(throws: ImageError.self) {
      try CacheImage.create(in: damaged, try plan(4096))
    }
    guard case .storage(let failure)? = error else {
      Issue.record("\(String(describing: error)) is no failure of the storage")
      return
    }
    #expect(failure.code == 5)
    #expect(try probe(damaged) != .mine)
  }

  @Test
  func `VCI-WR-006, nothing is overwritten`() throws {
    let path = try folder.made()
    let before = try FileStorage(reading: path).byteCount()
    let error = #expect(throws: ImageError.self) {
      try CacheImage.create(at: path, try plan(8192, .fixed))
    }
    guard case .storage(let failure)? = error else {
      Issue.record("\(String(describing: error)) is no failure of the storage")
      return
    }
    #expect(failure.operation == .create)
    #expect(try FileStorage(reading: path).byteCount() == before)
  }

  @Test
  func `VCI-WR-006, what fails leaves nothing behind`() throws {
    #expect(throws: ImageError.cancelled) {
      try CacheImage.create(at: folder.file("a.vci"), try plan(4096, .fixed)) { $0 < 100 }
    }
    #expect(!folder.has("a.vci"))
  }

  @Test
  func `F-09 VCI-WR-006, what fails removes nothing of others`() throws {
    _ = try folder.made("b.vci")
    #expect(throws: ImageError.cancelled) {
      try CacheImage.create(at: folder.file("a.vci"), try plan(40_960, .fixed)) { percent in
        guard percent == 100 else { return true }
        folder.rename("b.vci", to: "a.vci")
        return false
      }
    }
    #expect(folder.has("a.vci"))
    #expect(
      try CacheImage.open(at: folder.file("a.vci"), purpose: .reading).information.blocks == 4096)
  }
}
