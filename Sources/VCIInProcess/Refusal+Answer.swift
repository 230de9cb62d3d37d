internal import VCIConformance
internal import VCIFormat

extension Refusal {
  /// Returns the refusal as an answer.
  ///
  /// - Throws: `AdapterFailure.protocolViolation` for a rule that there is not.
  func answer() throws(AdapterFailure) -> PortAnswer {
    switch self {
    case .rule(let id):
      guard Rule(rawValue: id) != nil || Requirement.isKnown(id) else {
        throw .protocolViolation("there is no rule \(PrintableText(id))")
      }
      return .refused(PortAnswer.Refusal(rule: id))
    case .reason(let reason): return .refused(PortAnswer.Refusal(class: reason.rawValue))
    case .unsupported(let feature): return .unsupported(feature: feature.rawValue)
    case .notImplemented: return .notImplemented
    }
  }
}
