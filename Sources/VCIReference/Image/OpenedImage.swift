internal import VCIFormat

/// An image of which was read and judged what every open owes (VCI-RD-002).
struct OpenedImage {
  let header: Header
  let counters: BlockMapHeader
  /// The file's size in bytes.
  let byteCount: UInt64
  /// The tree, its root read.
  let tree: StoredTree

  /// Reads and judges header, map header and root of the image in `source`.
  ///
  /// - Throws: `ImageError.violation` for whatever breaks a rule of class corruption and of stage
  ///   probe or open, `.notUpToDate`, `.fileShrank`, `.storage`.
  init(
    _ source: any ByteSource, expecting modificationUUID: ImageUUID?
  ) throws(ImageError) {
    byteCount = try asked { () throws(StorageError) in try source.byteCount() }
    header = try readHeader(source, inFileOf: byteCount)
    try header.judge(inFileOf: byteCount)
    var bytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
    try readWhole(&bytes, from: source, at: header.blockMap.bytes, needed: Format.mapHeaderSize)
    counters = unsafe BlockMapHeader(decoding: bytes.span.bytes)
    try counters.judge(for: header)
    tree = try StoredTree(source, header, byteCount: byteCount)
    if let modificationUUID, modificationUUID != header.modificationUUID {
      throw .notUpToDate(expected: modificationUUID, found: header.modificationUUID)
    }
  }
}
