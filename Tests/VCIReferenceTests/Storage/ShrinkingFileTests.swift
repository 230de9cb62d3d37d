import Testing
import VCIFormat
import VCIReference
import VCITesting

/// Storage in memory that is cut to a size before one of the calls that ask for its bytes.
private final class ShrinkingStorage: Storage {
  private let storage: MemoryStorage
  private let shrinkingCall: Int
  private let size: UInt64
  private(set) var calls = 0

  init(_ bytes: [UInt8], shrinkingAt shrinkingCall: Int, to size: Int) {
    storage = MemoryStorage(bytes)
    self.shrinkingCall = shrinkingCall
    self.size = UInt64(size)
  }

  private func call() throws(StorageError) {
    if calls == shrinkingCall { try storage.resize(to: size) }
    calls += 1
  }

  func byteCount() throws(StorageError) -> UInt64 {
    try call()
    return try storage.byteCount()
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    try call()
    return try storage.read(at: offset, into: &buffer)
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    try call()
    return try storage.nextData(from: offset)
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    try storage.write(bytes, at: offset)
  }

  func resize(to byteCount: UInt64) throws(StorageError) { try storage.resize(to: byteCount) }

  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    try storage.allocate(count, at: offset)
  }

  func synchronize() throws(StorageError) {}
}

struct `A file that shrinks` {
  static let images = [HandmadeImage.three.bytes, HandmadeImage.tree.bytes]

  /// Opens an image, asks for every extent and the first bytes of each, and closes it; answers how
  /// many there were.
  private func walk(
    _ storage: ShrinkingStorage, _ purpose: CacheImage.Purpose
  ) throws(ImageError) -> Int {
    let image = try CacheImage.open(storage, purpose: purpose)
    var count = 0
    var next: BlockOffset = 0
    while let extent = try image.nextExtent(from: next) {
      var bytes = [UInt8](repeating: 0, count: Int(extent.blocks.bytes))
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      _ = try image.read(offset: extent.offset, count: extent.blocks, into: &buffer)
      #expect(
        Set(bytes)
          == Set(
            (0..<extent.blocks.rawValue).map { block in
              UInt8(extent.address.rawValue + block)
            }))
      count += 1
      next = BlockOffset(extent.offset.rawValue + extent.blocks.rawValue)
    }
    try image.close()
    return count
  }

  @Test(arguments: images.indices, [CacheImage.Purpose.reading, .writing])
  func `is never called damaged`(image: Int, purpose: CacheImage.Purpose) throws {
    let bytes = Self.images[image]
    let whole = ShrinkingStorage(bytes, shrinkingAt: .max, to: 0)
    #expect(try walk(whole, purpose) == 3)
    for call in 1..<whole.calls {
      for size in [0, 1, 600, 2048, bytes.count - 512, bytes.count - 1] {
        let storage = ShrinkingStorage(bytes, shrinkingAt: call, to: size)
        do throws(ImageError) {
          #expect(try walk(storage, purpose) == 3)
        } catch {
          switch error {
          case .fileShrank: break
          case .storage(let failure): #expect(failure.operation == .read && failure.code == 0)
          default: Issue.record("call \(call), \(size) bytes: \(error)")
          }
        }
      }
    }
  }

  @Test
  func `is judged by its size at the open`() throws {
    let storage = ShrinkingStorage(HandmadeImage.three.bytes, shrinkingAt: 0, to: 600)
    let error = #expect(throws: ImageError.self) {
      try CacheImage.open(storage, purpose: .reading)
    }
    guard case .violation(let violation) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "nothing")")
      return
    }
    #expect(violation.rule == .fileHoldsHeader)
  }
}
