public import SystemPackage
internal import VCIFiles
public import VCIFormat

extension StoredFile {
  /// Makes the bytes of `source` the content of a new file at `path`, its holes left as holes; the
  /// file is there at once or not at all.
  ///
  /// - Throws: `CorpusError.unwritten`, also where something is at `path` already; `.file` where
  ///   `source` fails.
  public static func create(_ source: some ByteSource, at path: FilePath) throws(CorpusError) {
    try put(source, path) { () throws(FileFailure) in try Draft(creating: path) }
  }

  /// Makes the bytes of `source` the content of the file at `path`, whatever stood in it, its holes
  /// left as holes; at once or not at all.
  ///
  /// - Throws: `CorpusError.unwritten`, also where something else than a regular file is there; what
  ///   stood there before still does. `.file` where `source` fails.
  public static func replace(_ source: some ByteSource, at path: FilePath) throws(CorpusError) {
    try put(source, path) { () throws(FileFailure) in try Draft(replacing: path) }
  }

  private static func put(
    _ source: some ByteSource, _ path: FilePath, _ draft: () throws(FileFailure) -> Draft
  ) throws(CorpusError) {
    do {
      let draft = try draft()
      try draft.resize(to: try source.byteCount())
      try pieces(of: source) { bytes, offset in
        try unsafe draft.write(bytes.span.bytes, at: offset)
      }
      try draft.finish()
    } catch let failure as FileFailure {
      throw .unwritten(path, failure)
    } catch {
      throw .file(path, "\(error)")
    }
  }

  private static let pieceBytes = 1 << 16

  /// Hands over the bytes of a source outside of holes, piece by piece.
  private static func pieces(
    of source: some ByteSource, _ visit: (ArraySlice<UInt8>, UInt64) throws -> Void
  ) throws {
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var next: UInt64 = 0
    while let data = try source.nextData(from: next) {
      let start = data / 4096 * 4096
      let count = try source.read(at: start, into: &piece)
      guard count > 0 else { return }
      // Zeros need not be written: the file has none but them there.
      for page in stride(from: 0, to: count, by: 4096) {
        let bytes = piece[page..<min(page + 4096, count)]
        if bytes.contains(where: { $0 != 0 }) { try visit(bytes, start + UInt64(page)) }
      }
      next = start + UInt64(count)
    }
  }

  /// The CRC-32 of all bytes of a source; holes cost next to nothing.
  ///
  /// - Throws: `StorageError`.
  public static func crc32(of source: some ByteSource) throws(StorageError) -> UInt32 {
    let size = try source.byteCount()
    var crc: UInt32 = 0
    var next: UInt64 = 0
    while let data = try source.nextData(from: next) {
      crc = Zlib.crc32(ofZeros: data - next, from: crc)
      let count = Int(min(UInt64(pieceBytes), size - data))
      var piece = [UInt8](repeating: 0, count: count)
      _ = try source.read(at: data, into: &piece)
      crc = Zlib.crc32(piece, from: crc)
      next = data + UInt64(count)
    }
    return Zlib.crc32(ofZeros: size - next, from: crc)
  }
}
