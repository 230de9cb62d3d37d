internal import VCIFormat

extension BlockOffset {
  /// The disk block after `count` blocks from this one on, at most the end of the largest disk.
  func end(of count: BlockCount) -> BlockOffset {
    min(adding(count) ?? Format.diskEnd, Format.diskEnd)
  }
}
