import Testing
import VCICrashing
import VCIFuzzing

@testable import VCIConformance

/// Records of a trace, typed by hand, as Port/recorder/README.md has them.
private struct Records {
  private var lines: [String] = []
  private var next = 0

  init() {
    add("start", "execve", #""version":1,"parent":1,"program":"/bin/a","stdio":true"#)
  }

  mutating func add(_ kind: String, _ call: String, _ rest: String) {
    let more = rest.isEmpty ? "" : "," + rest
    lines.append(#"{"seq":\#(next),"pid":2,"tid":2,"kind":"\#(kind)","call":"\#(call)"\#(more)}"#)
    next += 1
  }

  mutating func skip() { next += 1 }
  mutating func mark(_ text: String) { lines.append(#"{"mark": "\#(text)"}"#) }
  mutating func write(_ offset: Int, _ data: String, _ more: String = "") {
    let count = data.count / 2
    add(
      "write", "pwrite",
      #""file":"1:a","fd":3,"offset":\#(offset),"length":\#(count),"result":\#(count),"data":"\#(data)""#
        + more)
  }
  mutating func flush(_ more: String = #","result":0"#) {
    add("flush", "fsync", #""scope":"file","file":"1:a""# + more)
  }
  mutating func create() {
    add(
      "open", "open",
      #""name":"image.vci","file":"1:a","result":3,"flags":"rdwr,creat,excl","created":true,"size":0"#
    )
  }

  func read(_ base: [UInt8]? = nil) throws(TraceError) -> RecordedTrace {
    try RecordedTrace(
      Array((lines.joined(separator: "\n") + "\n").utf8), of: "image.vci", base: base)
  }
}

struct `A recorded trace` {
  @Test
  func `has writes, lengths, flushes and marks in order`() throws {
    var records = Records()
    records.mark("begin 0")
    records.create()
    records.write(2, "0102")
    records.add("truncate", "ftruncate", #""file":"1:a","length":6,"result":0,"before":4"#)
    records.flush()
    records.mark("end 0")
    let recorded = try records.read()
    #expect(
      recorded.trace.events == [
        .begin(0), .write(offset: 2, bytes: [1, 2]), .setLength(6), .flush, .end(0),
      ])
    #expect(recorded.trace.initial == [])
    #expect(recorded.gaps == [])
    #expect(recorded.hasFlush && recorded.hasWrites)
  }

  @Test
  func `begins with what the image had`() throws {
    var records = Records()
    records.add(
      "open", "open", #""name":"image.vci","file":"1:a","result":3,"flags":"rdwr","size":3"#)
    records.write(0, "09")
    let recorded = try records.read([7, 8, 9])
    #expect(recorded.trace.initial == [7, 8, 9])
    #expect(recorded.trace.events == [.write(offset: 0, bytes: [9])])
    #expect(!recorded.hasFlush)
    #expect(recorded.gaps == [])
  }

  @Test
  func `has lost what a flush that failed was to make durable`() throws {
    var records = Records()
    records.create()
    records.write(0, "01")
    records.flush()
    records.write(0, "0203")
    records.flush(#","result":-1,"errno":5,"fault":"EIO""#)
    records.write(2, "04")
    records.flush()
    var recorded = try records.read()
    #expect(
      recorded.trace.events == [
        .write(offset: 0, bytes: [1]), .flush, .setLength(2), .write(offset: 2, bytes: [4]),
        .flush,
      ])
    // Whoever reads the file sees it nevertheless.
    recorded.compare(with: [2, 3, 4])
    #expect(recorded.gaps == [])
  }

  @Test
  func `has no flush where one lied, or was of a range or a folder`() throws {
    var records = Records()
    records.create()
    records.write(0, "01")
    records.flush(#","result":0,"fault":"lie""#)
    records.add("flush", "sync_file_range", #""scope":"range","file":"1:a","result":0"#)
    records.add("flush", "fsync", #""scope":"folder","name":".","result":0"#)
    let recorded = try records.read()
    #expect(recorded.trace.events == [.write(offset: 0, bytes: [1])])
    #expect(!recorded.hasFlush)
  }

  @Test
  func `takes sync for a flush of all files`() throws {
    var records = Records()
    records.create()
    records.write(0, "01")
    records.add("flush", "sync", #""scope":"all","result":0"#)
    #expect(try records.read().trace.events == [.write(offset: 0, bytes: [1]), .flush])
  }

  @Test
  func `takes O_SYNC for a flush, if nothing else waits for one`() throws {
    var records = Records()
    records.create()
    records.write(0, "01", #","sync":"dsync""#)
    let whole = try records.read()
    #expect(whole.trace.events == [.write(offset: 0, bytes: [1]), .flush])
    #expect(whole.gaps == [])
    records.write(1, "02")
    records.write(2, "03", #","sync":"sync""#)
    #expect(try records.read().gaps.count == 1)
  }

  @Test
  func `has zeros where a hole was punched, and the length of an allocation`() throws {
    var records = Records()
    records.create()
    records.write(0, "01020304")
    records.add(
      "allocate", "fallocate",
      #""file":"1:a","fd":3,"mode":"keep-size,punch-hole","offset":1,"length":9,"size":4,"result":0"#
    )
    records.add(
      "allocate", "posix_fallocate",
      #""file":"1:a","fd":3,"mode":"plain","offset":0,"length":8,"size":8,"result":0"#)
    #expect(
      try records.read().trace.events == [
        .write(offset: 0, bytes: [1, 2, 3, 4]), .write(offset: 1, bytes: [0, 0, 0]),
        .setLength(8),
      ])
  }

  @Test
  func `has no image before a file gets its name`() throws {
    var records = Records()
    records.mark("begin 0")
    records.add(
      "open", "open",
      #""name":"image.tmp","file":"1:a","result":3,"flags":"rdwr,creat","created":true,"size":0"#)
    records.write(0, "01")
    records.flush()
    records.add("rename", "rename", #""from":"image.tmp","to":"image.vci","result":0,"file":"1:a""#)
    records.mark("end 0")
    let recorded = try records.read()
    #expect(
      recorded.trace.events == [.write(offset: 0, bytes: [1]), .flush, .begin(0), .end(0)])
    #expect(recorded.gaps == [])
  }

  /// A flush of a folder, as the recorder has it.
  private static func flush(_ folder: String, _ more: String = #""result":0"#) -> String {
    #""scope":"folder","name":"\#(folder)",\#(more)"#
  }

  @Test
  func `VCI-WR-001: tells after which operations the name of the image is not durable`() throws {
    var records = Records()
    records.mark("begin 0")
    records.create()
    records.flush()
    records.mark("end 0")
    // Neither the file's own flush, nor one that failed or lied, nor that of another folder.
    records.mark("begin 1")
    records.add("flush", "fsync", Self.flush("/run/images", #""result":-1,"errno":5"#))
    records.add("flush", "fsync", Self.flush("/run/images", #""result":0,"fault":"lie""#))
    records.add("flush", "fsync", Self.flush("inner"))
    records.flush()
    records.mark("end 1")
    records.add("flush", "fsync", Self.flush("/run/images"))
    records.mark("begin 2")
    records.mark("end 2")
    #expect(try records.read().unnamed == [0, 1])
  }

  @Test(arguments: [
    ("fsync", #""scope":"folder","name":"/run/images","result":0"#),
    ("fdatasync", #""scope":"folder","name":".","result":0"#),
    // A trace that strace made has no name there.
    ("fsync", #""scope":"folder","result":0"#), ("sync", #""scope":"all","result":0"#),
    ("syncfs", #""scope":"all","result":0"#),
  ])
  func `VCI-WR-001: takes a flush of the folder, or of all, for one of names`(
    call: String, rest: String
  ) throws {
    var records = Records()
    records.create()
    records.add("flush", call, rest)
    records.mark("end 0")
    #expect(try records.read().unnamed == [])
  }

  @Test(arguments: [
    ("rename", "renameat2", #""from":"image.tmp","to":"image.vci","result":0,"file":"1:a""#),
    ("link", "linkat", #""from":"/proc/self/fd/3","to":"image.vci","result":0,"file":"1:a""#),
  ])
  func `VCI-WR-001: has a name only once it was given, and then a flush of the folder is due`(
    kind: String, call: String, rest: String
  ) throws {
    var records = Records()
    let (name, flags) = kind == "link" ? (".", "rdwr,tmpfile") : ("image.tmp", "rdwr,creat")
    records.add(
      "open", "open",
      #""name":"\#(name)","file":"1:a","result":3,"flags":"\#(flags)","created":true,"size":0"#)
    records.write(0, "01", #","sync":"sync""#)
    records.add("flush", "fsync", Self.flush("/run/images"))
    records.mark("end 0")
    records.add(kind, call, rest)
    records.mark("end 1")
    records.add("flush", "fsync", Self.flush("/run/images"))
    records.mark("end 2")
    #expect(try records.read().unnamed == [1])
  }

  @Test
  func `VCI-WR-001: asks for no name that was there before`() throws {
    var records = Records()
    records.add(
      "open", "open", #""name":"image.vci","file":"1:a","result":3,"flags":"rdwr","size":3"#)
    records.mark("end 0")
    #expect(try records.read([7, 8, 9]).unnamed == [])
  }

  @Test
  func `leaves out what happened to other files`() throws {
    var records = Records()
    records.create()
    records.add(
      "open", "open",
      #""name":"other","file":"1:b","result":4,"flags":"rdwr,creat","created":true,"size":0"#)
    records.add(
      "write", "write",
      #""file":"1:b","fd":4,"offset":0,"length":1,"result":1,"data":"05""#)
    records.add("flush", "fsync", #""scope":"file","file":"1:b","result":0"#)
    let recorded = try records.read()
    #expect(recorded.trace.events == [])
    #expect(!recorded.hasFlush && !recorded.hasWrites)
  }

  @Test(arguments: [
    ("mapping", "mmap", #""file":"1:a","writable":true"#),
    ("send", "sendmsg", #""file":"1:a","fd":3"#),
    ("unseen", "execve", #""program":"/bin/b","why":"static""#),
    ("unfollowed", "io_uring_setup", #""why":"io_uring""#),
    (
      "allocate", "fallocate",
      #""file":"1:a","fd":3,"mode":"collapse","offset":0,"length":1,"size":0,"result":0"#
    ),
    ("rename", "rename", #""from":"/x","to":"image.vci","result":0"#),
  ])
  func `says what it cannot follow`(kind: String, call: String, rest: String) throws {
    var records = Records()
    records.create()
    records.add(kind, call, rest)
    #expect(try records.read().gaps.count == 1)
  }

  @Test(
    arguments: [
      // What is copied within the system is read back, and recorded as a write.
      (
        "write", "copy_file_range",
        #""file":"1:a","fd":4,"offset":1,"length":2,"result":2,"data":"0708""#,
        [.write(offset: 1, bytes: [7, 8])]
      ),
      // A write through a copy of a descriptor, and with O_APPEND.
      (
        "write", "write",
        #""file":"1:a","fd":9,"offset":4,"length":2,"result":1,"fill":"00","append":true"#,
        [.write(offset: 4, bytes: [0])]
      ),
      ("duplicate", "dup", #""file":"1:a","from":3,"fd":9"#, []),
      ("close", "close", #""file":"1:a","fd":3,"result":0"#, []),
      (
        "allocate", "fallocate",
        #""file":"1:a","fd":3,"mode":"zero-range","offset":2,"length":4,"size":6,"result":0"#,
        [.write(offset: 2, bytes: [0, 0]), .setLength(6)]
      ),
      (
        "allocate", "fallocate",
        #""file":"1:a","fd":3,"mode":"keep-size","offset":0,"length":99,"size":4,"result":0"#, []
      ),
      // A mapping through which nothing can be written, and calls that failed.
      ("mapping", "mmap", #""file":"1:a""#, []),
      ("truncate", "ftruncate", #""file":"1:a","length":9,"result":-1,"errno":28"#, []),
      (
        "write", "pwrite",
        #""file":"1:a","fd":3,"offset":0,"length":2,"result":-1,"errno":28"#, []
      ),
      ("rename", "rename", #""from":"image.vci","to":"b","result":-1,"errno":18"#, []),
    ] as [(String, String, String, [DiskTrace.Event])])
  func `follows what the recorder shows of a call`(
    kind: String, call: String, rest: String, events: [DiskTrace.Event]
  ) throws {
    var records = Records()
    records.create()
    records.write(0, "01020304")
    records.add(kind, call, rest)
    let recorded = try records.read()
    #expect(Array(recorded.trace.events.dropFirst()) == events)
    #expect(recorded.gaps == [])
  }

  @Test(arguments: [
    (
      "rename", "rename", #""from":"image.tmp","to":"image.vci","result":0,"file":"1:b""#,
      "the image was replaced by another file"
    ),
    (
      "rename", "renameat2",
      #""from":"image.tmp","to":"image.vci","result":0,"file":"1:b","exchange":true"#,
      "names were exchanged"
    ),
    (
      "link", "linkat", #""from":"/elsewhere","to":"image.vci","result":0"#,
      "the image came from elsewhere"
    ),
    (
      "found", "inherited", #""file":"1:a","name":"image.vci","fd":7,"flags":"rdwr","size":9"#,
      "the length of a file changed unseen"
    ),
    (
      "mapping", "mprotect", #""file":"1:a","writable":true"#,
      "a file was mapped for writing, and what is written so is not seen"
    ),
    ("interrupted", "kill", "", "a program was ended in a call"),
  ])
  func `names what it cannot follow`(kind: String, call: String, rest: String, gap: String) throws {
    var records = Records()
    records.create()
    records.add(
      "open", "open",
      #""name":"image.tmp","file":"1:b","result":4,"flags":"rdwr,creat","created":true,"size":0"#)
    records.add(kind, call, rest)
    #expect(try records.read().gaps == [gap])
  }

  @Test
  func `tells whether another recorder might see more`() throws {
    var records = Records()
    #expect(try records.read().isUnseen)
    records.create()
    records.add("unfollowed", "io_uring_setup", #""why":"io_uring""#)
    #expect(try !records.read().isUnseen)
    records.add("unseen", "execve", #""program":"/bin/b","why":"static""#)
    #expect(try records.read().isUnseen)
  }

  @Test
  func `says that records are missing, and that the image was never seen`() throws {
    var records = Records()
    records.skip()
    records.create()
    #expect(try records.read().gaps == ["records are missing"])
    #expect(try Records().read().gaps == ["the image was never seen being opened"])
  }

  @Test
  func `says that the image is now another one`() throws {
    var records = Records()
    records.create()
    records.write(0, "01")
    var recorded = try records.read()
    recorded.compare(with: [1])
    #expect(recorded.gaps == [])
    recorded.compare(with: [1, 2])
    #expect(recorded.gaps.count == 1)
  }

  @Test(arguments: [
    ("burn", "burn", #""file":"1:a""#),
    ("flush", "fsync", #""scope":"file","result":0,"file":"1:a","more":1"#),
    ("flush", "fsync", #""result":0,"file":"1:a""#),
    ("flush", "fsync", #""scope":"moon","result":0,"file":"1:a""#),
    ("flush", "fsync", #""scope":"file","result":-1,"file":"1:a""#),
    ("flush", "fsync", #""scope":7,"result":0,"file":"1:a""#),
    ("truncate", "ftruncate", #""file":"1:a","length":68719476736,"result":0"#),
    ("truncate", "ftruncate", #""file":"1:a","length":-1,"result":0"#),
    (
      "write", "pwrite",
      #""file":"1:a","fd":3,"offset":9223372036854775807,"length":1,"result":1,"data":"00""#
    ),
    ("start", "execve", #""version":2,"parent":1,"program":"/bin/a""#),
  ])
  func `refuses what is unknown, and what is too large`(kind: String, call: String, rest: String) {
    var records = Records()
    records.create()
    records.add(kind, call, rest)
    let all = records
    #expect(throws: TraceError.self) { try all.read() }
  }

  @Test(arguments: ["begin", "begin -1", "begin x", "stop 1", "begin 1 2"])
  func `refuses marks of other forms`(mark: String) {
    var records = Records()
    records.mark(mark)
    let all = records
    #expect(throws: TraceError.self) { try all.read() }
  }

  @Test
  func `refuses a line that is cut`() {
    #expect(throws: TraceError.self) {
      try RecordedTrace(Array(#"{"seq":0,"pid":2"#.utf8), of: "image.vci", base: nil)
    }
  }
}
