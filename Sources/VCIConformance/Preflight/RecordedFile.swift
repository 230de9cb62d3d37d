internal import VCIFormat

/// A file that the requests of a recording name.
enum RecordedFile: Hashable, Sendable {
  case bytes([UInt8])
  case absent
  case folder
  /// A file for what is read: empty before each request that names it.
  case empty

  /// The largest file of a recording, in bytes.
  private static let most: UInt64 = 1 << 20

  /// Decodes the files of a head, of which some have the bytes of others.
  ///
  /// - Throws: `DecodingError`.
  static func files(_ keys: AnswerKeys) throws -> [String: RecordedFile] {
    var files: [String: RecordedFile] = [:]
    // A file whose origin comes later waits for the next round.
    var waiting = keys.names
    while !waiting.isEmpty {
      let ready = try waiting.filter { name in
        let form = try keys.object(name)
        return form.contains("of") ? files[try origin(form)] != nil : true
      }
      guard !ready.isEmpty else {
        throw keys.flaw(waiting[0], "it has the bytes of no other file")
      }
      for name in ready { files[name] = try file(try keys.object(name), files) }
      waiting.removeAll(where: ready.contains)
    }
    return files
  }

  private static func origin(_ keys: AnswerKeys) throws -> String {
    String(try keys.text("of").dropFirst())
  }

  private static func file(
    _ keys: AnswerKeys, _ others: [String: RecordedFile]
  ) throws -> RecordedFile {
    if keys.contains("is") {
      try keys.requireOnly(["is"])
      switch try keys.text("is") {
      case "absent": return .absent
      case "folder": return .folder
      case "empty": return .empty
      case let other: throw keys.flaw("is", "there is no '\(PrintableText(other))'")
      }
    }
    try keys.requireOnly(["of", "bytes", "runs"])
    var bytes: [UInt8] = []
    if keys.contains("of") {
      guard case .bytes(let first) = others[try origin(keys)] else {
        throw keys.flaw("of", "that file has no bytes")
      }
      bytes = first
    }
    if keys.contains("bytes") {
      let size = try keys.number("bytes")
      guard size <= most else { throw keys.flaw("bytes", "\(size) is more than \(most)") }
      bytes = Array(bytes.prefix(Int(size)))
      bytes += [UInt8](repeating: 0, count: Int(size) - bytes.count)
    }
    for run in keys.contains("runs") ? try keys.list("runs", { try Run($0) }) : [] {
      guard run.offset <= UInt64(bytes.count),
        run.times <= (UInt64(bytes.count) - run.offset) / UInt64(run.bytes.count)
      else { throw keys.flaw("runs", "a run ends behind the file") }
      for time in 0..<Int(run.times) {
        let start = Int(run.offset) + time * run.bytes.count
        bytes.replaceSubrange(start..<start + run.bytes.count, with: run.bytes)
      }
    }
    return .bytes(bytes)
  }

  /// Bytes, repeated, from an offset on.
  private struct Run {
    let offset: UInt64
    let bytes: [UInt8]
    let times: UInt64

    init(_ keys: AnswerKeys) throws {
      try keys.requireOnly(["offset", "hex", "times"])
      offset = try keys.number("offset")
      times = keys.contains("times") ? try keys.number("times") : 1
      let digits = Array(try keys.text("hex").utf8)
      bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
      }
      guard !bytes.isEmpty, bytes.count * 2 == digits.count else {
        throw keys.flaw("hex", "it is no bytes in hexadecimal digits")
      }
    }
  }
}
