/// A requirement on programs ("Requirements for readers" and "Requirements for writers" in
/// `Specs/VCI.md`).
package enum Requirement: String, CaseIterable, Hashable, Sendable {
  case probe = "VCI-RD-001"
  case openForReading = "VCI-RD-002"
  case openForWriting = "VCI-RD-003"
  case damage = "VCI-RD-004"
  case harmlessFindings = "VCI-RD-005"
  case reads = "VCI-RD-006"
  case hostileBytes = "VCI-RD-007"
  case validAfterClose = "VCI-WR-001"
  case flag = "VCI-WR-002"
  case order = "VCI-WR-003"
  case flush = "VCI-WR-004"
  case fullCache = "VCI-WR-005"
  case creation = "VCI-WR-006"
  case modificationUUID = "VCI-WR-007"

  /// Whether the requirement is one on writers.
  var isOfWriters: Bool { rawValue.hasPrefix("VCI-WR-") }

  /// The operations and features without which a program is not asked about it.
  var needs: [String] {
    switch self {
    case .probe: ["probe"]
    case .openForReading, .harmlessFindings: ["open-ro"]
    case .openForWriting, .flag: ["open-rw"]
    case .damage, .reads: ["read"]
    case .hostileBytes: []
    case .validAfterClose, .order, .fullCache: ["open-rw", "write"]
    case .flush: ["flush"]
    case .creation: ["create"]
    case .modificationUUID: [Feature.modUUID.rawValue]
    }
  }

  /// Returns whether a requirement has this ID.
  package static func isKnown(_ id: String) -> Bool { Requirement(rawValue: id) != nil }
}
