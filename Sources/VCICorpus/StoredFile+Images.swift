public import SystemPackage
internal import VCIFiles
public import VCIFormat

extension StoredFile {
  /// Creates a file at `path` with the bytes of `source`, as a whole or not at all; holes stay
  /// holes.
  ///
  /// - Throws: `CorpusError.unwritten`, also if there is something at `path`; `.file` if `source`
  ///   cannot be read.
  public static func create(_ source: some ByteSource, at path: FilePath) throws(CorpusError) {
    try put(source, path) { () throws(FileFailure) in try Draft(creating: path) }
  }

  /// Creates or replaces the file at `path` with the bytes of `source`, as a whole or not at all;
  /// holes stay holes.
  ///
  /// - Throws: `CorpusError.unwritten`, also if there is something other than a regular file, which
  ///   stays as it is; `.file` if `source` cannot be read.
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

  /// Calls `visit` with the bytes of a source outside of holes, piece by piece.
  package static func pieces(
    of source: some ByteSource, _ visit: (ArraySlice<UInt8>, UInt64) throws -> Void
  ) throws {
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var next: UInt64 = 0
    while let data = try source.nextData(from: next) {
      let start = data / 4096 * 4096
      let count = try source.read(at: start, into: &piece)
      guard count > 0 else { return }
      // Pages of zeros stay holes.
      for page in stride(from: 0, to: count, by: 4096) {
        let bytes = piece[page..<min(page + 4096, count)]
        if bytes.contains(where: { $0 != 0 }) { try visit(bytes, start + UInt64(page)) }
      }
      next = start + UInt64(count)
    }
  }

  /// Returns the CRC-32 of all bytes of a source; O(log n) for a hole of n bytes.
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
