/// A way in which a disk fails: a class of faults, each with its own switch.
///
/// The raw value is its name in `Specs/FaultClasses.md`.
public enum StorageFault: String, CaseIterable, Sendable {
  // A call fails and says so.
  /// The disk cannot do it: EIO.
  case ioError = "EIO"
  /// The disk is full: ENOSPC.
  case noSpace = "ENOSPC"
  /// The owner's quota is full: EDQUOT.
  case quota = "EDQUOT"
  /// The file may not be larger: EFBIG.
  case tooLarge = "EFBIG"
  /// A signal came, and the call was not repeated: EINTR.
  case interrupted = "EINTR"
  /// A write stores its first half, and then fails with EIO.
  case shortWrite = "short write"
  /// A read ends after half of its bytes, as if the file did.
  case shortRead = "short read"

  // A call succeeds and lies.
  /// Of a write the first half of its sectors arrives, of one sector the first half of its bytes.
  case tornWrite = "torn write"
  /// Nothing of a write arrives.
  case lostWrite = "lost write"
  /// A write arrives some sectors beside its place, which stays as it was.
  case misdirectedWrite = "misdirected write"
  /// One sector of a write, the last, stays as it was.
  case staleSector = "stale sector"
  /// One byte of a write has a wrong bit.
  case rot = "rot of a byte"
  /// The sector after those that were written is damaged.
  case damageBeside = "damage beside"
  /// A flush returns, and nothing is durable.
  case lyingFlush = "lying flush"

  /// Whether the call that fails says so.
  public var isReported: Bool {
    switch self {
    case .ioError, .noSpace, .quota, .tooLarge, .interrupted, .shortWrite, .shortRead: true
    case .tornWrite, .lostWrite, .misdirectedWrite, .staleSector, .rot, .damageBeside,
      .lyingFlush:
      false
    }
  }

  /// Whether it says that there is no room, which is no failure of a write of the cache.
  public var isForWantOfRoom: Bool {
    switch self {
    case .noSpace, .quota, .tooLarge: true
    default: false
    }
  }

  /// Whether it strikes a call of a kind.
  func strikes(_ call: FaultyStorage.Call) -> Bool {
    switch self {
    case .ioError, .interrupted: true
    case .noSpace, .quota: call == .write || call.changesLength || call == .flush
    case .tooLarge: call == .write || call.changesLength
    case .shortRead: call == .read
    case .shortWrite, .tornWrite, .lostWrite, .misdirectedWrite, .staleSector, .rot,
      .damageBeside:
      call == .write
    case .lyingFlush: call == .flush
    }
  }
}
