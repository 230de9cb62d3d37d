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
    if isDisagreement { return terms.first }
    return program == nil ? nil : terms[3]
  }

  /// Whether programs of others differ.
  package var isDisagreement: Bool { kind == DiscrepancyKind.disagreement.rawValue }

  /// Of a disagreement: why programs differ, as a matrix names it; `nil` of anything else.
  package var cause: String? { isDisagreement && terms.count > 1 ? terms[1] : nil }

  /// Of a disagreement: the rule or requirement that decides; `nil` if none does.
  var decidedBy: String? {
    guard isDisagreement, terms.count > 2, terms[2] != Discrepancy.undecided else { return nil }
    return terms[2]
  }

  /// Of a disagreement: the programs of each side.
  var answers: [String] { isDisagreement ? Array(terms.dropFirst(3)) : [] }

  /// Of a disagreement: the numbers of the programs that were compared, from 1.
  package var compared: [Int] {
    answers.flatMap { side in
      side.prefix { $0 != "=" }.split(separator: ",").compactMap { Int($0) }
    }
  }

  /// Whether a kit can be made: a program fails, each time, or programs differ.
  package var wantsKit: Bool {
    kind == DiscrepancyKind.adapter.rawValue && program != nil || isDisagreement
  }

  /// The lines of a report about the kit.
  var kitLines: [String] {
    switch kit {
    case .made(let path): ["  kit: \(FileName(path))"]
    case .missing(let reason): ["  kit: none: \(PrintableText(reason))"]
    case nil: []
    }
  }
}
