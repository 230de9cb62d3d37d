internal import SystemPackage
internal import VCICorpus

/// A recorded session: a file of `Port/sessions`, whose form `Port/README.md` describes.
///
/// What is expected of images is read over: a pre-flight is about the port.
struct Recording: Sendable {
  /// A request that is made if the program has what it needs.
  struct Exchange: Sendable, Decodable {
    let request: RequestLine
    let why: String?
    let needs: [String]

    init(from decoder: any Decoder) throws {
      let keys = AnswerKeys(try decoder.container(keyedBy: AnyKey.self))
      try keys.requireOnly(["request", "why", "needs", "expect"])
      try keys.object("expect").requireOnly([
        "outcomes", "rules", "classes", "segments", "info", "extents", "findings",
      ])
      request = try RequestLine(try keys.object("request"))
      guard request.request != nil else { throw keys.flaw("request", "it is none of the port") }
      why = try keys.optionalText("why")
      needs = keys.contains("needs") ? try keys.texts("needs") : []
    }
  }

  /// The first line of a recording.
  private struct Head: Decodable {
    let title: String
    let needs: [String]
    let isOfSession: Bool
    let hasDescriptor: Bool
    let files: [String: RecordedFile]

    init(from decoder: any Decoder) throws {
      let keys = AnswerKeys(try decoder.container(keyedBy: AnyKey.self))
      try keys.requireOnly(["schema", "title", "needs", "files", "form", "portFd"])
      guard try keys.number("schema") == 1 else { throw keys.flaw("schema", "it is not 1") }
      title = try keys.text("title")
      needs = try keys.texts("needs")
      isOfSession = try keys.optionalText("form") == "session"
      hasDescriptor = keys.contains("portFd")
      files = try RecordedFile.files(try keys.object("files"))
    }
  }

  /// The name of its file.
  let name: String
  private let head: Head
  /// The requests; the first one stands in line 2.
  let exchanges: [Exchange]

  var title: String { head.title }
  var files: [String: RecordedFile] { head.files }
  /// The operations and features that the program must have.
  var needs: [String] { head.needs }
  /// Whether it is of the session form alone.
  var isOfSession: Bool { head.isOfSession }
  /// Whether the answers are to come on another descriptor than standard output.
  var hasDescriptor: Bool { head.hasDescriptor }

  /// The largest file of a recording, in bytes.
  private static let limit = 1 << 22

  /// Reads all recordings of a folder, in the order of their names.
  ///
  /// - Throws: `CorpusError`, also if there is none.
  static func all(in folder: FilePath) throws(CorpusError) -> [Recording] {
    var recordings: [Recording] = []
    for path in try StoredFile.ownFiles(in: folder) where path.extension == "jsonl" {
      recordings.append(try Recording(path))
    }
    guard !recordings.isEmpty else { throw .file(folder, "it has no recorded session") }
    return recordings
  }

  /// Reads the recording in the file at `path`.
  ///
  /// - Throws: `CorpusError`, which names the line that is wrong.
  init(_ path: FilePath) throws(CorpusError) {
    name = path.lastComponent?.string ?? path.string
    var lines = try StoredFile.read(path, limit: Self.limit)
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    if lines.last == [] { lines.removeLast() }
    guard lines.count >= 2 else { throw .file(path, "it has no request") }
    head = try Self.line(Head.self, lines, 0, path)
    var exchanges: [Exchange] = []
    for index in lines.indices.dropFirst() {
      exchanges.append(try Self.line(Exchange.self, lines, index, path))
    }
    self.exchanges = exchanges
    for (index, exchange) in exchanges.enumerated() {
      let names = [exchange.request.image, exchange.request.file].compactMap(\.self)
      guard names.allSatisfy({ $0.hasPrefix("$") && files[String($0.dropFirst())] != nil }) else {
        throw .file(path, "line \(index + 2): a file is not in the head")
      }
    }
  }

  private static func line<Value: Decodable>(
    _ type: Value.Type, _ lines: [[UInt8]], _ index: Int, _ path: FilePath
  ) throws(CorpusError) -> Value {
    do {
      return try StrictJSON.decode(type, from: lines[index])
    } catch {
      throw .file(path, "line \(index + 1): \(WrongJSON.reason(of: error))")
    }
  }
}
