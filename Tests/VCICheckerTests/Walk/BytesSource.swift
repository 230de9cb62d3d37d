import VCIChecker
import VCIFormat
import VCITesting

/// A source over bytes, for tests alone: the checker is tried without any other part of the suite.
final class BytesSource: ByteSource {
  private let bytes: [UInt8]
  private let size: UInt64
  /// Where the bytes stand; what is around them is a hole.
  private let start: UInt64
  private(set) var reads = 0

  init(_ bytes: [UInt8], at start: UInt64 = 0, size: UInt64? = nil) {
    self.bytes = bytes
    self.start = start
    self.size = size ?? start + UInt64(bytes.count)
  }

  func byteCount() throws(StorageError) -> UInt64 { size }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    reads += 1
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(buffer.byteCount), size - offset))
    if start == 0, offset + UInt64(count) <= UInt64(bytes.count) {
      let part = Int(offset)..<Int(offset) + count
      let held = bytes
      unsafe buffer.copy(held.span.bytes.extracting(part), to: 0)
      return count
    }
    for index in 0..<count {
      let place = offset + UInt64(index)
      let isKept = place >= start && place - start < UInt64(bytes.count)
      buffer.put(isKept ? bytes[Int(place - start)] : 0 as UInt8, at: index)
    }
    return count
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    let end = start + UInt64(bytes.count)
    return offset < end ? max(offset, start) : nil
  }
}

/// The findings of a check, as `VCI-HDR-001 corruption at 0 header.signature`.
func findings(_ image: HandmadeImage) throws -> [String] {
  try Checker().check(BytesSource(image.bytes)).findings.map {
    "\($0.rule) \($0.ruleClass) at \($0.offset) \($0.path)"
  }
}

extension HandmadeImage {
  /// A fresh image.
  static let fresh = HandmadeImage()
}
