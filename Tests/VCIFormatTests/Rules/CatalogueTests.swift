import Testing
import VCIFormat

/// The rules as the specification numbers them: ID, class (of a clean image, of a dirty one), stage
/// (in the root or a cycle, elsewhere), basis. Typed by hand.
private let table = """
  VCI-FILE-001 corruption probe layout
  VCI-FILE-002 advice check ruling
  VCI-FILE-003 advice check intent
  VCI-FILE-004 advice check intent
  VCI-FILE-005 corruption open layout
  VCI-FILE-006 corruption touch layout
  VCI-HDR-001 corruption probe layout
  VCI-HDR-002 corruption probe layout
  VCI-HDR-003 corruption open ruling
  VCI-HDR-004 corruption open ruling
  VCI-HDR-005 corruption open layout
  VCI-HDR-006 corruption open layout
  VCI-HDR-007 corruption open layout
  VCI-HDR-008 corruption open layout
  VCI-HDR-009 corruption open ruling
  VCI-HDR-010 advice check intent
  VCI-HDR-011 advice check intent
  VCI-HDR-012 advice check ruling
  VCI-SHD-001 dirty check intent
  VCI-MAP-001 corruption open layout
  VCI-MAP-002 corruption open layout
  VCI-MAP-003 corruption open layout
  VCI-MAP-004 corruption open layout
  VCI-MAP-005 summary check layout
  VCI-MAP-006 advice check ruling
  VCI-MAP-007 advice check intent
  VCI-MAP-008 corruption/summary modify layout
  VCI-MAP-009 summary check layout
  VCI-MAP-010 summary check ruling
  VCI-NODE-001 corruption open/touch layout
  VCI-NODE-002 corruption touch layout
  VCI-NODE-003 corruption/summary modify layout
  VCI-NODE-004 corruption touch/modify layout
  VCI-NODE-005 corruption modify layout
  VCI-NODE-006 corruption open/touch ruling
  VCI-NODE-007 corruption open/touch ruling
  VCI-NODE-008 advice check ruling
  VCI-NODE-009 corruption open/touch layout
  VCI-NODE-010 advice check ruling
  VCI-NODE-011 corruption modify ruling
  VCI-NODE-012 corruption touch ruling
  VCI-INT-001 corruption open/touch layout
  VCI-INT-002 corruption open/touch ruling
  VCI-INT-003 corruption touch layout
  VCI-EXT-001 corruption open/touch layout
  VCI-EXT-002 corruption open/touch ruling
  VCI-EXT-003 corruption touch layout
  VCI-EXT-004 corruption/summary modify layout
  VCI-EXT-005 corruption modify layout
  VCI-EXT-006 corruption modify layout
  VCI-EXT-007 corruption touch intent
  VCI-EXT-008 advice check intent
  VCI-LRU-001 summary check ruling
  VCI-LRU-002 summary check ruling
  VCI-OCC-001 leak/summary check layout
  """

struct `The catalogue` {
  private func line(_ rule: Rule) -> String {
    let clean = rule.ruleClass(dirty: false)
    let dirty = rule.ruleClass(dirty: true)
    let early = min(rule.stage(in: .root), rule.stage(in: .cycle))
    let late = max(rule.stage(in: .elsewhere), rule.stage(in: .shared))
    let ruleClass = clean == dirty ? "\(clean)" : "\(clean)/\(dirty)"
    let stage = early == late ? "\(early)" : "\(early)/\(late)"
    return "\(rule.id) \(ruleClass) \(stage) \(rule.basis)"
  }

  @Test
  func `is the table of the specification, in its order`() {
    let lines = table.split(separator: "\n").map(String.init)
    #expect(lines.count == 55)
    #expect(Rule.allCases.map(line) == lines)
  }

  @Test
  func `takes the early stage for the root and for cycles, and only there`() {
    #expect(Rule.nodeType.stage(in: .root) == .open)
    #expect(Rule.nodeType.stage(in: .elsewhere) == .touch)
    #expect(Rule.nodeNamedOnce.stage(in: .cycle) == .touch)
    #expect(Rule.nodeNamedOnce.stage(in: .shared) == .modify)
  }

  @Test
  func `finds a rule by its ID, and nothing by anything else`() {
    #expect(Rule(rawValue: "VCI-HDR-003") == .headerBlocks)
    #expect(Rule(rawValue: "VCI-EXT-003") == .extentInRange)
    for text in ["", "VCI-HDR-1", "vci-hdr-001", "HDR-001", "VCI-HDR-013", "VCI-HDR-001 "] {
      #expect(Rule(rawValue: text) == nil)
    }
  }

  @Test
  func `numbers its rules in a row`() {
    #expect(Rule.allCases.map(\.index) == Array(0..<55))
  }

  @Test
  func `says each rule in one line`() {
    for rule in Rule.allCases {
      #expect(!rule.statement.isEmpty && !rule.statement.contains("\n"))
      #expect(!rule.statement.hasSuffix("."))
    }
    #expect(Rule.headerSignature.statement == "the signature is 56 43 49 00")
    #expect(Rule.headerSignature.description == "VCI-HDR-001")
  }
}

struct `Stages` {
  @Test
  func `come in the order in which an image is used`() {
    #expect(Stage.allCases.sorted() == [.probe, .open, .touch, .modify, .check])
  }
}
