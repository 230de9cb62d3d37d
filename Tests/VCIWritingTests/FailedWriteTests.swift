import Glibc
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting

struct `A write that fails` {
  /// Storage of an empty cache whose calls that change it can be made to fail.
  private final class Breaking {
    let storage: HookedStorage
    var isBroken = false

    init() throws {
      storage = HookedStorage(try RecordingStorage.fresh(blocks: 100).bytes)
      storage.before = { [unowned self] call throws(StorageError) in
        switch call {
        case .reading, .synchronizing: return
        case .writing, .resizing: if !isBroken { return }
        }
        throw StorageError(.write, code: EIO, reason: "input/output error")
      }
    }
  }

  @Test(arguments: [0, 5, 0x3f_ffff_ffff_ffff] as [UInt64])
  func `VCI-WR-001, forgets its blocks even if nothing can be changed any more`(
    block: UInt64
  ) throws {
    let disk = try RecordingStorage.fresh(blocks: 100)
    let first = try CacheImage.open(disk, purpose: .writing)
    try first.put([1], at: block)
    try first.close()
    let image = try CacheImage.open(disk, purpose: .writing)
    disk.losesFlushes = true
    let error = failure { try image.put([2], at: block) }
    guard case .storage = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try image.outcome(block, 1) == "miss 1")
    #expect(try image.nextExtent(from: 0) == nil)
  }

  @Test
  func `forgets its blocks alone, and only until they are written again`() throws {
    let disk = try Breaking()
    let image = try CacheImage.open(disk.storage, purpose: .writing)
    try image.put([1, 2, 3, 4, 5], at: 0)
    try image.flush()
    disk.isBroken = true
    #expect(failure { try image.put([8, 9], at: 2) } != nil)
    #expect(try image.outcome(0, 5) == "hit 1 2")
    #expect(try image.outcome(2, 3) == "miss 2")
    #expect(try image.outcome(4, 1) == "hit 5")
    let extents = try [0, 2, 4, 5].map { try image.nextExtent(from: BlockOffset($0))?.offset }
    #expect(extents == [0, 4, 4, nil])
    disk.isBroken = false
    try image.put([7], at: 2)
    #expect(try image.outcome(2, 1) == "hit 7")
    #expect(try image.outcome(3, 1) == "miss 1")
    try image.close()
    let again = try CacheImage.open(disk.storage, purpose: .reading)
    #expect(try again.cached(0..<6) == [0: 1, 1: 2, 2: 7, 4: 5])
  }

  @Test
  func `VCI-WR-001, leaves nothing older behind after a close`() throws {
    let disk = try Breaking()
    let image = try CacheImage.open(disk.storage, purpose: .writing)
    try image.put([1, 2, 3], at: 0)
    try image.flush()
    disk.isBroken = true
    #expect(failure { try image.put([9], at: 0) } != nil)
    #expect(failure { try image.flush() } != nil)
    disk.isBroken = false
    try image.close()
    let again = try CacheImage.open(disk.storage, purpose: .reading)
    #expect(try again.cached(0..<4) == [1: 2, 2: 3])
  }
}
