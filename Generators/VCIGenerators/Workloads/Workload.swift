internal import VCIFormat

/// A sequence of operations on one image.
package struct Workload: Hashable, Sendable {
  package var operations: [CacheOperation]

  package init(_ operations: [CacheOperation] = []) {
    self.operations = operations
  }

  /// The most blocks of a write or a read.
  package static let longestRequest: UInt64 = 2100
}

extension Workload {
  /// The operations as lines.
  package var lines: [String] { operations.map(\.description) }

  /// Parses operations in the form of `lines`; `nil` if a line is no operation, or writes or reads
  /// more blocks than `longestRequest`.
  package init?(parsing lines: [String]) {
    operations = lines.compactMap { CacheOperation(parsing: $0) }
    guard operations.count == lines.count, operations.allSatisfy(\.isShortEnough) else {
      return nil
    }
  }
}

extension CacheOperation {
  fileprivate var isShortEnough: Bool {
    switch self {
    case .write(_, let count, version: _), .read(_, let count):
      count.rawValue <= Workload.longestRequest
    case .discard, .flush, .close, .reopen, .crash, .fail: true
    }
  }
}
