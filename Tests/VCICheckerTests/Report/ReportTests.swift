import Testing
import VCIChecker
import VCIFormat
import VCITesting

struct `A check` {
  private let three = HandmadeImage.three

  @Test
  func `counts what it found and what the tree holds`() throws {
    let report = try Checker().check(BytesSource(three.bytes))
    #expect(report.verdict == .clean)
    #expect(report.group == .tree)
    #expect(report.stored == Report.Counters(free: 4077, metadata: 12, data: 7))
    #expect(report.recomputed == report.stored)
    #expect(
      report.tree == Report.Tree(depth: 1, internalNodes: 0, leaves: 1, extents: 3, cachedBlocks: 7)
    )
  }

  @Test
  func `keeps as many findings as it was asked to, and counts all`() throws {
    // Every second bit from block 64 on.
    let image = three.changed {
      for index in 8..<512 { $0.bytes[1536 + index] = 0x55 }
      $0.put(4077 - 2016, width: 8, at: 1040)
      $0.put(12 + 2016, width: 8, at: 1048)
    }
    let report = try Checker(budget: 10).check(BytesSource(image.bytes))
    #expect(report.findings.count == 10)
    #expect(report.isTruncated)
    #expect(report.count(of: .leak) == 2016)
    #expect(report.verdict == .repairable)
  }

  @Test
  func `keeps the first of a rule where it is to keep nothing`() throws {
    let image = three.changed {
      $0.bytes[2046] = 0x80
      $0.bytes[2047] = 0x80
      $0.put(4075, width: 8, at: 1040)
      $0.put(14, width: 8, at: 1048)
    }
    let report = try Checker(budget: 0).check(BytesSource(image.bytes))
    #expect(report.findings.map(\.rule) == [.blockOwned])
    #expect(report.isTruncated)
    #expect(report.count(of: .leak) == 2)
    #expect(report.verdict == .repairable)
  }

  @Test
  func `leaves nothing of one image to the next`() throws {
    let checker = Checker()
    _ = try checker.check(BytesSource(three.changed { $0.bytes[2047] = 0x80 }.bytes))
    #expect(try checker.check(BytesSource(HandmadeImage().bytes)).findings.isEmpty)
    let short = Array(three.bytes[..<100])
    #expect(try checker.check(BytesSource(short)).findings.map(\.rule) == [.fileHoldsHeader])
    #expect(try checker.check(BytesSource(three.bytes)).findings.isEmpty)
  }

  @Test
  func `reads the bits of a map of 256 MiB and skips its holes`() throws {
    // 2^31 blocks: a map of 524,289 blocks at block 2, the root after it, and their bits.
    let blocks: UInt64 = 1 << 31
    let map = blocks / 4096 + 1
    let used = 2 + map + 8
    var image = HandmadeImage()
    for place in [8, 1032] { image.put(blocks, width: 8, at: place) }
    image.put(2 + map, width: 8, at: 21)
    image.put(map, width: 4, at: 37)
    image.put(blocks - used, width: 8, at: 1040)
    image.put(used, width: 8, at: 1048)
    image.bytes.removeLast(image.bytes.count - 1536)
    image.bytes += [UInt8](repeating: 0xff, count: Int(used / 8))
    image.bytes.append(UInt8(1 << (used % 8) - 1))
    let source = HoledSource(start: image.bytes, root: (2 + map) * 512)
    let report = try Checker().check(source)
    #expect(report.findings.isEmpty)
    #expect(report.verdict == .clean)
    #expect(source.bytesRead < 1 << 20)
  }
}

/// An image that has bytes at its start, a leaf at `root`, and holes for the rest.
private final class HoledSource: ByteSource {
  private let start: [UInt8]
  private let root: UInt64
  private(set) var bytesRead = 0

  init(start: [UInt8], root: UInt64) {
    self.start = start
    self.root = root
  }

  func byteCount() throws(StorageError) -> UInt64 { root + 4096 }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    let count = Int(min(UInt64(buffer.byteCount), root + 4096 - offset))
    bytesRead += count
    for index in 0..<count {
      let place = offset + UInt64(index)
      let byte = place < UInt64(start.count) ? start[Int(place)] : place == root ? 2 : 0
      buffer.put(byte, at: index)
    }
    return count
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    if offset < UInt64(start.count) { return offset }
    return offset < root + 4096 ? max(offset, root) : nil
  }
}

struct `A report` {
  private let exchanged = HandmadeImage.three.changed {
    $0.bytes[1048] = 7
    $0.bytes[1056] = 12
  }

  @Test
  func `says in words what is wrong and what it means`() throws {
    let report = try Checker().check(BytesSource(exchanged.bytes))
    #expect(
      "\(ReportText(report, of: "a.vci"))" == """
        a.vci: the data is safe, but counters, lists or the bitmap are wrong
          9728 bytes, dynamic, at most 4096 blocks
          1 level, 1 leaf; 3 extents hold 7 blocks of the disk
          counters: free 4077, metadata 7, data 12; owned are metadata 12, data 7
          summary: VCI-MAP-010 at 0x418, map.metadata: the counters of metadata and data are not \
        exchanged; expected 12, found 7
            nothing is lost; the right value follows from the rest of the image
          corruption 0, summary 1, leak 0, dirty 0, advice 0

        """)
  }

  @Test
  func `says where colliding data would not collide, and which bits are wrong`() throws {
    // The second extent meets the first, the third has a clear bit, and blocks 19 and 20 leak.
    let image = HandmadeImage.three.changed {
      $0.put(13, width: 8, at: HandmadeImage.slot(0) + 30)
      $0.put([0xff, 0xef, 0x1b], at: 1536)
    }
    let report = try Checker().check(BytesSource(image.bytes))
    let text = "\(ReportText(report, of: "a.vci"))"
    #expect(
      text.contains(
        """
          corruption: VCI-EXT-006 at 0x845, tree/extent[1].blockAddress: the data overlaps no other \
        extent's data; expected at least 14, found 13

        """))
    #expect(text.contains("\n    block 18 is the first whose bit is clear\n"))
    #expect(text.contains("\n    it is the first of 2 that belong to nobody\n"))
  }

  @Test
  func `is one line of JSON with the same keys for every image`() throws {
    let report = try Checker().check(BytesSource(exchanged.bytes))
    #expect(
      ReportJSON.line(report, of: FileName("a.vci")) == #"""
        {"blocks":"4096","bytes":9728,"counts":{"advice":0,"corruption":0,"dirty":0,"leak":0,\#
        "summary":1},"dirty":false,"error":null,"exit":3,"findings":[{"actual":"7","class":\#
        "summary","expected":"12","length":16,"offset":1048,"path":"map.metadata","rule":\#
        "VCI-MAP-010"}],"image":"a.vci","imageBytes":null,"recomputed":{"data":"7","free":"4077",\#
        "metadata":"12"},"rules":{"VCI-MAP-010":1},"schema":2,"status":"repairable","stored":{"data":"12","free":"4077",\#
        "metadata":"7"},"tree":{"cachedBlocks":"7","depth":1,"extents":3,"internalNodes":0,"leaves":1},\#
        "truncated":false,"version":1}

        """#)
  }

  @Test
  func `says what a file that cannot be read is short of`() {
    let error = StorageError(.open, code: 13, reason: "Permission denied")
    #expect(
      ReportText.failure(error, of: "a.vci")
        == "a.vci: could not be checked to the end\n"
        + "  cannot open the file: Permission denied (error 13)\n")
    #expect(
      ReportJSON.failure(error, kind: "storage", of: FileName("a.vci")) == #"""
        {"blocks":null,"bytes":null,"counts":{"advice":0,"corruption":0,"dirty":0,"leak":0,"summary":0},\#
        "dirty":null,"error":{"kind":"storage","message":"cannot open the file: Permission denied \#
        (error 13)"},"exit":1,"findings":[],"image":"a.vci","imageBytes":null,"recomputed":null,"rules":{},"schema":2,\#
        "status":"incomplete","stored":null,"tree":null,"truncated":false,"version":null}

        """#)
  }

  @Test(arguments: [
    ([0x00, 0x49, 0x43, 0x56] as [UInt8], "before VirtualBox 4.0"),
    ([0x56, 0x43, 0x56, 0xff], "VirtualBox 4.2 and later"),
  ])
  func `knows the dialects that are no images`(signature: [UInt8], words: String) throws {
    let image = HandmadeImage().changed { $0.put(signature, at: 0) }
    let report = try Checker().check(BytesSource(image.bytes))
    #expect("\(ReportText(report, of: "a.vci"))".contains(words))
    #expect(report.verdict == .notAnImage)
  }
}
