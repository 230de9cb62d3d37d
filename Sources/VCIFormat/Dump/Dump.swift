/// The structures of an image, byte for byte and with names, from the layout table.
///
/// It decodes whatever the bytes are and judges nothing: a damaged image is dumped as far as its
/// numbers lead to something. Lines are handed on as they are made. It takes 8 bytes, and what a
/// set of them needs to spare, for each node of the tree, and 64 KiB.
public struct Dump {
  /// The most runs of the bitmap that are told of.
  public static let mostRuns = 1000

  let source: any ByteSource
  let line: (DumpLine) -> Void

  /// Makes the dump of the image in `source`; each line goes to `line`.
  public init(of source: any ByteSource, to line: @escaping (DumpLine) -> Void) {
    self.source = source
    self.line = line
  }

  /// Dumps header, map header, the runs of the bitmap, and the tree, each node before its children.
  ///
  /// - Throws: `StorageError` where the file fails, and where its size has changed at the end.
  public func writeAll() throws(StorageError) {
    let size = try source.byteCount()
    let bytes = try bytes(at: 0, count: Format.headerSize)
    let signature = Field.signature.layout
    if bytes.count < signature.width || number(signature, in: bytes) != UInt64(Header.signature) {
      note("this is no VCI: it does not begin with 56 43 49 00")
    }
    note("header: \(Format.headerSize) bytes")
    writeFields(of: .header, in: bytes, at: 0) { Path.field($0).description }
    // What is not in the file any more counts as zeros, and leads nowhere.
    let whole = bytes + [UInt8](repeating: 0, count: Format.headerSize - bytes.count)
    let header = unsafe Header(decoding: whole.span.bytes)
    try writeMap(header)
    try writeTree(from: header.treeRoot)
    try source.requireByteCount(size)
  }

  /// Dumps the 4096 bytes at block `address` as a node; where they are of no known type, as both.
  ///
  /// - Throws: `StorageError` where the file fails.
  public func writeNode(at address: BlockAddress) throws(StorageError) {
    let node = try node(at: address, "node[\(address)]")
    if write(node) == nil, !node.bytes.isEmpty {
      note("read as an internal node")
      writeSlots(of: node, as: InternalEntry.self)
      note("read as a leaf")
      writeSlots(of: node, as: Extent.self)
    }
  }

  private func writeMap(_ header: Header) throws(StorageError) {
    let start = header.blockMap.bytes
    note("block map: \(header.blockMapBlocks) blocks from block \(header.blockMap) on")
    let bytes = try bytes(at: start, count: Format.mapHeaderSize)
    writeFields(of: .blockMap, in: bytes, at: start) { Path.field($0).description }
    guard bytes.count == Format.mapHeaderSize, header.blockMapBlocks > 1 else { return }
    // The map's header ends inside of the file, so no sum here is out of reach.
    let (end, overflow) = start.addingReportingOverflow(header.blockMapBlocks.bytes)
    try writeRuns(from: start + UInt64(Format.mapHeaderSize), to: overflow ? .max : end)
  }

  func note(_ words: String) { line(.note(words)) }

  /// The bytes from `offset` on, fewer than `count` where the file ends.
  func bytes(at offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try source.read(at: offset, into: &bytes)
    return Array(bytes.prefix(read))
  }
}
