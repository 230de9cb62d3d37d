/// A kind of call that a writer makes of its storage; the raw value is its name in reports.
package enum DiskCall: String, CaseIterable, Sendable {
  case read
  case write
  /// A change of the length.
  case length
  /// A reservation of space.
  case reserve
  case flush
}

/// How many calls failed, by kind.
package struct FailedCalls: Hashable, Sendable, Codable {
  private(set) var read: UInt64 = 0
  private(set) var write: UInt64 = 0
  private(set) var length: UInt64 = 0
  private(set) var reserve: UInt64 = 0
  private(set) var flush: UInt64 = 0

  /// The number of calls of a kind that failed.
  package subscript(call: DiskCall) -> UInt64 { self[keyPath: Self.path(of: call)] }

  /// The number of all calls that failed.
  package var sum: UInt64 { DiskCall.allCases.reduce(0) { $0 &+ self[$1] } }

  /// Counts a call that failed.
  mutating func note(_ call: DiskCall) { self[keyPath: Self.path(of: call)] &+= 1 }

  static func += (left: inout Self, right: Self) {
    for call in DiskCall.allCases { left[keyPath: path(of: call)] &+= right[call] }
  }

  private static func path(of call: DiskCall) -> WritableKeyPath<Self, UInt64> {
    switch call {
    case .read: \.read
    case .write: \.write
    case .length: \.length
    case .reserve: \.reserve
    case .flush: \.flush
    }
  }
}
