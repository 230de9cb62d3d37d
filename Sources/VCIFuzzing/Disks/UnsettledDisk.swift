internal import PropertyEngine

extension RandomStream {
  /// What of unflushed writes reaches the disk.
  fileprivate static let crashes = RandomStream(rawValue: 7)
}

/// A disk that knows which bytes of a file are durable, and what was asked for since.
struct UnsettledDisk {
  /// The bytes of the last flush.
  private var durable: [UInt8]
  private var events: [DiskTrace.Event] = []
  /// The index of the first event of the operation that is to be crashed; `nil` if none is.
  private var start: Int?

  /// Makes the disk of a file whose bytes are all durable.
  init(_ durable: [UInt8]) {
    self.durable = durable
  }

  /// Notes that the operation begins that is to be crashed. Flushes keep what was before them from
  /// now on.
  mutating func begin() { start = events.count }

  /// The number of changes that the operation has asked for.
  var calls: Int { events.count - (start ?? events.count) }

  /// Adds a change, after it has succeeded.
  mutating func append(_ event: DiskTrace.Event) {
    guard case .flush = event, start == nil else { return events.append(event) }
    for event in events { event.apply(to: &durable) }
    events.removeAll(keepingCapacity: true)
  }

  /// Returns what the disk holds if the machine ends while change `call` of the operation is on its
  /// way: what was flushed before, and of the rest what the disk model allows; all of it if `seed`
  /// is 0.
  func crashed(in call: UInt32, seed: UInt64) -> [UInt8] {
    let start = start ?? events.count
    let end = start + min(calls, Int(clamping: call))
    var bytes = durable
    var first = 0
    if let flush = events[..<end].lastIndex(where: \.isFlush) {
      for event in events[..<flush] { event.apply(to: &bytes) }
      first = flush + 1
    }
    var epoch = Epoch(after: bytes)
    for event in events[first..<end] { epoch.add(event) }
    let before = epoch.steps.count
    if end < events.count { epoch.add(events[end]) }
    guard seed != 0 else { return epoch.whole }
    var random = RandomSource(seed: seed, index: UInt64(call), stream: .crashes)
    let step = before + Int(random.next() % UInt64(epoch.steps.count - before + 1))
    var state = epoch.drawnState(at: step, from: &random)
    let lengths = epoch.lengths(after: step)
    let length =
      random.next() % 2 == 0 ? lengths[0] : lengths[Int(random.next() % UInt64(lengths.count))]
    if length < state.count { state.removeLast(state.count - length) }
    state.append(contentsOf: repeatElement(0, count: length - state.count))
    return state
  }
}

extension Epoch {
  /// Adds a write or a change of the length.
  fileprivate mutating func add(_ event: DiskTrace.Event) {
    switch event {
    case .write(let offset, let bytes): write(bytes, at: Int(clamping: offset))
    case .setLength(let length): setLength(Int(clamping: length))
    case .flush, .begin, .end: break
    }
  }
}

extension DiskTrace.Event {
  fileprivate var isFlush: Bool { if case .flush = self { true } else { false } }
}
