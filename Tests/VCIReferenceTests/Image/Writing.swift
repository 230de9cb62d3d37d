import SystemPackage
import VCIFormat
import VCIReference
import VCITesting

extension CacheImage {
  /// Caches blocks, all bytes of each of them one of `values`; answers how many were taken.
  @discardableResult
  func put(
    _ values: [UInt8], at offset: UInt64, losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) -> UInt64 {
    try put(bytes: values.flatMap { [UInt8](repeating: $0, count: 512) }, at: offset, losing)
  }

  /// Caches bytes as they are.
  @discardableResult
  func put(
    bytes: [UInt8], at offset: UInt64, _ losing: (Loss) -> Void = { _ in }
  ) throws(ImageError) -> UInt64 {
    try unsafe write(bytes.span.bytes, at: BlockOffset(offset), losing: losing).rawValue
  }

  /// Forgets blocks.
  func forget(_ offset: UInt64, _ count: UInt64) throws(ImageError) {
    try discard(offset: BlockOffset(offset), count: BlockCount(count))
  }
}

extension HandmadeImage {
  /// The image, opened in memory for a purpose.
  func opened(_ purpose: CacheImage.Purpose) throws -> CacheImage {
    try CacheImage.open(MemoryStorage(bytes), purpose: purpose)
  }
}

/// The error that ends a call.
func failure(_ call: () throws -> Void) -> ImageError? {
  do {
    try call()
    return nil
  } catch {
    return error as? ImageError
  }
}
