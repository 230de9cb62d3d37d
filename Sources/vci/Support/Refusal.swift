internal import VCICommandLine
internal import VCIFormat

/// A refusal because of damage, as an object in the words of verdicts.
struct Refusal: Encodable {
  private let block: String
  /// The number of blocks of a read; `nil` for a list of extents.
  private let count: String?
  private let state = "refused"
  private let rule: String
  /// The first byte of the place of the damage.
  private let offset: String

  /// Makes the refusal of `count` blocks from `block` on.
  init(_ block: BlockOffset, _ count: BlockCount? = nil, for violation: Violation) {
    self.block = "\(block)"
    self.count = count.map { "\($0)" }
    rule = violation.rule.id
    offset = "\(violation.offset)"
  }

  /// The refusal as a line of JSON, without a line end.
  var line: String { String(Output.json(self).dropLast()) }
}
