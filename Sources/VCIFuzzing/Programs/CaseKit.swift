package import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// The kit of a failure that a campaign found, or why there is none.
package enum CaseKit: Hashable, Sendable {
  case made(FilePath)
  case missing(String)
}

extension CaseKit {
  /// The folder of the kit.
  var path: FilePath? { if case .made(let path) = self { path } else { nil } }

  /// Why there is no kit.
  var reason: String? { if case .missing(let reason) = self { reason } else { nil } }
}

extension CampaignReport.ListedDiscrepancy {
  /// The number of the program that failed, counted from 1; `nil` if the discrepancy is of no
  /// single program.
  package var program: Int? { terms.count == 4 ? Int(terms[0]) : nil }

  /// The kind of failure of a program, as reports of conformance name it; `nil` if the discrepancy
  /// is of no single program.
  package var failure: String? { program == nil ? nil : terms[1] }

  /// The area of a discrepancy of programs; `nil` if it is of checker and reference.
  var area: String? {
    if kind == DiscrepancyKind.disagreement.rawValue { return terms.first }
    return program == nil ? nil : terms[3]
  }

  /// Whether a kit can be made: a program fails, each time.
  package var wantsKit: Bool { kind == DiscrepancyKind.adapter.rawValue && program != nil }

  /// The lines of a report about the kit.
  var kitLines: [String] {
    switch kit {
    case .made(let path): ["  kit: \(FileName(path))"]
    case .missing(let reason): ["  kit: none: \(PrintableText(reason))"]
    case nil: []
    }
  }
}
