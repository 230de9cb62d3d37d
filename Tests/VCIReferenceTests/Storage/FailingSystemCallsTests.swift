import CFailingCalls
import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

struct `Calls of the system that fail` {
  /// What is done to a file, from its creation to a clean close. Returns what is read at the end.
  private func work(at path: FilePath, _ type: CacheType) throws -> [UInt64: UInt8] {
    let plan = try CacheImage.Plan(
      blocks: 100, type: type, imageUUID: ImageUUID(high: 1, low: 2))
    try CacheImage.create(at: path, plan)
    let image = try CacheImage.open(at: path, purpose: .writing)
    for step in 0..<10 as Range<UInt64> {
      try image.put([UInt8](repeating: UInt8(step + 1), count: 20), at: step * 10)
      if step % 4 == 3 { try image.flush() }
    }
    try image.forget(50, 10)
    try image.close()
    let reader = try CacheImage.open(at: path, purpose: .reading)
    defer { try? reader.close() }
    return try reader.values(in: 0..<300)
  }

  private func bytes(at path: FilePath) throws -> [UInt8] {
    let file = try FileStorage(reading: path)
    var bytes = [UInt8](repeating: 0, count: Int(try file.byteCount()))
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    #expect(try file.read(at: 0, into: &buffer) == buffer.byteCount)
    return bytes
  }

  @Test(
    arguments: [CacheType.dynamic, .fixed],
    [(FAILING_SHORT, 0), (FAILING_ERROR, EINTR), (FAILING_ZERO, 0)] as [(Int, Int32)])
  func `are made again if they were interrupted, and go on if they did a part`(
    type: CacheType, way: (how: Int, error: Int32)
  ) throws {
    let undisturbed = Folder()
    let expected = try work(at: undisturbed.file("a.vci"), type)
    let image = try bytes(at: undisturbed.file("a.vci"))
    // Something was evicted, as the cache has 100 blocks.
    #expect(50..<88 ~= expected.count && expected.keys.allSatisfy { !(50..<60).contains($0) })
    var number = 0
    while true {
      let folder = Folder()
      failing_calls_begin(Int32(way.how), way.error, number, 1)
      let found = Result { try work(at: folder.file("a.vci"), type) }
      let failed = failing_calls_end()
      #expect(try found.get() == expected)
      let isSame = try bytes(at: folder.file("a.vci")) == image
      #expect(isSame, "call \(number)")
      if failed == 0 { break }
      number += 1
    }
    // Each write and flush at least was one.
    #expect(number > 20)
  }

  @Test(arguments: [EINTR: nil, EIO: EIO] as [Int32: Int32?])
  func `are no failure of a close that was interrupted, since the file is closed`(
    error: Int32, told: Int32?
  ) throws {
    let folder = Folder()
    let path = try folder.made()
    let image = try CacheImage.open(at: path, purpose: .writing)
    try image.put([1], at: 0)
    failing_calls_begin(Int32(FAILING_CLOSE), error, 0, 1)
    let found = failure { try image.close() }
    #expect(failing_calls_end() == 1)
    guard case .storage(let failure)? = found else {
      #expect(found == nil && told == nil)
      return
    }
    #expect(failure.operation == .close && failure.code == told)
  }

  @Test
  func `end with an error if a disk never takes a byte`() throws {
    let folder = Folder()
    let path = try folder.made()
    let image = try CacheImage.open(at: path, purpose: .writing)
    failing_calls_begin(Int32(FAILING_ZERO), 0, 0, .max)
    let error = failure { try image.put([1], at: 0) }
    #expect(failing_calls_end() > 0)
    guard case .storage(let failure)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failure.operation == .write && failure.code == EIO)
  }

  @Test(
    arguments: [CacheType.dynamic, .fixed], [EIO, ENOSPC, EDQUOT, EFBIG] as [Int32])
  func `VCI-WR-006, leave no file of a create, whichever fails`(
    type: CacheType, error: Int32
  ) throws {
    let plan = try CacheImage.Plan(
      blocks: 4096, type: type, imageUUID: ImageUUID(high: 1, low: 2))
    var number = 0
    while true {
      let folder = Folder()
      failing_calls_begin(Int32(FAILING_ERROR), error, number, 1)
      let failure = failure { try CacheImage.create(at: folder.file("a.vci"), plan) }
      guard failing_calls_end() > 0 else {
        #expect(failure == nil && folder.has("a.vci"))
        break
      }
      guard case .storage(let told)? = failure else {
        Issue.record("call \(number): \(String(describing: failure))")
        break
      }
      #expect(told.code == error && !folder.has("a.vci"))
      // The second attempt finds nothing in its way.
      try CacheImage.create(at: folder.file("a.vci"), plan)
      number += 1
    }
    // The file's length, map, bits, root and header, two flushes, and that of its folder.
    #expect(number >= 8)
  }
}
