internal import VCIFormat

/// An image whose header, map header and root were read and satisfy what every open requires
/// (VCI-RD-002).
struct OpenedImage {
  let header: Header
  let counters: BlockMapHeader
  /// The size of the file in bytes.
  let byteCount: UInt64
  /// The tree, whose root was read.
  let tree: StoredTree

  /// Reads header, map header and root of the image in `source`.
  ///
  /// - Throws: `ImageError.violation` if they break a rule of class corruption and of stage probe
  ///   or open, `.notUpToDate`, `.fileShrank`, `.storage`.
  init(
    _ source: any ByteSource, expecting modificationUUID: ImageUUID?
  ) throws(ImageError) {
    byteCount = try asImageError(try source.byteCount())
    header = try readHeader(source, inFileOf: byteCount)
    try header.requireRules(inFileOf: byteCount)
    var bytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
    try source.readWhole(&bytes, at: header.blockMap.bytes)
    counters = unsafe BlockMapHeader(decoding: bytes.span.bytes)
    try counters.requireRules(for: header)
    tree = try StoredTree(source, header, byteCount: byteCount)
    if let modificationUUID, modificationUUID != header.modificationUUID {
      throw .notUpToDate(expected: modificationUUID, found: header.modificationUUID)
    }
  }
}
