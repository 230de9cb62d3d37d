internal import VCIFormat

/// Some way to write a cache image, one block at a time.
package protocol WritableImage: AnyObject {
  /// Opens the image in a storage for writing.
  init(_ storage: any Storage) throws

  /// The file block that holds a disk block, `nil` where none does; it is noted as used.
  func find(_ block: UInt64) throws -> UInt64?

  /// Caches a disk block that is not cached yet.
  func write(_ bytes: [UInt8], at block: UInt64) throws

  /// Forgets a cached disk block, which is the last of its extent.
  func discard(_ block: UInt64) throws

  /// Makes the image a clean one.
  func close() throws
}

/// The reference's own image.
package final class ReferenceImage: WritableImage {
  private let writer: ImageWriter

  package init(_ storage: any Storage) throws {
    writer = try ImageWriter(storage, expecting: nil)
  }

  package func find(_ block: UInt64) throws -> UInt64? {
    guard case .hit(let data) = writer.answer(from: BlockOffset(block), 1) else { return nil }
    return data.first.rawValue
  }

  package func write(_ bytes: [UInt8], at block: UInt64) throws {
    _ = try writer.write(bytes.span.bytes, at: BlockOffset(block)) { _ in }
  }

  package func discard(_ block: UInt64) throws {
    try writer.discard(BlockOffset(block), 1) { _ in }
  }

  package func close() throws { try writer.finish() }
}
