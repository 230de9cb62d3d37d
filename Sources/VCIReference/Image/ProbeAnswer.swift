public import VCIFormat

/// The outcome of a probe.
public enum ProbeAnswer: Hashable, Sendable {
  /// It is an image of a version that can be read.
  case mine
  /// It is no image, because it breaks this rule.
  case notMine(Violation)
}

/// Returns whether `source` is an image, which its first 1024 bytes tell (VCI-RD-001).
///
/// - Throws: `StorageError` if the file cannot be read, which is neither yes nor no.
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

/// VCI-FILE-001, VCI-HDR-001, VCI-HDR-002: reads the header, and requires that it is one.
///
/// `size` is the size of the file, if it was asked for before.
///
/// - Throws: `ImageError.violation` of the first rule that is broken, `.fileShrank`, `.storage`.
func readHeader(
  _ source: any ByteSource, inFileOf size: UInt64 = 0
) throws(ImageError) -> Header {
  var bytes = [UInt8](repeating: 0, count: Format.headerSize)
  let count = try source.fill(&bytes, at: 0)
  guard UInt64(count) >= min(size, UInt64(Format.headerSize)) else {
    throw .fileShrank(atByte: UInt64(count))
  }
  try require(
    .fileHoldsHeader, count >= Format.headerSize, at: .endOfFile(UInt64(count)),
    expected: .atLeast(UInt64(Format.headerSize)), actual: UInt64(count))
  let header = unsafe Header(decoding: bytes.span.bytes)
  try require(
    .headerSignature, header.signature == Header.signature, at: .header(.signature),
    expected: .exactly(UInt64(Header.signature)), actual: UInt64(header.signature))
  try require(
    .headerVersion, header.version == Header.version, at: .header(.version),
    expected: .exactly(UInt64(Header.version)), actual: UInt64(header.version))
  return header
}
