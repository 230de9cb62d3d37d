public import VCIFormat
public import VCIReference

/// Storage in memory that calls `before` before each call, which fails if that throws.
public final class HookedStorage: Storage {
  /// A call of the storage.
  public enum Call: Sendable {
    /// A call that reads the bytes, their number or the holes.
    case reading
    case writing(Range<UInt64>)
    case resizing
    case synchronizing

    public var isReading: Bool { if case .reading = self { true } else { false } }
  }

  private let inner: MemoryStorage
  public var before: (Call) throws(StorageError) -> Void = { _ in }
  /// How many calls changed the storage.
  public private(set) var changes = 0
  /// The bytes of the last `synchronize()`, which survive a crash.
  public private(set) var durable: [UInt8]

  public init(_ bytes: [UInt8] = []) {
    inner = MemoryStorage(bytes)
    durable = bytes
  }

  public var bytes: [UInt8] { inner.bytes }

  /// Cuts or extends the bytes, without a call of `before`.
  public func cut(to byteCount: UInt64) throws(StorageError) { try inner.resize(to: byteCount) }

  public func byteCount() throws(StorageError) -> UInt64 {
    try before(.reading)
    return try inner.byteCount()
  }

  public func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    try before(.reading)
    return try inner.read(at: offset, into: &buffer)
  }

  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    try before(.reading)
    return try inner.nextData(from: offset)
  }

  public func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    try before(.writing(offset..<offset + UInt64(bytes.byteCount)))
    changes += 1
    try inner.write(bytes, at: offset)
  }

  public func resize(to byteCount: UInt64) throws(StorageError) {
    try before(.resizing)
    changes += 1
    try inner.resize(to: byteCount)
  }

  public func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    try before(.resizing)
    changes += 1
    try inner.allocate(count, at: offset)
  }

  public func synchronize() throws(StorageError) {
    try before(.synchronizing)
    durable = inner.bytes
  }
}
