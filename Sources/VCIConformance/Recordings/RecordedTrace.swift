internal import VCICrashing
internal import VCIFuzzing

/// What a trace of the recorder says about one image.
struct RecordedTrace {
  /// What was asked of the disk for the image, with marks where operations begin and end.
  private(set) var trace: DiskTrace
  /// The same if nothing was lost by flushes that failed.
  private var seen: DiskTrace
  /// Why the trace does not have all that happened to the image; empty if it does.
  private(set) var gaps: [String]
  /// Whether there was a flush of the image.
  let hasFlush: Bool
  /// Whether anything was written to it.
  let hasWrites: Bool
  /// The operations that were answered while the image's name was made and not durable.
  let unnamed: Set<Int>
  /// Whether a program was started that the recorder does not see, or none that opened the image.
  let isUnseen: Bool

  /// Reads the trace in `bytes`.
  ///
  /// `name` is that of the image in the recorded folder, and `base` what it had before; `nil` if it
  /// was not there.
  ///
  /// - Throws: `TraceError` if it is no trace.
  init(_ bytes: [UInt8], of name: String, base: [UInt8]?) throws(TraceError) {
    var reader = TraceReader(of: name, base: base)
    var rest = bytes[...]
    var number = 0
    while !rest.isEmpty {
      number += 1
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      do throws(TraceError) {
        guard let end else { throw TraceError("it is cut") }
        try reader.take(TraceLine(rest[rest.startIndex..<end]))
        rest = rest[(end + 1)...]
      } catch {
        throw TraceError("line \(number) of the trace: \(error)")
      }
    }
    let image = reader.image
    trace = DiskTrace(of: image?.base ?? [])
    seen = trace
    hasFlush = reader.entries.contains {
      $0.event == .flush && !$0.hasFailed && $0.isOf(image)
    }
    hasWrites = reader.entries.contains { entry in
      if case .write = entry.event { entry.isOf(image) } else { false }
    }
    unnamed = reader.unnamed
    isUnseen = reader.isUnseen || image == nil
    gaps = reader.gaps
    addEvents(reader, image)
  }

  /// Adds the events of a file and all marks. As long as nothing has the image's name, no operation
  /// has begun: a crash leaves no image then.
  private mutating func addEvents(_ reader: TraceReader, _ image: TraceReader.File?) {
    guard let image else {
      gaps.append("the image was never seen being opened")
      return
    }
    var held: DiskTrace.Event?
    for (index, entry) in reader.entries.enumerated() {
      if let begin = held, index >= image.named {
        append(begin)
        held = nil
      }
      guard entry.isOf(image) else { continue }
      if case .begin = entry.event, index < image.named {
        held = entry.event
      } else if case .end = entry.event, index < image.named {
        held = nil
      } else if entry.hasFailed {
        trace.failFlush()
      } else {
        append(entry.event)
      }
    }
  }

  private mutating func append(_ event: DiskTrace.Event) {
    trace.append(event)
    seen.append(event)
  }
}

/// Follows the records of a trace.
struct TraceReader {
  /// A file of the recorded folder.
  struct File {
    let number: Int
    /// What it had before the first record.
    let base: [UInt8]
    /// The number of entries that there were before it had the image's name.
    var named = Int.max
    var length: Int
  }

  /// An event of a file; of all files, and marks, if that is `nil`.
  struct Entry {
    let file: Int?
    let event: DiskTrace.Event
    /// Whether the event is a flush that failed.
    var hasFailed = false

    func isOf(_ file: File?) -> Bool { self.file == nil || self.file == file?.number }
  }

  private(set) var entries: [Entry] = []
  private(set) var gaps: [String] = []
  /// The operations that were answered while the image's name was made and not durable.
  private(set) var unnamed: Set<Int> = []
  /// Whether a program was started that the recorder does not see.
  private(set) var isUnseen = false
  /// Whether the image has a name that was made since the last flush of its folder.
  private var isUnnamed = false
  private let name: String
  private var base: [UInt8]?
  private var files: [File] = []
  /// The numbers of files by what the trace calls them, and by their names.
  private var numbers: [String: Int] = [:]
  private var names: [String: Int] = [:]
  private var next = 0
  private var isLoaded = false
  /// The files to which something was written that is not flushed yet.
  private var unflushed: Set<Int> = []

  /// The largest file, in bytes, and the most entries.
  static let largest = 1 << 26
  private static let mostEntries = 1 << 20
  private static let mostGaps = 8

  init(of name: String, base: [UInt8]?) {
    self.name = name
    self.base = base
  }

  /// The file that has the image's name at last.
  var image: File? { names[name].map { files[$0] } }

  /// Takes the next line.
  ///
  /// - Throws: `TraceError`.
  mutating func take(_ line: TraceLine) throws(TraceError) {
    if line.has("mark") { return try takeMark(line) }
    let kind = try TraceForm.require(line)
    if kind == "interrupted" { return note("a program was ended in a call") }
    let number = line.number("seq") ?? 0
    guard number >= next else { throw TraceError("two traces in one") }
    if number > next { note("records are missing") }
    next = number + 1
    if kind == "start" { isLoaded = true }
    try follow(kind, line)
  }

  /// Takes a mark: `begin N` or `end N`.
  private mutating func takeMark(_ line: TraceLine) throws(TraceError) {
    let words = (line.text("mark") ?? "").split(separator: " ")
    guard line.values.count == 1, words.count == 2, let number = Int(words[1]), number >= 0,
      words[0] == "begin" || words[0] == "end"
    else { throw TraceError("a mark of another form") }
    if words[0] == "end", isUnnamed { unnamed.insert(number) }
    try add(words[0] == "begin" ? .begin(number) : .end(number), to: nil)
  }

  private mutating func follow(_ kind: String, _ line: TraceLine) throws(TraceError) {
    let isDone = line.number("result") != -1
    switch kind {
    case "open": if isDone, line.has("file") { try takeOpen(line) }
    case "found": meet(line, size: line.number("size") ?? 0)
    case "write": if isDone { try takeWrite(line) }
    case "truncate":
      if isDone, let file = file(of: line) { try setLength(line.number("length") ?? 0, of: file) }
    case "allocate": if isDone { try takeAllocate(line) }
    case "flush": try takeFlush(line, isDone)
    case "rename", "link": if isDone { takeName(kind, line) }
    case "unlink": if isDone { names[line.text("name") ?? ""] = nil }
    case "mapping":
      if line.has("writable") {
        note("a file was mapped for writing, and what is written so is not seen")
      }
    case "send": note("a descriptor was sent to another program")
    case "arrive", "content": note("a file came from elsewhere")
    case "unseen":
      isUnseen = true
      note("a program was started that the recorder does not see: \(line.text("program") ?? "")")
    case "unfollowed": note("not followed: \(line.text("why") ?? "")")
    default: break
    }
  }

  private mutating func note(_ gap: String) {
    if gaps.count < Self.mostGaps, !gaps.contains(gap) { gaps.append(gap) }
  }

  private mutating func add(_ event: DiskTrace.Event, to file: Int?) throws(TraceError) {
    guard entries.count < Self.mostEntries else { throw TraceError("it has too many records") }
    entries.append(Entry(file: file, event: event))
  }
}

/// Files and names.
extension TraceReader {
  private func file(of line: TraceLine) -> Int? { line.text("file").flatMap { numbers[$0] } }

  private mutating func takeOpen(_ line: TraceLine) throws(TraceError) {
    guard line.has("created") else {
      meet(line, size: line.number("before") ?? line.number("size") ?? 0)
      if line.has("before"), let file = file(of: line) { try setLength(0, of: file) }
      return
    }
    let file = newFile(line, [])
    let isNamed = line.text("flags")?.split(separator: ",").contains("tmpfile") != true
    if isNamed, let name = line.text("name") { make(name, of: file) }
  }

  private mutating func newFile(_ line: TraceLine, _ bytes: [UInt8]) -> Int {
    let number = files.count
    files.append(File(number: number, base: bytes, length: bytes.count))
    numbers[line.text("file") ?? ""] = number
    return number
  }

  /// Notes a file that was opened and may have been there before.
  private mutating func meet(_ line: TraceLine, size: Int) {
    if let known = file(of: line) {
      if files[known].length != size { note("the length of a file changed unseen") }
      return
    }
    let isImage = line.text("name") == name
    let bytes = isImage ? base : nil
    if isImage, bytes?.count != size { note("the image has another length than it was given") }
    // What another file has does not matter unless it becomes the image.
    let file = newFile(line, bytes ?? [])
    files[file].length = size
    if isImage {
      base = nil
      give(name, to: file)
    }
  }

  /// Gives a file a name that a crash may take from it until the folder is flushed.
  private mutating func make(_ name: String, of file: Int) {
    give(name, to: file)
    if name == self.name { isUnnamed = true }
  }

  private mutating func give(_ name: String, to file: Int) {
    if name == self.name {
      if let other = names[name], other != file {
        note("the image was replaced by another file")
      }
      files[file].named = min(files[file].named, entries.count)
    }
    names[name] = file
  }

  private mutating func takeName(_ kind: String, _ line: TraceLine) {
    guard let from = line.text("from"), let to = line.text("to") else { return }
    if line.has("folder") || line.has("exchange") { return note("names were exchanged") }
    guard let file = file(of: line) ?? names[from] else {
      if to == name { note("the image came from elsewhere") }
      return
    }
    if kind == "rename" { names[from] = nil }
    make(to, of: file)
  }
}

/// Bytes and lengths.
extension TraceReader {
  private mutating func takeWrite(_ line: TraceLine) throws(TraceError) {
    let bytes = try line.bytes(most: Self.largest)
    guard let file = file(of: line), !bytes.isEmpty else { return }
    guard let offset = line.number("offset"), offset >= 0, offset <= Self.largest - bytes.count
    else { throw TraceError("a write behind \(Self.largest) bytes") }
    let isSynchronous = line.has("sync")
    if isSynchronous, unflushed.contains(file) {
      note("a write with O_SYNC or O_DSYNC came behind others that were not flushed")
    }
    try add(.write(offset: UInt64(offset), bytes: bytes), to: file)
    files[file].length = max(files[file].length, offset + bytes.count)
    if isSynchronous {
      try add(.flush, to: file)
    } else {
      unflushed.insert(file)
    }
  }

  private mutating func setLength(_ length: Int, of file: Int) throws(TraceError) {
    guard length >= 0, length <= Self.largest else {
      throw TraceError("a file of \(length) bytes")
    }
    guard length != files[file].length else { return }
    files[file].length = length
    unflushed.insert(file)
    try add(.setLength(UInt64(length)), to: file)
  }

  private mutating func takeAllocate(_ line: TraceLine) throws(TraceError) {
    guard let file = file(of: line), let offset = line.number("offset"),
      let length = line.number("length"), let size = line.number("size")
    else { return }
    let modes = Set((line.text("mode") ?? "").split(separator: ",").map { String($0) })
    guard modes.isSubset(of: ["plain", "keep-size", "punch-hole", "zero-range", "unshare"]) else {
      return note("fallocate in a mode that moves what is behind, or is not known")
    }
    let before = files[file].length
    if !modes.isDisjoint(with: ["punch-hole", "zero-range"]), offset >= 0, offset < before {
      let zeros = [UInt8](repeating: 0, count: max(0, min(length, before - offset)))
      try add(.write(offset: UInt64(offset), bytes: zeros), to: file)
      unflushed.insert(file)
    }
    try setLength(size, of: file)
  }

  private mutating func takeFlush(_ line: TraceLine, _ isDone: Bool) throws(TraceError) {
    guard line.text("fault") != "lie" else { return }
    guard isDone else {
      if let file = file(of: line), line.text("scope") == "file" {
        entries.append(Entry(file: file, event: .flush, hasFailed: true))
      }
      return
    }
    switch line.text("scope") {
    case "all":
      try add(.flush, to: nil)
      unflushed = []
      isUnnamed = false
    case "file", "mapping":
      guard let file = file(of: line) else { return }
      try add(.flush, to: file)
      unflushed.remove(file)
    case "folder":
      // A name that is not absolute is that of a folder within the recorded one.
      let folder = line.text("name") ?? "."
      if folder == "." || folder.hasPrefix("/") { isUnnamed = false }
    case "range": break
    default: throw TraceError("a flush of an unknown scope")
    }
  }
}

extension RecordedTrace {
  /// Adds what is missing of a trace: that the image is now other bytes than the trace makes of it.
  mutating func compare(with now: [UInt8]) {
    if seen.applied != now {
      gaps.append("the image has other bytes than the trace makes: something wrote it unseen")
    }
  }
}
