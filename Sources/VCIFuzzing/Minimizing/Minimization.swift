public import SystemPackage
internal import VCIFormat
internal import VCIGenerators

/// What came of minimizing a case.
public struct Minimization: Sendable {
  /// How large a case is.
  public struct Measure: Hashable, Sendable {
    /// The number of its edits.
    public let edits: Int
    /// The number of its operations.
    public let operations: Int
    /// The bytes of its image.
    public let bytes: UInt64

    init(_ fuzzCase: FuzzCase) {
      edits = fuzzCase.advice.count + fuzzCase.edits.count
      operations = fuzzCase.workload?.operations.count ?? 0
      bytes = fuzzCase.image.bytes.size
    }
  }

  /// How large the plan of the minimized case is, without edits.
  public struct Plan: Hashable, Sendable {
    /// The blocks of the cache.
    public let blocks: UInt64
    /// The bytes of the file.
    public let bytes: UInt64
    /// The number of nodes; `nil` if the image that stands for a plan has no tree.
    public let nodes: Int?
    /// The number of extents; `nil` if the image that stands for a plan has no tree.
    public let extents: Int?
  }

  /// Kind and rule of the discrepancy that the minimized case still has. If that case has a
  /// forecast and the original one had none, the kind may be another.
  public let key: String
  /// How large the case was.
  public let before: Measure
  /// How large the minimized case is.
  public let after: Measure
  /// The plan of the minimized case.
  public let plan: Plan
  /// The edits that are left, in words.
  public let edits: [String]
  /// The operations that are left, in words.
  public let operations: [String]
  /// The discrepancies of the minimized case: kind, rule, and what was expected and came.
  public let findings: [String]
  /// The number of cases that were tried.
  public let attempts: Int
  /// Whether nothing more could be left out or lowered; `false` if attempts ran out, or it was
  /// interrupted.
  public let isFinished: Bool
  /// The file of the minimized case.
  public let path: FilePath
}

extension Minimization.Measure: Encodable {
  private enum Key: String, CodingKey {
    case edits, operations, bytes
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(edits, forKey: .edits)
    try object.encode(operations, forKey: .operations)
    try object.encode(JSONNumber(bytes), forKey: .bytes)
  }
}

extension Minimization.Plan: Encodable {
  private enum Key: String, CodingKey {
    case blocks, bytes, nodes, extents
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode("\(blocks)", forKey: .blocks)
    try object.encode(JSONNumber(bytes), forKey: .bytes)
    try object.encode(nodes, forKey: .nodes)
    try object.encode(extents, forKey: .extents)
  }
}
