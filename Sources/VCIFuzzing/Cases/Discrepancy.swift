public import VCIFormat

/// A way in which checker or reference differs from what is expected.
public enum DiscrepancyKind: String, CaseIterable, Codable, Sendable {
  /// A rule was forecast and not found.
  case missed
  /// A rule was found and not forecast.
  case unexpected
  /// A rule was found twice on one object.
  case repeated
  /// Probe accepted an image that it must refuse (VCI-RD-001).
  case probeAccepted = "probe-accepted"
  /// Probe refused an image that it must accept (VCI-RD-001).
  case probeRefused = "probe-refused"
  /// An open for reading accepted an image that it must refuse (VCI-RD-002).
  case openAccepted = "open-accepted"
  /// An open for reading refused an image that it must accept (VCI-RD-002, VCI-RD-005).
  case openRefused = "open-refused"
  /// A refusal named no rule, or one that is not broken or not specified (VCI-RD-002).
  case wrongRule = "wrong-rule"
  /// A read served blocks through damage (VCI-RD-004).
  case servedDamage = "served-damage"
  /// A read served blocks that are not cached, or other bytes than those cached (VCI-RD-006,
  /// VCI-WR-003, VCI-WR-004).
  case wrongBytes = "wrong-bytes"
  /// A hit or a miss has a wrong number of blocks, such as none (VCI-RD-006).
  case wrongCount = "wrong-count"
  /// A read missed cached blocks in an image without damage (VCI-RD-006).
  case falseMiss = "false-miss"
  /// A read failed in an image without damage (VCI-RD-005, VCI-RD-006).
  case readRefused = "read-refused"
  /// A read in a damaged image has another result than specified for the reference.
  case otherAnswer = "other-answer"
  /// An open for writing accepted an image that it must refuse (VCI-RD-003).
  case writingAccepted = "writing-accepted"
  /// An open for writing refused an image that it must accept (VCI-RD-003).
  case writingRefused = "writing-refused"
  /// An open, or an image that is open for reading, changed the file (VCI-RD-007).
  case writtenUnasked = "written-unasked"
  /// An operation failed, or succeeded although it must be refused (VCI-WR-005).
  case operationFailed = "operation-failed"
  /// Cached blocks are missing that were not reported as lost (VCI-WR-001, VCI-WR-004, VCI-WR-005).
  case lostBlocks = "lost-blocks"
  /// A reported loss concerns blocks that were not cached, or was needless, or differs from the
  /// counts.
  case wrongLoss = "wrong-loss"
  /// The image is not clean after a close (VCI-WR-001).
  case uncleanClose = "unclean-close"
  /// After a close the tree or its list holds more or fewer blocks than are cached (VCI-WR-001).
  case otherTree = "other-tree"
  /// The file was changed while its unclean flag was 0, or is not clean after a crash although the
  /// flag is 0 (VCI-WR-002).
  case unflagged
  /// What a crash leaves breaks a rule of class corruption (VCI-WR-003).
  case crashDamage = "crash-damage"
  /// An operation succeeded although a call of it failed (VCI-WR-001).
  case failureHidden = "failure-hidden"
  /// The file is larger than the cache.
  case overgrown
  /// More bytes of the file were requested than the image can require (VCI-RD-007).
  case overwork
  /// The process died (VCI-RD-007).
  case trapped
  /// The process did not return (VCI-RD-007).
  case stuck
  /// A program of somebody else failed, also in a process of its own.
  case adapter
  /// A program of somebody else failed, and not again in a process of its own.
  case flaky
  /// Programs of others answered the same request differently, and no clause leaves that to them.
  case disagreement
}

extension DiscrepancyKind {
  /// Whether probe, an open for reading or a read does something else than it must: it accepts or
  /// refuses, serves or misses, delivers other bytes, or does not end. To name another rule is no
  /// other behaviour.
  var isBehaviour: Bool {
    switch self {
    case .probeAccepted, .probeRefused, .openAccepted, .openRefused, .servedDamage, .wrongBytes,
      .wrongCount, .falseMiss, .readRefused, .otherAnswer, .overwork, .trapped, .stuck:
      true
    case .missed, .unexpected, .repeated, .wrongRule, .writingAccepted, .writingRefused,
      .writtenUnasked, .operationFailed, .lostBlocks, .wrongLoss, .uncleanClose, .otherTree,
      .unflagged, .crashDamage, .failureHidden, .overgrown, .adapter, .flaky, .disagreement:
      false
    }
  }
}

/// A discrepancy of one iteration.
public struct Discrepancy: Hashable, Sendable {
  /// The kind of discrepancy.
  public let kind: DiscrepancyKind
  /// The rule of the discrepancy, if it has one.
  public let rule: Rule?
  /// What tells discrepancies of programs of others from each other, as words; empty for any other
  /// kind.
  public let terms: [String]
  /// The expected and the actual result, in one line.
  public let detail: String

  /// Makes a discrepancy of these values.
  public init(_ kind: DiscrepancyKind, _ rule: Rule? = nil, _ detail: String) {
    self.init(kind, rule, [], detail)
  }

  init(_ kind: DiscrepancyKind, _ rule: Rule?, _ terms: [String], _ detail: String) {
    (self.kind, self.rule, self.terms, self.detail) = (kind, rule, terms, detail)
  }

  /// Kind, rule and terms. Discrepancies with equal keys count as the same one.
  public var key: String {
    ([kind.rawValue, rule?.id].compactMap(\.self) + terms).joined(separator: " ")
  }
}

extension Discrepancy: CustomStringConvertible {
  /// The discrepancy in one line. `init(parsing:)` parses it.
  public var description: String { "\(key): \(detail)" }

  /// Parses the `description` of a discrepancy. Returns `nil` for any other text.
  init?(parsing text: String) {
    let end = text.firstIndex(of: ":") ?? text.endIndex
    let words = text[..<end].split(separator: " ")
    guard end < text.endIndex, let first = words.first,
      let kind = DiscrepancyKind(rawValue: String(first))
    else { return nil }
    let detail = String(text[end...].dropFirst().drop { $0 == " " })
    if kind.isOfPrograms {
      self.init(kind, nil, words.dropFirst().map { String($0) }, detail)
      return
    }
    let rule = words.count == 2 ? Rule(rawValue: String(words[1])) : nil
    guard words.count == 1 || rule != nil else { return nil }
    self.init(kind, rule, detail)
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
