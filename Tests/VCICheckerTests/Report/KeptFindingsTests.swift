import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `Findings that are kept` {
  /// Three extents with a stray reserved byte, the last with a flag too.
  private let stray = HandmadeImage.three.changed {
    for slot in 0..<3 { $0.bytes[HandmadeImage.slot(slot) + 17] = 1 }
    $0.bytes[HandmadeImage.slot(2) + 16] = 1
  }

  @Test(arguments: 0...4)
  func `have the first of every rule, however many come before it`(budget: Int) throws {
    let report = try Checker(budget: budget).check(BytesSource(stray.bytes))
    #expect(report.count(of: .extentReservedZero) == 3)
    #expect(report.count(of: .extentFlags) == 1)
    #expect(report.brokenRules == [.extentFlags, .extentReservedZero])
    let kept = [2, 2, 3, 3, 4][budget]
    #expect(report.findings.count == kept)
    #expect(report.findings.contains { $0.rule == .extentFlags })
    #expect(report.isTruncated == (kept < 4))
    #expect(report.unkeptCounts.map(\.rule) == (kept < 4 ? [.extentReservedZero] : []))
    #expect(report.unkeptCounts.map(\.count) == (kept < 4 ? [4 - kept] : []))
    // Reported in walk order, told of by class.
    #expect(report.findings.first?.rule == .extentReservedZero)
    #expect(report.findingsByClass.first?.rule == .extentFlags)
    #expect(
      report.findingsByClass.map(\.offset) == [2141]
        + report.findings.compactMap {
          $0.rule == .extentFlags ? nil : $0.offset
        })
  }

  @Test(arguments: [0, 1, 2, 3, 4, 1000])
  func `have the first clear bit of map, node and extent`(budget: Int) throws {
    let image = HandmadeImage.tree.changed { image in
      for block in 0..<35 as Range<UInt64> { image.clearBit(of: block) }
    }
    let report = try Checker(budget: budget).check(BytesSource(image.bytes))
    #expect(report.count(of: .mapHoldsMetadata) == 3)
    #expect(report.count(of: .nodeAllocated) == 2)
    #expect(report.count(of: .extentAllocated) == 3)
    #expect(report.count(of: .corruption) == 8)
    for rule in [.mapHoldsMetadata, .nodeAllocated, .extentAllocated, .mapFreeCount] as [Rule] {
      #expect(report.findings.contains { $0.rule == rule }, "\(rule)")
    }
    #expect(report.findings.first { $0.rule == .extentAllocated }?.actual == 28)
    #expect(report.findings.first { $0.rule == .nodeAllocated }?.actual == 12)
    #expect(
      report.findingCount == report.findings.count + report.unkeptCounts.reduce(0) { $0 + $1.count }
    )
  }

  @Test
  func `are followed by what is left out`() throws {
    let report = try Checker(budget: 1).check(BytesSource(stray.bytes))
    let text = "\(ReportText(report, of: "a.vci"))"
    #expect(text.contains("\n  4 findings, 2 shown; not shown: VCI-EXT-008 2\n"))
    let lines = text.split(separator: "\n").filter { $0.contains("VCI-") }
    #expect(lines.first?.hasPrefix("  corruption: VCI-EXT-007 at ") == true)
    let json = ReportJSON.line(report, of: FileName("a.vci"))
    #expect(json.contains(#""rules":{"VCI-EXT-007":1,"VCI-EXT-008":3}"#))
    #expect(json.contains(#""findings":[{"actual":"1","class":"corruption""#))
  }
}
