internal import VCIFormat

/// Some way to write a cache image, one block at a time.
package protocol WritableImage: AnyObject {
  /// Opens the image in a storage for writing.
  init(_ storage: any Storage) throws

  /// Whether a disk block is cached.
  func holds(_ block: UInt64) throws -> Bool

  /// Caches a disk block that is not cached yet.
  func write(_ bytes: [UInt8], at block: UInt64) throws

  /// Forgets a cached disk block, which is the last of its extent.
  func discard(_ block: UInt64) throws

  /// Makes the image a clean one.
  func close() throws
}

/// The reference's own image.
package final class ReferenceImage: WritableImage {
  private let image: CacheImage

  package init(_ storage: any Storage) throws {
    image = try CacheImage.open(storage, purpose: .writing)
  }

  package func holds(_ block: UInt64) throws -> Bool {
    try image.locate(offset: BlockOffset(block), count: 1) == .hit(1)
  }

  package func write(_ bytes: [UInt8], at block: UInt64) throws {
    _ = try unsafe image.write(bytes.span.bytes, at: BlockOffset(block))
  }

  package func discard(_ block: UInt64) throws {
    try image.discard(offset: BlockOffset(block), count: 1)
  }

  package func close() throws { try image.close() }
}

/// An empty cache of so many blocks in memory.
package func emptyImage(blocks: UInt64) throws -> any Storage {
  let storage = MemoryStorage([UInt8](repeating: 0, count: Int(blocks) * 512))
  let plan = try CacheImage.Plan(
    blocks: BlockCount(blocks), type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2))
  try CacheImage.create(in: storage, plan)
  return storage
}
