/// A dump of the structures of an image, byte by byte and with names from the layout table.
///
/// It decodes any bytes and checks nothing: of a damaged image it shows all that can be reached.
/// Lines are passed on one by one. Memory is a set entry of 8 bytes for each node, and 64 KiB.
package struct Dump {
  /// The maximum number of runs of the bitmap that are shown.
  package static let mostRuns = 1000

  let source: any ByteSource
  let line: (DumpLine) -> Void

  /// Makes a dump of the image in `source`; `line` gets each line.
  package init(of source: any ByteSource, to line: @escaping (DumpLine) -> Void) {
    self.source = source
    self.line = line
  }

  /// Dumps header, map header, the runs of the bitmap, and the tree, each node before its children.
  ///
  /// - Throws: `StorageError` if the file cannot be read, or if its size has changed at the end.
  package func writeAll() throws(StorageError) {
    let size = try source.byteCount()
    let bytes = try bytes(at: 0, count: Format.headerSize)
    let signature = Field.signature.layout
    if bytes.count < signature.width || number(signature, in: bytes) != UInt64(Header.signature) {
      note("this is no VCI: it does not begin with 56 43 49 00")
    }
    note("header: \(Format.headerSize) bytes")
    writeFields(of: .header, in: bytes, at: 0) { Path.field($0).description }
    // Bytes after the end of the file count as zeros, and lead nowhere.
    let whole = bytes + [UInt8](repeating: 0, count: Format.headerSize - bytes.count)
    let header = unsafe Header(decoding: whole.span.bytes)
    try writeMap(header)
    try writeTree(from: header.treeRoot)
    try source.requireByteCount(size)
  }

  /// Dumps the 4096 bytes at block `address` as a node; if its type is unknown, as either type.
  ///
  /// - Throws: `StorageError` if the file cannot be read.
  package func writeNode(at address: BlockAddress) throws(StorageError) {
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
    // The map's header ends inside of the file, so this sum does not overflow.
    let (end, overflow) = start.addingReportingOverflow(header.blockMapBlocks.bytes)
    try writeRuns(from: start + UInt64(Format.mapHeaderSize), to: overflow ? .max : end)
  }

  func note(_ words: String) { line(.note(words)) }

  /// Returns `count` bytes from `offset` on, or fewer at the end of the file.
  func bytes(at offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try source.read(at: offset, into: &bytes)
    return Array(bytes.prefix(read))
  }
}
