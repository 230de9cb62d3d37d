/// What a writer asked of the disk that has its file, in order, and what the file was before.
///
/// It does not depend on the program that was recorded.
package struct DiskTrace: Hashable, Sendable {
  /// One request, or a mark between two requests.
  package enum Event: Hashable, Sendable {
    /// Bytes were written from a byte on; the file grows if they reach past its end.
    case write(offset: UInt64, bytes: [UInt8])
    /// The file was cut to a number of bytes, or extended by zeros.
    case setLength(UInt64)
    /// All that was asked for before is durable once this has returned.
    case flush
    /// The operation with this number begins; operations are numbered from 0 in their order.
    case begin(Int)
    /// The operation with this number has returned.
    case end(Int)
  }

  /// The bytes of the file before the first event, all of them durable.
  package let initial: [UInt8]
  package private(set) var events: [Event] = []

  /// Makes a trace without events.
  package init(of initial: [UInt8]) {
    self.initial = initial
  }

  package mutating func append(_ event: Event) { events.append(event) }

  /// Notes that a flush has failed: what was written since the last one never reaches the disk,
  /// though programs that read the file see it. The file has the length that it was given.
  package mutating func failFlush() {
    var kept = events.count
    while kept > 0, events[kept - 1] != .flush { kept -= 1 }
    var length = DiskTrace.length(of: initial, events[..<kept])
    for index in events.indices[kept...] {
      switch events[index] {
      case .write(let offset, let bytes):
        length = max(length, offset + UInt64(bytes.count))
        events[index] = .setLength(length)
      case .setLength(let new): length = new
      case .flush, .begin, .end: break
      }
    }
  }

  /// The length of the file after events.
  private static func length(of initial: [UInt8], _ events: ArraySlice<Event>) -> UInt64 {
    events.reduce(into: UInt64(initial.count)) { length, event in
      switch event {
      case .write(let offset, let bytes): length = max(length, offset + UInt64(bytes.count))
      case .setLength(let new): length = new
      case .flush, .begin, .end: break
      }
    }
  }
}

extension DiskTrace.Event {
  /// Does to `bytes` what the event asks of the disk.
  package func apply(to bytes: inout [UInt8]) {
    switch self {
    case .write(let offset, let written):
      let start = Int(clamping: offset)
      let end = start + written.count
      if end > bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
      }
      bytes.replaceSubrange(start..<end, with: written)
    case .setLength(let length):
      let length = Int(clamping: length)
      if length < bytes.count { bytes.removeLast(bytes.count - length) }
      bytes.append(contentsOf: repeatElement(0, count: length - bytes.count))
    case .flush, .begin, .end: break
    }
  }
}
