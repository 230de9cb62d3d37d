@testable import VCIFuzzing
import VCIFormat
import VCIReference

/// The reference with a fault that shows in a crash, or where a call fails.
final class TroubledImage: OperatedImage {
  /// What it does wrong.
  enum Fault: CaseIterable {
    /// A flush does nothing.
    case flushesNothing
    /// What fails in a flush is not reported.
    case hidesFailures
    /// A write whose first call fails leaves what was cached before.
    case servesOldBytes
    /// The flag is cleared before the close begins.
    case clearsFlagFirst
  }

  private let storage: ImageInMemory
  private let image: CacheImage
  private let fault: Fault

  private init(
    _ storage: ImageInMemory, _ purpose: CacheImage.Purpose, _ fault: Fault
  ) throws(ImageError) {
    self.storage = storage
    self.fault = fault
    image = try CacheImage.open(storage, purpose: purpose)
  }

  /// The implementation whose images have `fault`.
  static func implementation(_ fault: Fault) -> Implementation {
    var made = Implementation()
    made.open = { (storage, purpose) throws(ImageError) in
      try TroubledImage(storage, purpose, fault)
    }
    return made
  }

  private func call(_ body: () throws(StorageError) -> Void) throws(ImageError) {
    do throws(StorageError) {
      try body()
    } catch {
      throw .storage(error)
    }
  }

  func write(
    _ bytes: RawSpan, at offset: BlockOffset, losing: (Loss) -> Void
  ) throws(ImageError) -> BlockCount {
    if fault == .servesOldBytes {
      try call { () throws(StorageError) in try storage.synchronize() }
    }
    return try image.write(bytes, at: offset, losing: losing)
  }

  func read(
    offset: BlockOffset, count: BlockCount, into buffer: inout MutableRawSpan
  ) throws(ImageError) -> ReadAnswer {
    try image.read(offset: offset, count: count, into: &buffer)
  }

  func locate(offset: BlockOffset, count: BlockCount) throws(ImageError) -> ReadAnswer {
    try image.locate(offset: offset, count: count)
  }

  func nextExtent(from block: BlockOffset) throws(ImageError) -> Extent? {
    try image.nextExtent(from: block)
  }

  func discard(
    offset: BlockOffset, count: BlockCount, losing: (Loss) -> Void
  ) throws(ImageError) {
    try image.discard(offset: offset, count: count, losing: losing)
  }

  func flush() throws(ImageError) {
    switch fault {
    case .flushesNothing: return
    case .hidesFailures: try? image.flush()
    default: try image.flush()
    }
  }

  func reopen(for purpose: CacheImage.Purpose) throws(ImageError) {
    try image.reopen(for: purpose)
  }

  func close() throws(ImageError) {
    if fault == .clearsFlagFirst, image.information.isDirty {
      try call { () throws(StorageError) in
        let clear: [UInt8] = [0]
        try unsafe storage.write(clear.span.bytes, at: UInt64(Field.uncleanShutdown.offset))
      }
    }
    try image.close()
  }

  var activity: Activity { image.activity }
  func checkInvariants() { image.checkInvariants() }
}
