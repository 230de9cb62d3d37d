internal import VCIFormat

extension SparseBytes {
  /// What the first 1024 bytes are as a header; bytes past the image's end are zeros.
  var header: Header {
    decoded(at: 0, count: Format.headerSize) { Header(decoding: $0) }
  }

  /// What the 4096 bytes at `address` are as a node; `nil` where their type is neither.
  func node(at address: BlockAddress) -> ModelNode? {
    decoded(at: address.bytes, count: Format.nodeSize) { ModelNode(decoding: $0) }
  }

  private func decoded<Value>(
    at offset: UInt64, count: Int, _ decode: (RawSpan) -> Value
  ) -> Value {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    _ = read(at: offset, into: &buffer)
    return unsafe decode(bytes.span.bytes)
  }
}
