import Glibc
import SystemPackage
import Testing
import VCICorpus

/// A folder of the test's own, removed with the files in it.
private final class TestFolder {
  let path: FilePath

  init() throws {
    path = FilePath("/tmp/vci-corpus-\(getpid())-\(UInt64.random(in: 0...(.max)))")
    try StoredFile.makeFolder(path)
  }

  deinit {
    for file in (try? StoredFile.files(in: path)) ?? [] { StoredFile.remove(file) }
    unsafe rmdir(path.appending("hdr").string)
    unsafe rmdir(path.string)
  }
}

struct `A number of the manifest` {
  private static func line(_ offset: String, _ exit: String, _ bytes: String) -> String {
    #"{"schema":2,"area":"hdr","id":"x","title":"t","rules":[],"faults":[],"findings":"#
      + #"[{"rule":"VCI-HDR-001","class":"corruption","stage":"probe","path":"header.signature","#
      + #""offset":\#(offset),"length":"4"}],"exit":\#(exit),"#
      + #""probe":{"answers":["not-mine"],"rules":["VCI-HDR-001"]},"#
      + #""openForReading":{"answers":["refused"],"rules":["VCI-HDR-001"]},"#
      + #""openForWriting":{"answers":["refused"],"rules":["VCI-HDR-001"]},"reads":[],"damage":[],"#
      + #""stored":false,"bytes":\#(bytes),"bytesOnDisk":"0","crc32":"00000000","edits":[]}"# + "\n"
  }

  private static let range = "from 0 to 18446744073709551615"

  @Test(arguments: [
    (
      #""0""#, "5", #""9007199254740993.5""#,
      "'bytes': '9007199254740993.5' is no whole number \(range)"
    ),
    (#""0""#, "5", #""-1""#, "'bytes': '-1' is no whole number \(range)"),
    (#""0""#, "5", #""+1""#, "'bytes': '+1' is no whole number \(range)"),
    (#""0""#, "5", #""007""#, "'bytes': '007' is no whole number \(range)"),
    (
      #""18446744073709551616""#, "5", #""0""#,
      "'findings[0].offset': '18446744073709551616' is no whole number \(range)"
    ),
    (
      #""0""#, "4294967296", #""0""#,
      "'exit': 4294967296 is no whole number from -2147483648 to 2147483647"
    ),
    ("0", "5", #""0""#, "'findings[0].offset': expected to decode String but found number instead"),
    (#""0""#, #""5""#, #""0""#, "'exit': it is no number"),
    (#""0""#, "5", "null", "'bytes' is null"),
    (#""0""#, "5", "1,,", "it is no JSON"),
  ])
  func `that is wrong is named with its place`(
    offset: String, exit: String, bytes: String, reason: String
  ) throws {
    let folder = try TestFolder()
    // Lines that are empty count.
    let text =
      "\n" + Self.line(#""0""#, "5", #""0""#).replacing("\"x\"", with: "\"y\"")
      + Self.line(offset, exit, bytes)
    let file = folder.path.appending("manifest.jsonl")
    try StoredFile.write(Array(text.utf8), to: file)
    #expect(throws: CorpusError.manifest(file, line: 3, reason)) {
      try Corpus.manifest(in: folder.path)
    }
  }

  @Test
  func `is read as it stands there`() throws {
    let folder = try TestFolder()
    let text = Self.line(#""18446744073709551615""#, "5", #""9007199254740993""#)
    try StoredFile.write(Array(text.utf8), to: folder.path.appending("manifest.jsonl"))
    let vector = try #require(try Corpus.manifest(in: folder.path).first)
    #expect(vector.size == 9_007_199_254_740_993)
    #expect(vector.findings[0].offset.number == .max)
  }
}

struct `What a file manager leaves` {
  @Test
  func `is no file of a corpus`() throws {
    let folder = try TestFolder()
    let names = [
      ".DS_Store", "Thumbs.db", "desktop.ini", "._x.vcir", "x.vcir~", ".x.vcir.swp", ".directory",
      ".nfs0001", ".#x", ".vci-0123456789abcdef0123456789abcdef.draft",
    ]
    try StoredFile.makeFolder(folder.path.appending("hdr"))
    for name in names + ["x.vcir", "swp"] {
      try StoredFile.write([1], to: folder.path.appending("hdr").appending(name))
    }
    let own = try StoredFile.ownFiles(in: folder.path).compactMap { $0.lastComponent?.string }
    #expect(own == ["swp", "x.vcir"])
  }
}
