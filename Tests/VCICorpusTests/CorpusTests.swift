import Glibc
import SystemPackage
import Testing
import VCICorpus
import VCIFormat

/// A folder for a corpus, removed at the end.
private final class Folder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/vci-corpus-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { name in
      guard let base = name.baseAddress, let made = unsafe mkdtemp(base) else { return "/" }
      return unsafe FilePath(platformString: made)
    }
  }

  deinit {
    for file in (try? StoredFile.files(in: path)) ?? [] { StoredFile.remove(file) }
    for folder in [path.appending("hdr"), path] {
      _ = unsafe folder.withPlatformString { unsafe rmdir($0) }
    }
  }
}

private func entry(_ id: String, _ bytes: [UInt8]) -> Corpus.Entry {
  Corpus.Entry(
    Vector(
      area: "hdr", id: id, title: "an image", rules: [.headerVersion],
      findings: [ExpectedFinding(.headerVersion, .corruption, at: 4)],
      verdict: .unsupportedVersion, bytes: bytes), bytes)
}

struct `A corpus` {
  private let two = Corpus([entry("hdr-002-b", [2, 2]), entry("hdr-002-a", [1])])

  private func verify(_ folder: Folder) throws -> [String] {
    try Corpus.verify(folder.path, check: { _ in nil }).differences
  }

  @Test
  func `is read as it was written`() throws {
    let folder = try Folder()
    try two.write(to: folder.path)
    let read = try Corpus(reading: folder.path)
    #expect(read.entries.map(\.vector.id) == ["hdr-002-a", "hdr-002-b"])
    #expect(read.entries.map(\.bytes) == [[1], [2, 2]])
    #expect(read.entries.map(\.vector) == two.entries.map(\.vector))
    #expect(read.digest == two.digest)
    #expect(read.digest != Corpus.empty.digest)
    #expect(try verify(folder) == [])
  }

  @Test
  func `keeps stored images that hold the right bytes, and drops those it does not have`() throws {
    let folder = try Folder()
    try two.write(to: folder.path)
    let file = folder.path.appending("hdr/hdr-002-a.vci.z")
    // The same byte in a stream of another level.
    let stream: [UInt8] = [0x78, 0x01, 0x01, 0x01, 0x00, 0xfe, 0xff, 0x01, 0x00, 0x02, 0x00, 0x02]
    try StoredFile.write(stream, to: file)
    try Corpus([entry("hdr-002-a", [1])]).write(to: folder.path)
    #expect(try StoredFile.read(file, limit: 100) == stream)
    let left = try StoredFile.files(in: folder.path).compactMap { $0.lastComponent?.string }
    #expect(left == ["hdr-002-a.vci.z", "manifest.jsonl"])
  }

  @Test
  func `tells all that is wrong with it`() throws {
    let folder = try Folder()
    try two.write(to: folder.path)
    let first = folder.path.appending("hdr/hdr-002-a.vci.z")
    let second = folder.path.appending("hdr/hdr-002-b.vci.z")
    try StoredFile.write(Zlib.deflated([9]), to: first)
    StoredFile.remove(second)
    try StoredFile.write([1], to: folder.path.appending("hdr/stray.vci.z"))
    let differences = try verify(folder)
    #expect(differences.count == 3)
    #expect(differences[0] == "\(first): CRC-32 a505df1b expected, abde5729 found")
    #expect(differences[1].hasPrefix("\(second): "))
    #expect(differences[2] == "\(folder.path.appending("hdr/stray.vci.z")): not in the manifest")
  }

  @Test
  func `is red where it is empty`() throws {
    let folder = try Folder()
    try Corpus.empty.write(to: folder.path)
    #expect(try verify(folder) == ["\(folder.path): the corpus is empty"])
  }

  @Test
  func `hands every image to the one who checks`() throws {
    let folder = try Folder()
    try two.write(to: folder.path)
    let outcome = try Corpus.verify(folder.path) { "\($0.bytes.count) bytes" }
    #expect(outcome.entries == 2)
    #expect(outcome.differences.map { $0.suffix(7) } == ["1 bytes", "2 bytes"])
  }

  @Test(arguments: [
    ("not json", "1"), (#"{"area":"hdr"}"#, "1"),
    (line.replacing("\"hdr\"", with: "\"../x\""), "the name ../x"),
    (line.replacing("\"size\":1", with: "\"size\":99999999999"), "a size of"),
    (line.replacing("\"size\":1", with: "\"size\":-1"), "a size of -1"),
    (line.replacing("VCI-HDR-002", with: "VCI-HDR-999"), "there is no rule VCI-HDR-999"),
    (line + "\n" + line, "a second a"),
  ])
  func `refuses a manifest that is wrong`(manifest: String, reason: String) throws {
    let folder = try Folder()
    try StoredFile.write(Array(manifest.utf8), to: folder.path.appending("manifest.jsonl"))
    do throws(CorpusError) {
      _ = try Corpus(reading: folder.path)
      Issue.record("the manifest was taken")
    } catch {
      guard case .manifest(_, let line, let said) = error else {
        Issue.record("\(error)")
        return
      }
      #expect("\(line) \(said)".contains(reason))
    }
  }
}

private let line =
  #"{"area":"hdr","crc32":"a505df1b","edits":[],"exit":6,"findings":[],"id":"a","rules":"#
  + #"["VCI-HDR-002"],"size":1,"title":"t"}"#

struct `A stored file` {
  @Test
  func `is not read past its limit`() throws {
    let folder = try Folder()
    let file = folder.path.appending("manifest.jsonl")
    try StoredFile.write([1, 2, 3], to: file)
    #expect(try StoredFile.read(file, limit: 3) == [1, 2, 3])
    #expect(throws: CorpusError.tooLarge(file, limit: 2)) {
      try StoredFile.read(file, limit: 2)
    }
  }

  @Test
  func `replaces what was there, and leaves no draft`() throws {
    let folder = try Folder()
    let file = folder.path.appending("manifest.jsonl")
    try StoredFile.write([1, 2, 3], to: file)
    try StoredFile.write([4], to: file)
    #expect(try StoredFile.read(file, limit: 3) == [4])
    #expect(try StoredFile.files(in: folder.path) == [file])
  }
}
