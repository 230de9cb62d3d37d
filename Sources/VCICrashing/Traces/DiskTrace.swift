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
}
