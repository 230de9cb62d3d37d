import Testing
import VCIFormat

@testable import VCIFuzzing

struct `A discrepancy of programs` {
  private let failure = Discrepancy.failure(
    of: 2, "accepted-invalid", "VCI-RD-003", in: "open for writing", isFlaky: false,
    "open-rw IMG: expected refused, got taken")

  @Test
  func `is told from others by program, failure, requirement and area`() {
    #expect(failure.key == "adapter 2 accepted-invalid VCI-RD-003 open-for-writing")
    let other = Discrepancy.failure(
      of: 2, "accepted-invalid", "VCI-RD-003", in: "open for writing", isFlaky: true, "")
    #expect(other.key == "flaky 2 accepted-invalid VCI-RD-003 open-for-writing")
  }

  @Test
  func `is the same after it was text`() {
    let difference = Discrepancy.disagreement(
      in: "served", "rule", decidedBy: "VCI-RD-004", ["1,3=allowed", "2=wrong"], "a: b")
    let hole = Discrepancy.disagreement(
      in: "bytes", "hole", decidedBy: nil, ["1=allowed", "2=allowed"], "a: b")
    #expect(hole.key == "disagreement bytes hole none 1=allowed 2=allowed")
    for discrepancy in [failure, difference, hole] {
      #expect(Discrepancy(parsing: discrepancy.description) == discrepancy)
    }
  }

  @Test
  func `of several names those that were compared`() {
    let listed = { (terms: [String]) in
      CampaignReport.ListedDiscrepancy(
        iteration: 0, kind: "disagreement", rule: nil, terms: terms, key: "", detail: "",
        artifact: nil, notStored: nil, replay: "", kit: nil)
    }
    let key = ["served", "rule", "VCI-RD-004", "1,3=allowed", "12=wrong"]
    #expect(listed(key).compared == [1, 3, 12])
    #expect(listed(["served", "rule"]).compared == [])
  }

  @Test
  func `is the only one with words behind its kind`() {
    #expect(Discrepancy(parsing: "missed VCI-EXT-003 more: text") == nil)
    #expect(Discrepancy(parsing: "other 1 crashed: text") == nil)
    #expect(Discrepancy(parsing: "missed: text") == Discrepancy(.missed, nil, "text"))
  }
}
