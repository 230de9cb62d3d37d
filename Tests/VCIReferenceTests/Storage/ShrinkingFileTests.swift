import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

extension HookedStorage {
  /// Cuts the storage to `size` bytes before the call of number `limit` that reads it, counted from
  /// 0.
  fileprivate func shrink(to size: Int, beforeCall limit: Int) {
    var calls = 0
    before = { [unowned self] call throws(StorageError) in
      guard call.isReading else { return }
      if calls == limit { try cut(to: UInt64(size)) }
      calls += 1
    }
  }
}

struct `A file that shrinks` {
  static let images = [HandmadeImage.three.bytes, HandmadeImage.tree.bytes]

  /// Opens an image, reads every extent, and closes it. Returns how many there were.
  private func walk(
    _ storage: HookedStorage, _ purpose: CacheImage.Purpose
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
    let whole = HookedStorage(bytes)
    var calls = 0
    whole.before = { call throws(StorageError) in calls += call.isReading ? 1 : 0 }
    #expect(try walk(whole, purpose) == 3)
    for call in 1..<calls {
      for size in [0, 1, 600, 2048, bytes.count - 512, bytes.count - 1] {
        let storage = HookedStorage(bytes)
        storage.shrink(to: size, beforeCall: call)
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
  func `is taken by its size at the open`() throws {
    let storage = HookedStorage(HandmadeImage.three.bytes)
    storage.shrink(to: 600, beforeCall: 0)
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
