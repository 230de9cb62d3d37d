public import VCIFormat

/// What probe says of a file.
public enum ProbeAnswer: Hashable, Sendable {
  /// It is an image of a version that can be read.
  case mine
  /// It is none, for breaking this rule.
  case notMine(Violation)
}

/// Says whether `source` is an image, from its first 1024 bytes (VCI-RD-001).
///
/// - Throws: `StorageError` where the file cannot be read; that is neither yes nor no.
public func probe(_ source: any ByteSource) throws(StorageError) -> ProbeAnswer {
  do throws(ImageError) {
    _ = try readHeader(source)
    return .mine
  } catch {
    switch error {
    case .violation(let violation): return .notMine(violation)
    case .storage(let error): return try Faults.probeFailed(error)
    default: preconditionFailure("a probe that ends with \(error)")
    }
  }
}

/// Reads the header and judges that it is one: VCI-FILE-001, VCI-HDR-001, VCI-HDR-002.
///
/// `size` is the file's, where it was asked for before.
///
/// - Throws: `ImageError.violation` for the first of them that is broken, `.fileShrank`, `.storage`.
func readHeader(
  _ source: any ByteSource, inFileOf size: UInt64 = 0
) throws(ImageError) -> Header {
  var bytes = [UInt8](repeating: 0, count: Format.headerSize)
  let count = try source.fill(&bytes, at: 0)
  if count < Format.headerSize {
    guard UInt64(count) >= min(size, UInt64(Format.headerSize)) else {
      throw .fileShrank(atByte: UInt64(count))
    }
    try refuse(
      .fileHoldsHeader, at: .endOfFile(UInt64(count)),
      expected: .atLeast(UInt64(Format.headerSize)), actual: UInt64(count))
  }
  let header = unsafe Header(decoding: bytes.span.bytes)
  if header.signature != Header.signature {
    try refuse(
      .headerSignature, at: .header(.signature), expected: .exactly(UInt64(Header.signature)),
      actual: UInt64(header.signature))
  }
  if header.version != Header.version {
    try refuse(
      .headerVersion, at: .header(.version), expected: .exactly(UInt64(Header.version)),
      actual: UInt64(header.version))
  }
  return header
}
