public import Testing
public import VCIFormat

/// The rules that a test proves.
public struct Evidence: TestTrait, SuiteTrait {
  /// The rules.
  public let rules: [Rule]
}

extension Trait where Self == Evidence {
  /// Says that the test proves `rules`; a test over the sources holds it against the catalogue.
  public static func evidence(of rules: Rule...) -> Evidence { Evidence(rules: rules) }
}
