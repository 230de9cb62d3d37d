internal import VCIFormat

extension Examination {
  /// Judges of the root what an open judges; `nil` where its type is unknown.
  mutating func judgeRoot(_ source: any ByteSource) throws(StorageError) -> LookedAt? {
    nodes.removeAll()
    claims.removeAll()
    tally = TreeTally()
    levels[0] = NodeLevels.Stand()
    try levels.read(header.treeRoot, at: 0, source, size: report.byteCount)
    return lookAt(header.treeRoot, at: 0, parent: 0, slot: 0)
  }
}
