internal import VCICorpus
internal import VCIFormat
internal import VCIReference

extension ExpectedRead {
  /// The result of a read of `count` blocks from `block` on by the reference; `nil` if it fails
  /// without naming a rule.
  ///
  /// - Precondition: The blocks fit into memory.
  init?(of image: CacheImage, at block: BlockOffset, count: BlockCount) {
    var bytes = [UInt8](repeating: 0, count: Int(count.bytes))
    do throws(ImageError) {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      switch try image.read(offset: block, count: count, into: &buffer) {
      case .miss(let blocks): self = .miss(block, count, blocks: blocks)
      case .hit(let blocks):
        let crc32 = Zlib.crc32(Array(bytes.prefix(Int(clamping: blocks.bytes))))
        self = .hit(block, count, blocks: blocks, crc32: crc32)
      }
    } catch {
      guard case .violation(let violation) = error else { return nil }
      self = .refused(block, count, for: violation.rule)
    }
  }
}
