public import SystemPackage
internal import VCIFormat
internal import VCIGenerators

/// The result of minimizing a case.
public struct Minimization: Sendable {
  /// The size of a case.
  public struct Measure: Hashable, Sendable {
    /// The number of edits.
    public let edits: Int
    /// The number of operations.
    public let operations: Int
    /// The size of the image, in bytes.
    public let bytes: UInt64

    init(_ fuzzCase: FuzzCase) {
      edits = fuzzCase.advice.count + fuzzCase.edits.count
      operations = fuzzCase.workload?.operations.count ?? 0
      bytes = fuzzCase.image.bytes.size
    }
  }

  /// The size of the plan of the minimized case, without edits.
  public struct Plan: Hashable, Sendable {
    /// The size of the cache, in blocks.
    public let blocks: UInt64
    /// The size of the file, in bytes.
    public let bytes: UInt64
    /// The number of nodes; `nil` if a check finds no tree in the image of the base.
    public let nodes: Int?
    /// The number of extents; `nil` if a check finds no tree in the image of the base.
    public let extents: Int?
  }

  /// Kind and rule of the discrepancy that the minimized case still has. If the minimized case has
  /// a forecast and the original case had none, the kind may differ from that of the original.
  public let key: String
  /// The size of the original case.
  public let before: Measure
  /// The size of the minimized case.
  public let after: Measure
  /// The plan of the minimized case.
  public let plan: Plan
  /// The remaining edits, as text.
  public let edits: [String]
  /// The remaining operations, as text.
  public let operations: [String]
  /// The discrepancies of the minimized case: kind, rule, and the expected and the actual result.
  public let findings: [String]
  /// The number of cases that were tried.
  public let attempts: Int
  /// Whether no pass could make the case smaller; `false` if the attempts ran out, or if the task
  /// was interrupted.
  public let isFinished: Bool
  /// The path of the minimized case.
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
