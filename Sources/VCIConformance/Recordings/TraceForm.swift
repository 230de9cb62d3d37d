/// The kinds of records of a trace, each with the keys that it must have and those that it may have
/// (`Port/recorder/README.md`). The form is closed.
enum TraceForm {
  private typealias Keys = (needed: Set<String>, others: Set<String>)

  static let version = 1

  private static let all: Set<String> = ["seq", "pid", "tid", "kind", "call"]
  private static let failed: Set<String> = ["errno", "fault"]
  private static let bytes: Set<String> = ["data", "fill"]
  private static let data: Set<String> = ["file", "fd", "offset", "length", "result"]

  private static let kinds: [String: Keys] = [
    "start": (["version", "parent", "program"], ["stdio"]),
    "open": (
      ["name", "result"], failed.union(["file", "flags", "created", "before", "size"])
    ),
    "found": (["file", "name", "fd", "flags", "size"], []),
    "close": (["file", "fd", "result"], failed),
    "duplicate": (["file", "from", "fd"], []),
    "read": (["file", "fd", "length", "result"], failed),
    "write": (data, failed.union(bytes).union(["append", "direct", "sync"])),
    "arrive": (["file", "name", "size"], []),
    "content": (data, bytes),
    "truncate": (["file", "length", "result"], failed.union(["before"])),
    "allocate": (["file", "fd", "mode", "offset", "length", "size", "result"], failed),
    "flush": (["scope", "result"], failed.union(["file", "name"])),
    "mapping": (["file"], ["name", "writable", "offset", "length"]),
    "rename": (
      ["from", "to", "result"], failed.union(["file", "folder", "replaced", "exchange"])
    ),
    "link": (["from", "to", "result"], failed.union(["file", "folder"])),
    "unlink": (["name", "result"], failed.union(["file", "folder"])),
    "make": (["name", "result"], ["errno"]),
    "send": (["file", "fd"], []),
    "unseen": (["program", "why"], []),
    "unfollowed": (["why"], ["file", "name"]),
    "interrupted": ([], []),
  ]

  /// The keys whose values are texts, and those whose values are `true`; others are numbers.
  private static let texts: Set<String> = [
    "kind", "call", "program", "name", "file", "flags", "sync", "fault", "data", "fill", "mode",
    "scope", "to", "why",
  ]
  private static let marks: Set<String> = [
    "stdio", "created", "append", "direct", "writable", "folder", "exchange",
  ]

  /// Requires that a line is a record of a known kind with the keys of that kind.
  ///
  /// - Throws: `TraceError`.
  static func require(_ line: TraceLine) throws(TraceError) -> String {
    guard let kind = line.text("kind"), let keys = kinds[kind] else {
      throw TraceError("a record of an unknown kind")
    }
    let needed = keys.needed.union(all)
    for key in needed.sorted() where !line.has(key) {
      throw TraceError("a record of the kind \(kind) without \(key)")
    }
    for (key, value) in line.values {
      guard needed.contains(key) || keys.others.contains(key) else {
        throw TraceError("a record of the kind \(kind) with an unknown key")
      }
      guard isOfType(key, value, in: kind) else {
        throw TraceError("\(key) of a record of the kind \(kind) has a wrong value")
      }
    }
    if let result = line.number("result"), result < -1 || (result == -1) != line.has("errno") {
      throw TraceError("result and errno do not agree")
    }
    if kind == "start", line.number("version") != version {
      throw TraceError("a trace of another version")
    }
    return kind
  }

  private static func isOfType(
    _ key: String, _ value: TraceLine.Value, in kind: String
  ) -> Bool {
    // What was copied is a descriptor, what was renamed a path.
    let isText = texts.contains(key) || key == "from" && kind != "duplicate"
    switch value {
    case .text: return isText
    case .yes: return marks.contains(key)
    case .number(let number):
      return !isText && !marks.contains(key)
        && (number >= 0 || ["offset", "length", "result"].contains(key))
    }
  }
}
