internal import VCIFormat

/// What is done to an image, one operation after the other.
public struct Workload: Hashable, Sendable {
  /// The operations, in order.
  public var operations: [CacheOperation]

  /// Makes a workload of these operations.
  public init(_ operations: [CacheOperation] = []) {
    self.operations = operations
  }

  /// The most blocks that a write or a read names.
  public static let longestRequest: UInt64 = 2100
}

extension Workload {
  /// The operations as lines.
  public var lines: [String] { operations.map(\.description) }

  /// Reads operations as `lines` gives them; `nil` where one is none, or moves more blocks than
  /// `longestRequest`.
  public init?(parsing lines: [String]) {
    operations = lines.compactMap { CacheOperation(parsing: $0) }
    guard operations.count == lines.count, operations.allSatisfy(\.isOfUsualSize) else {
      return nil
    }
  }
}

extension CacheOperation {
  fileprivate var isOfUsualSize: Bool {
    switch self {
    case .write(_, let count, version: _), .read(_, let count):
      count.rawValue <= Workload.longestRequest
    case .discard, .flush, .close, .reopen: true
    }
  }
}
