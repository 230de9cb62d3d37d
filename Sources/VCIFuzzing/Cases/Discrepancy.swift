public import VCIFormat

/// A way in which checker or reference is not as it must be.
public enum DiscrepancyKind: String, CaseIterable, Codable, Sendable {
  /// A rule was forecast and not found.
  case missed
  /// A rule was found and not forecast.
  case unexpected
  /// A rule was found twice on one object.
  case repeated
  /// Probe took what it must refuse (VCI-RD-001).
  case probeAccepted = "probe-accepted"
  /// Probe refused what it must take (VCI-RD-001).
  case probeRefused = "probe-refused"
  /// Open took what it must refuse (VCI-RD-002).
  case openAccepted = "open-accepted"
  /// Open refused what it must take (VCI-RD-002, VCI-RD-005).
  case openRefused = "open-refused"
  /// The rule that was named is not broken (VCI-RD-002).
  case wrongRule = "wrong-rule"
  /// Blocks were served through damage (VCI-RD-004).
  case servedDamage = "served-damage"
  /// Blocks were served that are not cached, or others than those (VCI-RD-006).
  case wrongBytes = "wrong-bytes"
  /// A hit or a miss of no block, or of more than there are (VCI-RD-006).
  case wrongCount = "wrong-count"
  /// Cached blocks were missed in an image without damage (VCI-RD-006).
  case falseMiss = "false-miss"
  /// A read failed in an image without damage (VCI-RD-005, VCI-RD-006).
  case readRefused = "read-refused"
  /// A read among damage is answered otherwise than the reference is specified to.
  case otherAnswer = "other-answer"
  /// Opening for writing took what it must refuse (VCI-RD-003).
  case writingAccepted = "writing-accepted"
  /// Opening for writing refused what it must take (VCI-RD-003).
  case writingRefused = "writing-refused"
  /// The file was changed by an open, or by an image that is open for reading (VCI-RD-007).
  case writtenUnasked = "written-unasked"
  /// An operation failed, or succeeded where it must be refused (VCI-WR-005).
  case operationFailed = "operation-failed"
  /// Blocks are missed that were written, and not reported as lost (VCI-WR-001, VCI-WR-005).
  case lostBlocks = "lost-blocks"
  /// What was reported as lost was not cached, or is not what was counted.
  case wrongLoss = "wrong-loss"
  /// The image is not clean after a close (VCI-WR-001).
  case uncleanClose = "unclean-close"
  /// After a close the tree holds more or less than is cached (VCI-WR-001).
  case otherTree = "other-tree"
  /// The file was changed while it says that it was closed cleanly (VCI-WR-002).
  case unflagged
  /// The file is larger than the cache.
  case overgrown
  /// More was read of the file than the image can need (VCI-RD-007).
  case overwork
  /// The process died (VCI-RD-007).
  case trapped
  /// The process did not come back (VCI-RD-007).
  case stuck
}

/// A discrepancy of one iteration.
public struct Discrepancy: Hashable, Sendable {
  /// What is wrong.
  public let kind: DiscrepancyKind
  /// The rule that it is about.
  public let rule: Rule?
  /// What was expected and what came, in one line.
  public let detail: String

  /// Makes a discrepancy of these values.
  public init(_ kind: DiscrepancyKind, _ rule: Rule? = nil, _ detail: String) {
    self.kind = kind
    self.rule = rule
    self.detail = detail
  }

  /// What makes two discrepancies one: kind and rule.
  public var key: String { [kind.rawValue, rule?.id].compactMap(\.self).joined(separator: " ") }
}

extension Discrepancy: CustomStringConvertible {
  /// The discrepancy in a line: what `init(parsing:)` reads back.
  public var description: String { "\(key): \(detail)" }

  /// Reads a discrepancy as `description` writes it; `nil` for any other text.
  init?(parsing text: String) {
    let end = text.firstIndex(of: ":") ?? text.endIndex
    let words = text[..<end].split(separator: " ")
    guard end < text.endIndex, (1...2).contains(words.count),
      let kind = DiscrepancyKind(rawValue: String(words[0]))
    else { return nil }
    let rule = words.count == 2 ? Rule(rawValue: String(words[1])) : nil
    guard words.count == 1 || rule != nil else { return nil }
    self.init(kind, rule, String(text[end...].dropFirst().drop { $0 == " " }))
  }
}

extension Discrepancy: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let discrepancy = Discrepancy(parsing: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "it is no discrepancy")
    }
    self = discrepancy
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
