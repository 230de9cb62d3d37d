import CFailingCalls
import Glibc
import SystemPackage
import Testing
import VCIFiles

/// A folder of the test's own, removed with all that is in it.
private final class TestFolder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/vci-drafts-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { name in
      unsafe name.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
        unsafe FilePath(platformString: $0)
      }
    }
    path = try #require(made)
  }

  deinit {
    for name in names { unsafe unlink(path.appending(name).string) }
    unsafe rmdir(path.string)
  }

  /// The names in the folder, sorted.
  var names: [String] {
    guard let folder = unsafe opendir(path.string) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func appending(_ name: String) -> FilePath { path.appending(name) }

  /// Makes a file of this text that may be read and written as `mode` says.
  func put(_ text: String, _ name: String, mode: mode_t = 0o644) throws {
    let file = try FileDescriptor.open(
      appending(name), .writeOnly, options: [.create, .exclusiveCreate],
      permissions: .ownerReadWrite)
    try file.writeAll(text.utf8)
    try file.close()
    unsafe chmod(appending(name).string, mode)
  }

  func text(_ name: String) throws -> String {
    let file = try FileDescriptor.open(appending(name), .readOnly)
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  func status(_ name: String) -> stat {
    var status = stat()
    _ = unsafe lstat(appending(name).string, &status)
    return status
  }
}

private func write(_ text: String, to draft: Draft) throws {
  try unsafe draft.write(Array(text.utf8).span.bytes, at: 0)
}

struct `A draft` {
  @Test
  func `takes its name with its content, and leaves nothing else`() throws {
    let folder = try TestFolder()
    let draft = try Draft(creating: folder.appending("out"))
    try write("new", to: draft)
    #expect(!folder.names.contains("out"))
    try draft.finish()
    #expect(folder.names == ["out"])
    #expect(try folder.text("out") == "new")
  }

  @Test
  func `is gone where it is not finished, and what had the name stays`() throws {
    let folder = try TestFolder()
    try folder.put("old", "out")
    do {
      let draft = try Draft(replacing: folder.appending("out"))
      try write("new", to: draft)
    }
    #expect(folder.names == ["out"])
    #expect(try folder.text("out") == "old")
  }

  @Test
  func `of a new file never replaces one, even one that came in between`() throws {
    let folder = try TestFolder()
    let draft = try Draft(creating: folder.appending("out"))
    try write("new", to: draft)
    try folder.put("old", "out")
    #expect(throws: FileFailure(.create, .fileExists)) { try draft.finish() }
    #expect(throws: FileFailure(.create, .fileExists)) {
      try Draft(creating: folder.appending("out"))
    }
    #expect(try folder.text("out") == "old")
  }

  @Test(arguments: [0o600, 0o640, 0o444, 0o755] as [mode_t])
  func `hands on the permissions of what it replaces`(mode: mode_t) throws {
    let folder = try TestFolder()
    try folder.put("old", "out", mode: mode)
    let draft = try Draft(replacing: folder.appending("out"))
    try write("new", to: draft)
    try draft.finish()
    #expect(folder.status("out").st_mode == S_IFREG | mode)
    #expect(try folder.text("out") == "new")
  }

  @Test
  func `drops the permission to run as another`() throws {
    let folder = try TestFolder()
    try folder.put("old", "out", mode: 0o6755)
    try Draft(replacing: folder.appending("out")).finish()
    #expect(folder.status("out").st_mode == S_IFREG | 0o755)
  }

  @Test
  func `hands on owner and group, where the process may`() throws {
    guard geteuid() == 0 else { return }
    let folder = try TestFolder()
    try folder.put("old", "out", mode: 0o660)
    unsafe chown(folder.appending("out").string, 1234, 2345)
    try Draft(replacing: folder.appending("out")).finish()
    let status = folder.status("out")
    #expect(status.st_uid == 1234)
    #expect(status.st_gid == 2345)
    #expect(status.st_mode == S_IFREG | 0o660)
  }

  @Test
  func `leaves a link alone, and what it leads to`() throws {
    let folder = try TestFolder()
    try folder.put("precious", "precious")
    unsafe symlink("precious", folder.appending("out").string)
    #expect(throws: FileFailure.self) { try Draft(replacing: folder.appending("out")) }
    #expect(throws: FileFailure.self) { try Draft(creating: folder.appending("out")) }
    #expect(folder.names == ["out", "precious"])
    #expect(try folder.text("precious") == "precious")
  }

  @Test
  func `leaves other names of what it replaces the old content`() throws {
    let folder = try TestFolder()
    try folder.put("old", "out")
    unsafe link(folder.appending("out").string, folder.appending("other").string)
    let draft = try Draft(replacing: folder.appending("out"))
    try write("new", to: draft)
    try draft.finish()
    #expect(try folder.text("other") == "old")
    #expect(try folder.text("out") == "new")
  }

  @Test
  func `of a name as long as names can be is possible`() throws {
    let folder = try TestFolder()
    let name = String(repeating: "n", count: 255)
    try Draft(creating: folder.appending(name)).finish()
    #expect(folder.names == [name])
  }

  @Test
  func `of no file's name is refused`() throws {
    let folder = try TestFolder()
    for path in [folder.path, folder.path.appending(".."), "", "/", folder.appending("no/out")] {
      #expect(throws: FileFailure.self) { try Draft(replacing: path) }
    }
    #expect(folder.names == [])
  }

  @Test
  func `past the largest file names the byte`() throws {
    let folder = try TestFolder()
    let draft = try Draft(creating: folder.appending("out"))
    #expect(throws: FileFailure(.resize, at: 1 << 63, .fileTooLarge)) {
      try draft.resize(to: 1 << 63)
    }
    #expect(throws: FileFailure(.write, at: 1 << 63, .fileTooLarge)) {
      try unsafe draft.write([1].span.bytes, at: 1 << 63)
    }
  }
}

struct `A draft that was left` {
  private static let name = ".vci-0123456789abcdef0123456789abcdef.draft"

  @Test
  func `is removed by the next one in its folder`() throws {
    let folder = try TestFolder()
    try folder.put("left", Self.name)
    // A folder is looked through once in a row, and a new one may have the number of one that is
    // gone.
    let other = try TestFolder()
    try Draft(creating: other.appending("out")).finish()
    try Draft(creating: folder.appending("out")).finish()
    #expect(folder.names == ["out"])
  }

  @Test
  func `stays while somebody has it locked`() throws {
    let folder = try TestFolder()
    try folder.put("busy", Self.name)
    let file = try FileDescriptor.open(folder.appending(Self.name), .readOnly)
    defer { try? file.close() }
    #expect(flock(file.rawValue, LOCK_EX) == 0)
    try Draft(creating: folder.appending("out")).finish()
    #expect(folder.names == [Self.name, "out"])
  }

  @Test
  func `stays where it is a link, or has another name`() throws {
    let folder = try TestFolder()
    try folder.put("precious", "precious")
    unsafe symlink("precious", folder.appending(Self.name).string)
    let others = [".vci-0.draft", ".vci-0123456789ABCDEF0123456789abcdef.draft", "x" + Self.name]
    for name in others { try folder.put("other", name) }
    try Draft(creating: folder.appending("out")).finish()
    #expect(folder.names == (others + [Self.name, "out", "precious"]).sorted())
    #expect(try folder.text("precious") == "precious")
  }
}

struct `A draft on a disk that fails` {
  /// Makes a file of one byte while call `number` of those that can fail does.
  private func make(_ path: FilePath, failing number: Int, _ error: Int32) -> FileFailure? {
    failing_calls_begin(Int32(FAILING_ERROR), error, number, 1)
    defer { _ = failing_calls_end() }
    do throws(FileFailure) {
      let draft = try Draft(creating: path)
      try unsafe draft.write([UInt8(1)].span.bytes, at: 0)
      try draft.finish()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: 0..<3)
  func `leaves no file, whichever call fails`(number: Int) throws {
    let folder = try TestFolder()
    let failure = make(folder.appending("a"), failing: number, EIO)
    // The write, the flush of the file, and that of its folder.
    #expect(failure?.operation == (number == 0 ? .write : .flush))
    #expect(folder.names == [])
    #expect(make(folder.appending("a"), failing: 3, EIO) == nil)
    #expect(folder.names == ["a"])
  }

  @Test(arguments: 0..<3)
  func `makes a call again that was interrupted`(number: Int) throws {
    let folder = try TestFolder()
    #expect(make(folder.appending("a"), failing: number, EINTR) == nil)
    #expect(folder.names == ["a"])
  }
}
