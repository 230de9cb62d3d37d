internal import Glibc
public import VCIFormat
public import VCIReference

/// Storage in memory that fails in one way at one call, or from that call on.
public final class FaultyStorage: Storage {
  /// A kind of call; the raw value is its name in `Specs/FaultClasses.md`.
  public enum Call: String, CaseIterable, Sendable {
    case read, size, write, length, reserve, flush

    /// Whether the file may become longer by it, beside a write.
    var changesLength: Bool { self == .length || self == .reserve }
  }

  /// A write as it was asked for.
  public struct Write: Sendable {
    public let offset: UInt64
    public let bytes: [UInt8]
  }

  /// The fault that is switched on.
  private struct Switch {
    let fault: StorageFault
    /// The calls that it strikes, of those that it can strike, counted from 0.
    let calls: ClosedRange<Int>
  }

  /// How many sectors beside its place a misdirected write arrives.
  public static let stray = 8

  private let inner: MemoryStorage
  private var fault: Switch?
  /// How many calls the fault could have struck since it was switched on.
  public private(set) var calls = 0
  /// The same by kind.
  public private(set) var callsByKind: [Call: Int] = [:]
  /// How many calls it struck.
  public private(set) var strikes = 0
  /// The write that was struck last.
  public private(set) var struck: Write?
  /// The bytes that survive a crash.
  public private(set) var durable: [UInt8]
  /// The writes that came after those, in order.
  public private(set) var pending: [Write] = []
  /// Called after each flush of which nothing is durable, and after the first one that is again.
  public var onFlush: (_ isHonest: Bool) -> Void = { _ in }

  public init(_ bytes: [UInt8] = []) {
    inner = MemoryStorage(bytes)
    durable = bytes
  }

  public var bytes: [UInt8] { inner.bytes }

  /// Switches a fault on for call `first` of those that it can strike from now on, counted from 0;
  /// for all later ones too if it is lasting.
  public func fail(_ fault: StorageFault, at first: Int, lasting: Bool = false) {
    self.fault = Switch(fault: fault, calls: first...(lasting ? Int.max : first))
    calls = 0
    callsByKind = [:]
    strikes = 0
    struck = nil
  }

  /// Switches the fault off.
  public func mend() { fault = nil }

  /// The fault, if it strikes this call.
  private func strike(_ call: Call) -> StorageFault? {
    guard let fault, fault.fault.strikes(call) else { return nil }
    defer {
      calls += 1
      callsByKind[call, default: 0] += 1
    }
    guard fault.calls.contains(calls) else { return nil }
    strikes += 1
    return fault.fault
  }

  public func byteCount() throws(StorageError) -> UInt64 {
    if let fault = strike(.size) { throw fault.error(.size) }
    return try inner.byteCount()
  }

  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    if let fault = strike(.size) { throw fault.error(.seek, offset) }
    return try inner.nextData(from: offset)
  }

  public func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    guard let fault = strike(.read) else { return try inner.read(at: offset, into: &buffer) }
    guard fault == .shortRead else { throw fault.error(.read, offset) }
    var part = buffer._mutatingExtracting(0..<buffer.byteCount / 2)
    return try inner.read(at: offset, into: &part)
  }

  public func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    let asked = Write(offset: offset, bytes: copy(bytes))
    pending.append(asked)
    guard let fault = strike(.write) else { return try inner.write(bytes, at: offset) }
    struck = asked
    if fault.isReported {
      if fault == .shortWrite { try store(asked.bytes.prefix(asked.bytes.count / 2), at: offset) }
      throw fault.error(.write, offset)
    }
    try lie(fault, asked)
  }

  public func resize(to byteCount: UInt64) throws(StorageError) {
    if let fault = strike(.length) { throw fault.error(.resize, byteCount) }
    try inner.resize(to: byteCount)
  }

  public func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    if let fault = strike(.reserve) { throw fault.error(.resize, offset) }
    try inner.allocate(count, at: offset)
  }

  public func synchronize() throws(StorageError) {
    let fault = strike(.flush)
    if let fault, fault.isReported { throw fault.error(.flush) }
    onFlush(fault == nil)
    guard fault == nil else { return }
    durable = inner.bytes
    pending = []
  }
}

extension FaultyStorage {
  private func copy(_ bytes: RawSpan) -> [UInt8] {
    unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  private func store(_ bytes: some Collection<UInt8>, at offset: UInt64) throws(StorageError) {
    guard !bytes.isEmpty else { return }
    let held = [UInt8](bytes)
    try unsafe inner.write(held.span.bytes, at: offset)
  }

  /// Does what a disk does that reports success.
  private func lie(_ fault: StorageFault, _ asked: Write) throws(StorageError) {
    let (bytes, offset) = (asked.bytes, asked.offset)
    let sector = Int(Format.blockSize)
    switch fault {
    case .tornWrite:
      let sectors = bytes.count / sector
      let count = sectors > 1 ? sectors / 2 * sector : bytes.count / 2
      try store(bytes.prefix(count), at: offset)
    case .lostWrite: break
    case .misdirectedWrite:
      try store(bytes, at: offset + UInt64(Self.stray * sector))
    case .staleSector:
      try store(bytes.dropLast((bytes.count - 1) % sector + 1), at: offset)
    case .rot:
      var rotten = bytes
      // Another byte and bit for each call.
      rotten[(calls &* 197) % bytes.count] ^= 1 << UInt8(calls % 8)
      try store(rotten, at: offset)
    case .damageBeside:
      try store(bytes, at: offset)
      try damage(at: offset + UInt64(bytes.count))
    case .lyingFlush, .ioError, .noSpace, .quota, .tooLarge, .interrupted, .shortWrite,
      .shortRead:
      preconditionFailure("\(fault) tells no lie about a write")
    }
  }

  /// Inverts the sector at `offset`, as far as the file reaches.
  private func damage(at offset: UInt64) throws(StorageError) {
    let start = Int(offset)
    let end = min(start + Int(Format.blockSize), inner.bytes.count)
    guard start < end else { return }
    try store(inner.bytes[start..<end].map { ~$0 }, at: offset)
  }
}

extension StorageFault {
  /// The error of a call that fails in this way.
  fileprivate func error(
    _ operation: StorageError.Operation, _ offset: UInt64? = nil
  ) -> StorageError {
    StorageError(operation, offset: offset, code: code, reason: rawValue)
  }

  /// The system's number of the error.
  public var code: Int32 {
    switch self {
    case .noSpace: ENOSPC
    case .quota: EDQUOT
    case .tooLarge: EFBIG
    case .interrupted: EINTR
    default: EIO
    }
  }
}
