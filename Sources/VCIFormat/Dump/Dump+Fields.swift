extension Dump {
  /// The fields of each structure, in the order of their bytes.
  private static let fields: [Structure: [Field]] = Dictionary(
    grouping: Field.allCases, by: \.layout.structure)

  /// Dumps the fields of a structure that begins at byte `start` of the file and at byte `base` of
  /// `bytes`, up to the end of the bytes.
  func writeFields(
    of structure: Structure, in bytes: [UInt8], at start: UInt64, base: Int = 0,
    path: (Field) -> String
  ) {
    for field in Self.fields[structure] ?? [] {
      let first = base + field.offset
      guard first + field.layout.width <= bytes.count else {
        return note("\(path(field)) and what follows are not in the file")
      }
      let value = Array(bytes[first..<first + field.layout.width])
      write(
        field, value, at: start.addingReportingOverflow(UInt64(field.offset)).partialValue, path)
    }
  }

  private func write(_ field: Field, _ value: [UInt8], at offset: UInt64, _ path: (Field) -> String)
  {
    let layout = field.layout
    switch layout.kind {
    case .reserved: writeZeros(value, at: offset, path(field), "reserved")
    case .uuid:
      let uuid = unsafe ImageUUID(decoding: value.span.bytes, at: 0)
      write(value, at: offset, path(field), "\(uuid)", uuid == .nil ? "nil" : "UUID")
    case .magic:
      write(value, at: offset, path(field), text(value), field.meaning(of: number(value)))
    case .number, .count, .address, .offset:
      let number = number(value)
      write(value, at: offset, path(field), "\(number)", field.meaning(of: number))
    }
  }

  /// Dumps bytes that should be zero, from the first one that is not.
  func writeZeros(_ bytes: [UInt8], at offset: UInt64, _ path: String, _ what: String) {
    let count = bytes.count { $0 != 0 }
    let first = bytes.firstIndex { $0 != 0 } ?? 0
    let place = offset.addingReportingOverflow(UInt64(first)).partialValue
    write(
      Array(bytes[first...]), at: place, path, what,
      count == 0 ? "zero" : "\(count) of \(bytes.count) bytes are not zero")
  }

  private func write(
    _ bytes: [UInt8], at offset: UInt64, _ path: String, _ value: String, _ meaning: String
  ) {
    let shown = bytes.count > 16 ? 8 : bytes.count
    line(
      .bytes(
        DumpedBytes(
          offset: offset, bytes: Array(bytes.prefix(shown)), length: bytes.count, path: path,
          value: value, meaning: meaning)))
  }

  /// Returns the little-endian number in the bytes of a field.
  func number(_ layout: FieldLayout, in bytes: [UInt8]) -> UInt64 {
    number(Array(bytes[layout.offset..<layout.offset + layout.width]))
  }

  private func number(_ bytes: [UInt8]) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Returns bytes as text, with a dot for each that is not printable.
  private func text(_ bytes: [UInt8]) -> String {
    let shown = bytes.map { (0x20..<0x7f).contains($0) ? Character(UnicodeScalar($0)) : "." }
    return "\"" + String(shown) + "\""
  }
}

extension Field {
  /// Returns the meaning of `number` in this field.
  func meaning(of number: UInt64) -> String {
    switch self {
    case .signature: number == UInt64(Header.signature) ? "a VCI" : "no VCI"
    case .mapMagic: number == UInt64(BlockMapHeader.magic) ? "a block map" : "no block map"
    case .version: number == UInt64(Header.version) ? "the version there is" : "unknown"
    case .mapVersion: number == UInt64(BlockMapHeader.version) ? "the version there is" : "unknown"
    case .uncleanShutdown:
      number == 0 ? "closed cleanly" : number == 1 ? "not closed cleanly" : "unknown"
    case .cacheType:
      number == UInt64(CacheType.dynamic.rawValue)
        ? "dynamic" : number == UInt64(CacheType.fixed.rawValue) ? "fixed" : "unknown"
    case .nodeType:
      number == UInt64(NodeType.internal.rawValue)
        ? "internal node" : number == UInt64(NodeType.leaf.rawValue) ? "leaf" : "unknown"
    case .extentFlags: number == 0 ? "none" : "unknown"
    default: layout.kind.meaning(of: number)
    }
  }
}

extension FieldKind {
  /// Returns the meaning of `number` in a field of this kind.
  fileprivate func meaning(of number: UInt64) -> String {
    switch self {
    case .count: "blocks, \(bytes(number)) bytes"
    case .address: number == 0 ? "none" : "block of the file, at byte \(bytes(number))"
    case .offset: "block of the disk, at byte \(bytes(number))"
    case .magic, .number, .uuid, .reserved: ""
    }
  }

  private func bytes(_ blocks: UInt64) -> String {
    "\(UInt128(blocks) * UInt128(Format.blockSize))"
  }
}
