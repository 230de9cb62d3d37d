internal import VCIFormat

/// A report in words: what is wrong with a file, and what that means for the data.
public struct ReportText: CustomStringConvertible {
  private let name: String
  private let report: Report

  /// Makes the text of the report on the file called `name`.
  public init(_ report: Report, of name: String) {
    self.name = name
    self.report = report
  }

  public var description: String {
    var lines = ["\(name): \(Self.summary(of: report.verdict))"]
    lines += facts.map { "  " + $0 }
    for finding in report.findingsByClass {
      lines.append("  \(finding.ruleClass.rawValue): \(finding)")
      lines.append("    \(Self.meaning(of: finding))")
      if let detail = Self.details[finding.rule]?(finding) { lines.append("    \(detail)") }
      if let dialect = dialect(finding) { lines.append("    \(dialect)") }
    }
    if report.isTruncated { lines.append("  " + unshown) }
    lines.append("  " + Self.counts(of: report))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns the text for a file that could not be checked because of `error`.
  public static func failure(_ error: some Error, of name: String) -> String {
    "\(name): \(summary(of: .incomplete))\n  \(error)\n"
  }

  /// The line that counts the findings that are not listed.
  private var unshown: String {
    let counts = report.unkeptCounts.map { "\($0.rule) \($0.count)" }
    return "\(report.findingCount) findings, \(report.findings.count) shown; not shown: "
      + counts.joined(separator: ", ")
  }

  private static func summary(of verdict: Verdict) -> String {
    switch verdict {
    case .clean: "clean"
    case .incomplete: "could not be checked to the end"
    case .notAnImage: "not a VCI image"
    case .unsupportedVersion: "a VCI image of a version that nobody knows"
    case .corrupt: "corrupt"
    case .repairable: "the data is safe, but counters, lists or the bitmap are wrong"
    case .dirty: "not closed cleanly, and otherwise in order"
    }
  }

  private var facts: [String] {
    guard report.group > .probe, let header = report.header else {
      return ["\(report.byteCount) bytes"]
    }
    let type =
      switch CacheType(rawValue: header.cacheType) {
      case .dynamic: "dynamic"
      case .fixed: "fixed"
      case nil: "of unknown type"
      }
    var facts = ["\(report.byteCount) bytes, \(type), at most \(header.blocks) blocks"]
    if let tree = report.tree {
      facts.append(Self.words(tree))
    }
    if let recomputed = report.recomputed, recomputed != report.stored, let stored = report.stored {
      facts.append(
        "counters: free \(stored.free), metadata \(stored.metadata), data \(stored.data); "
          + "owned are metadata \(recomputed.metadata), data \(recomputed.data)")
    }
    return facts
  }

  private static func words(_ tree: Report.Tree) -> String {
    let levels = counted(tree.depth, "level", "levels")
    let nodes =
      tree.internalNodes == 0
      ? [] : [counted(tree.internalNodes, "internal node", "internal nodes")]
    let shape = [levels] + nodes + [counted(tree.leaves, "leaf", "leaves")]
    let extents = tree.extents == 1 ? "1 extent holds" : "\(tree.extents) extents hold"
    let blocks = tree.cachedBlocks == 1 ? "1 block" : "\(tree.cachedBlocks) blocks"
    return shape.joined(separator: ", ") + "; \(extents) \(blocks) of the disk"
  }

  private static func counted(_ number: Int, _ one: String, _ many: String) -> String {
    number == 1 ? "1 \(one)" : "\(number) \(many)"
  }

  /// Returns what a finding means for the data.
  private static func meaning(of finding: Violation) -> String {
    switch (finding.ruleClass, finding.stage) {
    case (.corruption, .probe): "no reader takes the file for an image it can read"
    case (.corruption, .open): "every reader must refuse the image; what it caches is lost"
    case (.corruption, .touch): "the blocks behind this cannot be read; the others can"
    case (.corruption, _): "the data can be read, but a writer would overwrite some of it"
    case (.summary, _): "nothing is lost; the right value follows from the rest of the image"
    case (.leak, _): "space is lost until it is reclaimed; the data is safe"
    case (.dirty, _): "the last writer did not close it; its bitmap may be out of date"
    case (.advice, _): "allowed, but not what a careful writer leaves"
    }
  }

  /// What the number of a finding means, for the rules whose statements do not say that.
  private static let details: [Rule: @Sendable (Violation) -> String?] = [
    .headerSignature: { "the bytes there are \(bytes(of: $0.actual))" },
    .mapMagic: { "the bytes there are \(bytes(of: $0.actual))" },
    .extentAllocated: { "block \($0.actual) is the first whose bit is clear" },
    .nodeAllocated: { "block \($0.actual) is the first whose bit is clear" },
    .blockOwned: {
      $0.actual > 1 ? "it is the first of \($0.actual) that belong to nobody" : nil
    },
    .nodeNamedOnce: {
      $0.stage == .touch
        ? "block \($0.actual) is the root, or a node above this entry: a search would go round"
        : "the node at block \($0.actual) is named by an entry before this one"
    },
    .internalNodeUsed: { "it has \($0.actual) used entries" },
    .leafUsed: { "it has \($0.actual) used entries" },
    .leavesLevel: { "it is at level \($0.actual), the first leaf at \($0.expected)" },
    .treeDepth: { _ in "it leads to a level below the 16th, which nobody reads" },
    .childWithinEntry: {
      "the child holds disk block \($0.actual), which this entry does not cover"
    },
  ]

  /// Returns a number of 32 bits as its bytes in the file.
  private static func bytes(of number: UInt64) -> String {
    (0..<4).map { place in
      let digits = String(number >> (8 * UInt64(place)) & 0xff, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined(separator: " ")
  }

  /// Returns which known program seems to have written a file that is not an image.
  private func dialect(_ finding: Violation) -> String? {
    guard finding.rule == .headerSignature || finding.rule == .fileHoldsHeader,
      let signature = report.header?.signature
    else { return nil }
    switch signature {
    case 0x5643_4900: return "it looks like the format from before VirtualBox 4.0"
    case 0xff56_4356:
      return "it looks like what VirtualBox 4.2 and later write, which hold no cache at all"
    default: return nil
    }
  }

  private static func counts(of report: Report) -> String {
    RuleClass.allCases.map { "\($0.rawValue) \(report.count(of: $0))" }.joined(separator: ", ")
  }
}
