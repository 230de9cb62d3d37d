internal import VCIFormat

extension SparseBytes {
  /// The header. Bytes past the image's end read as zeros.
  var header: Header {
    decoded(at: 0, count: Format.headerSize) { Header(decoding: $0) }
  }

  /// Returns the node at `address`; `nil` if its type byte is no type.
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
