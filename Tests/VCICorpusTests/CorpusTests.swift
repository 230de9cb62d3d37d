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
      answers: ExpectedAnswers(
        findings: [
          ListedFinding(.headerVersion, .corruption, .probe, .header(.version))
        ], .unsupportedVersion, probe: AllowedProbe(refusedFor: [.headerVersion]),
        openForReading: AllowedOpen(["refused"], [.headerVersion]),
        openForWriting: AllowedOpen(["refused"], [.headerVersion]), damage: [.headerVersion]),
      size: UInt64(bytes.count), onDisk: UInt64(bytes.count), crc32: Zlib.crc32(bytes)), bytes)
}

/// What is expected of a valid image.
private let valid = ExpectedAnswers(
  findings: [], .clean, probe: AllowedProbe(refusedFor: []),
  openForReading: AllowedOpen(["taken"], []), openForWriting: AllowedOpen(["taken"], []),
  damage: [])

/// A corpus of two images in `folder`, with a recipe beside each.
private func write(_ corpus: Corpus, to folder: Folder) throws {
  try corpus.write(to: folder.path)
  for vector in corpus.vectors {
    try StoredFile.makeFolder(folder.path.appending("hdr"))
    try StoredFile.write([], to: folder.path.appending(vector.recipe))
  }
}

struct `A corpus` {
  private let two = Corpus([entry("hdr-002-b", [2, 2]), entry("hdr-002-a", [1])])

  private func verify(_ folder: Folder) throws -> [String] {
    try Corpus.verify(folder.path)
  }

  @Test
  func `is read as it was written`() throws {
    let folder = try Folder()
    try write(two, to: folder)
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
    try write(two, to: folder)
    let file = folder.path.appending("hdr/hdr-002-a.vci.z")
    // The same byte in a stream of another level.
    let stream: [UInt8] = [0x78, 0x01, 0x01, 0x01, 0x00, 0xfe, 0xff, 0x01, 0x00, 0x02, 0x00, 0x02]
    try StoredFile.write(stream, to: file)
    try Corpus([entry("hdr-002-a", [1])]).write(to: folder.path)
    #expect(try StoredFile.read(file, limit: 100) == stream)
    let left = try StoredFile.files(in: folder.path).compactMap { $0.lastComponent?.string }
    #expect(left == ["hdr-002-a.vci.z", "hdr-002-a.vcir", "hdr-002-b.vcir", "manifest.jsonl"])
  }

  @Test
  func `tells all that is wrong with it`() throws {
    let folder = try Folder()
    try write(two, to: folder)
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
  func `may have a list of withdrawn vectors, in its folder alone`() throws {
    let folder = try Folder()
    try write(two, to: folder)
    try StoredFile.write([1], to: folder.path.appending("RETIRED.md"))
    #expect(try verify(folder) == [])
    let stray = folder.path.appending("hdr/RETIRED.md")
    try StoredFile.write([1], to: stray)
    #expect(try verify(folder) == ["\(stray): not in the manifest"])
  }

  @Test
  func `is red where it is empty`() throws {
    let folder = try Folder()
    try write(.empty, to: folder)
    #expect(try verify(folder) == ["\(folder.path): the corpus is empty"])
  }

  @Test
  func `has a recipe for each image`() throws {
    let folder = try Folder()
    try write(two, to: folder)
    let recipe = folder.path.appending("hdr/hdr-002-b.vcir")
    StoredFile.remove(recipe)
    #expect(try verify(folder) == ["\(recipe): it is not there"])
  }

  @Test
  func `names images that are too large to be stored`() throws {
    let folder = try Folder()
    let large = Vector(
      area: "hdr", id: "hdr-003-large", title: "a large image", rules: [.headerBlocks],
      answers: valid, size: 4 << 20 + 1, onDisk: 512, crc32: 5)
    #expect(!large.stored)
    let corpus = Corpus(two.entries, unstored: [large])
    try write(corpus, to: folder)
    #expect(try verify(folder) == [])
    let read = try Corpus(reading: folder.path)
    #expect(read.unstored == [large])
    #expect(read.vectors.map(\.id) == ["hdr-002-a", "hdr-002-b", "hdr-003-large"])
  }

  @Test(arguments: [
    ("not json", "1"), (#"{"schema":2,"area":"hdr"}"#, "'id' is missing"),
    (line.replacing("\"schema\":2,", with: ""), "a line of version 1; this version reads 2"),
    (line.replacing("\"schema\":2", with: "\"schema\":3"), "a line of version 3; this"),
    (line.replacing("\"hdr\"", with: "\"../x\""), "the name ../x"),
    (line.replacing("\"bytes\":\"1\"", with: "\"bytes\":\"99999999999\""), "a size of"),
    (line.replacing("\"bytes\":\"1\"", with: "\"bytes\":\"-1\""), "'bytes': '-1' is no whole"),
    (line.replacing("\"bytes\":\"1\"", with: "\"bytes\":\"01\""), "'bytes': '01' is no whole"),
    (line.replacing("Disk\":\"0\"", with: "Disk\":\"2\""), "2 of 1 bytes on disk"),
    (line.replacing("[\"mine\"]", with: "[\"yours\"]"), "the answers [\"yours\"] of a probe"),
    (line.replacing("[\"mine\"]", with: "[\"not-mine\"]"), "the answers [\"not-mine\"] of a pro"),
    (line.replacing("[\"taken\"]", with: "[]"), "the answers [] of an open"),
    (
      line.replacing("[\"taken\"]", with: "[\"refused\",\"taken\"]"),
      "the answers [\"refused\", \"taken\"] of an open"
    ),
    (
      line.replacing("[\"miss\"]", with: "[\"maybe\"]"),
      "a segment [\"maybe\"] of a read of 2 blocks from 1"
    ),
    (line.replacing("[\"miss\"]", with: "[\"hit\"]"), "a segment [\"hit\"] of a read of 2"),
    (line.replacing("\"count\":\"2\"", with: "\"count\":\"0\""), "a read of 0 blocks"),
    (line.replacing("\"1\",\"count\":\"1\"", with: "\"1\",\"count\":\"2\""), "do not cover a read"),
    (line.replacing("\"2\",\"count\":\"1\"", with: "\"3\",\"count\":\"1\""), "do not cover a read"),
    (line.replacing("\"2\",\"count\":\"1\"", with: "\"2\",\"count\":\"0\""), "do not cover a read"),
    (line.replacing("VCI-HDR-002", with: "VCI-HDR-999"), "there is no rule VCI-HDR-999"),
    (line.replacing("probe\"}", with: "now\"}"), "there is no stage now"),
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
  #"{"schema":2,"area":"hdr","bytes":"1","bytesOnDisk":"0","crc32":"a505df1b","damage":[],"#
  + #""edits":[],"exit":0,"faults":[],"findings":[{"class":"advice","length":"4","offset":"4","#
  + #""path":"header.version","rule":"VCI-HDR-002","stage":"probe"}],"id":"a","#
  + #""openForReading":{"answers":["taken"],"rules":[]},"#
  + #""openForWriting":{"answers":["taken"],"rules":[]},"probe":{"answers":["mine"]},"reads":"#
  + #"[{"block":"1","count":"2","segments":[{"block":"1","count":"1","may":["miss","refused"]},"#
  + #"{"block":"2","count":"1","may":["miss"]}]}],"rules":["VCI-HDR-002"],"#
  + #""stored":true,"title":"t"}"#

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

/// Bytes with a hole before and after them.
private final class Source: ByteSource {
  func byteCount() throws(StorageError) -> UInt64 { 1 << 33 }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    offset < 1 << 32 + 3 ? max(offset, 1 << 32) : nil
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    buffer.zero(0..<buffer.byteCount)
    for index in 0..<3 as Range<UInt64> where offset <= 1 << 32 + index {
      let place = 1 << 32 + index - offset
      if place < buffer.byteCount { buffer.put(UInt8(index + 1), at: Int(place)) }
    }
    return Int(min(UInt64(buffer.byteCount), 1 << 33 - offset))
  }
}

struct `A stored image` {
  @Test
  func `has holes where its source has them`() throws {
    let folder = try Folder()
    let file = folder.path.appending("manifest.jsonl")
    try StoredFile.create(Source(), at: file)
    var status = stat()
    #expect(unsafe file.withPlatformString { unsafe stat($0, &status) } == 0)
    #expect(status.st_size == 1 << 33)
    #expect(status.st_blocks < 1024)
    let opened = try FileDescriptor.open(file, .readOnly)
    defer { try? opened.close() }
    var bytes = [UInt8](repeating: 9, count: 5)
    _ = try unsafe bytes.withUnsafeMutableBytes {
      try unsafe opened.read(fromAbsoluteOffset: 1 << 32 - 1, into: $0)
    }
    #expect(bytes == [0, 1, 2, 3, 0])
  }

  @Test
  func `takes no place that is taken, unless it is to`() throws {
    let folder = try Folder()
    let file = folder.path.appending("manifest.jsonl")
    try StoredFile.write([7], to: file)
    #expect(throws: CorpusError.self) { try StoredFile.create(Source(), at: file) }
    #expect(try StoredFile.read(file, limit: 10) == [7])
    #expect(try StoredFile.files(in: folder.path) == [file])
    try StoredFile.replace(Source(), at: file)
    #expect(throws: CorpusError.tooLarge(file, limit: 10)) {
      try StoredFile.read(file, limit: 10)
    }
  }

  @Test
  func `has the checksum of all its bytes, those of holes too`() throws {
    #expect(
      Zlib.crc32(ofZeros: 1000, from: 0xabcd)
        == Zlib.crc32([UInt8](repeating: 0, count: 1000), from: 0xabcd))
    #expect(Zlib.crc32(ofZeros: 0, from: 7) == 7)
    let zeros = Zlib.crc32(ofZeros: 1 << 32, from: 0)
    let bytes = Zlib.crc32([1, 2, 3], from: zeros)
    let all = Zlib.crc32(ofZeros: 1 << 32 - 3, from: bytes)
    #expect(try StoredFile.crc32(of: Source()) == all)
  }
}
