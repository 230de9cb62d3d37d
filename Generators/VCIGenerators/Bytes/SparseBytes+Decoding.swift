package import VCIFormat

extension SparseBytes {
  /// The header. Bytes past the image's end read as zeros.
  package var header: Header {
    let bytes = bytes(at: 0, count: Format.headerSize)
    return unsafe Header(decoding: bytes.span.bytes)
  }

  /// Returns the node at `address`; `nil` if its type byte is no type.
  func node(at address: BlockAddress) -> ModelNode? {
    let bytes = bytes(at: address.bytes, count: Format.nodeSize)
    return unsafe ModelNode(decoding: bytes.span.bytes)
  }
}
