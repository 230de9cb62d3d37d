internal import VCIFormat

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
