public import VCIFormat

/// Bytes whose number changes before one of the calls that ask for them, as those of a file that
/// somebody cuts or lets grow; where they are zero for a whole block there is a hole.
public final class ChangingSource: ByteSource {
  private let bytes: [UInt8]
  private let changingCall: Int
  private let later: Int
  /// How often it was asked for something.
  public private(set) var calls = 0

  /// Makes the source of `bytes`, which are `later` in number from call `changingCall` on, counted
  /// from 0: a prefix of them, or zeros too.
  public init(_ bytes: [UInt8], changingAt changingCall: Int, to later: Int) {
    self.bytes = bytes
    self.changingCall = changingCall
    self.later = later
  }

  private func sizeNow() -> Int {
    defer { calls += 1 }
    return calls < changingCall ? bytes.count : later
  }

  public func byteCount() throws(StorageError) -> UInt64 { UInt64(sizeNow()) }

  public func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    let size = sizeNow()
    guard offset < UInt64(size) else { return 0 }
    let count = min(buffer.byteCount, size - Int(offset))
    for index in 0..<count {
      let place = Int(offset) + index
      buffer.put(place < bytes.count ? bytes[place] : 0, at: index)
    }
    return count
  }

  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    let end = min(sizeNow(), bytes.count)
    guard offset < UInt64(end) else { return nil }
    let place = (Int(offset)..<end).first { bytes[$0] != 0 }
    return place.map { max(offset, UInt64($0 / 512 * 512)) }
  }
}
