import Testing
import VCIChecker
import VCICorpus
import VCIFormat
import VCIGenerators

@testable import VCIFuzzing

/// The image of `Specs/Verdicts.md`, whose extents hold the letters a and b.
private let two = """
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 100+8 at 16
    extent 108+4 at 40

  fill 8192+4096 = 61
  fill 20480+2048 = 62

  """

/// Its example of a node that is damaged as a whole, before the edit.
private let tree = """
  blocks: 4096
  map: 2
  internal tree at 4
    entry 0+1000
    entry 1000+1000
  leaf tree/0 at 12
    extent 100+8 at 28
  leaf tree/1 at 20
    extent 1000+1 at 36

  fill 14336+4096 = 61

  """

private func verdict(
  _ recipe: String, title: String? = nil, tellsEdits: Bool = true
) throws -> VerdictLine {
  let recipe = try Recipe(parsing: recipe)
  return VerdictLine(
    try Expectations(recipe.image(), Checker()), image: "a.vci", title: title,
    edits: tellsEdits ? recipe.edits.map(\.description) : [])
}

extension VerdictLine {
  /// The segments of a read, as `100+8 hit 9c99dc73`, `96+4 miss|refused`; `nil` if there is none.
  fileprivate func segments(_ block: String, _ count: String) -> [String]? {
    reads.first { "\($0.block)" == block && "\($0.count)" == count }?.segments.map {
      "\($0.block)+\($0.count) \($0.may.joined(separator: "|"))"
        + ($0.crc32.map { " \($0)" } ?? "")
    }
  }

  fileprivate var text: String {
    get throws { String(decoding: try encoded(), as: UTF8.self) }
  }
}

struct `The verdict of an image` {
  @Test
  func `demands hits and misses of a valid one`() throws {
    let line = try verdict(two, title: "two runs")
    #expect(line.segments("92", "16") == ["92+8 miss", "100+8 hit 9c99dc73"])
    #expect(
      line.segments("0", "112")
        == ["0+100 miss", "100+8 hit 9c99dc73", "108+4 hit faca3f79"])
    #expect(
      try line.text.hasPrefix(
        #"{"bytes":"22528","bytesOnDisk":"8192","damage":[],"edits":[],"exit":0,"#
          + #""extents":{"extents":[{"address":"16","block":"100","count":"8"},"#
          + #"{"address":"40","block":"108","count":"4"}]},"findings":[],"image":"a.vci","#
          + #""openForReading":{"answers":["taken"],"rules":[]},"#
          + #""openForWriting":{"answers":["taken"],"rules":[]},"probe":{"answers":["mine"]},"#
          + #""reads":[{"block":"99","count":"2","segments":[{"block":"99","count":"1","#
          + #""may":["miss"]},{"block":"100","count":"1","crc32":"#))
    #expect(try line.text.hasSuffix(#"],"schema":2,"title":"two runs"}"# + "\n"))
  }

  @Test
  func `VCI-RD-004 allows anything but wrong bytes beside a damaged entry`() throws {
    let line = try verdict(two + "tree/extent[1].blockAddress = 5000\nrefit")
    #expect(
      line.segments("0", "112") == [
        "0+100 miss|refused", "100+8 hit|miss|refused 9c99dc73", "108+4 miss|refused",
      ])
    #expect(
      line.segments("18014398509481983", "2")
        == ["18014398509481983+1 miss|refused", "18014398509481984+1 miss"])
    let text = try line.text
    for part in [
      #""damage":["VCI-EXT-003"]"#,
      #""edits":["tree/extent[1].blockAddress = 5000","refit"]"#,
      #""extents":{"extents":[{"address":"16","block":"100","count":"8"}],"may":"any"}"#,
      #""findings":[{"class":"corruption","length":"8","offset":"2117","#
        + #""path":"tree/extent[1].blockAddress","rule":"VCI-EXT-003","stage":"touch"}]"#,
      #""openForReading":{"answers":["taken","refused"],"rules":["VCI-EXT-003"]}"#,
      #""openForWriting":{"answers":["refused"],"rules":["VCI-EXT-003"]}"#,
    ] { #expect(text.contains(part)) }
  }

  @Test
  func `VCI-RD-004 allows a refusal in the range of a node that is damaged as a whole`() throws {
    let line = try verdict(tree + "tree/1.type = 7\nrefit")
    #expect(line.segments("92", "16") == ["92+8 miss", "100+8 hit 9c99dc73"])
    #expect(
      line.segments("107", "894")
        == ["107+1 hit f9517051", "108+892 miss", "1000+1 miss|refused"])
    #expect(line.segments("1999", "2") == ["1999+1 miss|refused", "2000+1 miss"])
    #expect(line.openForReading.answers == ["taken", "refused"])
    #expect(line.damage == ["VCI-NODE-001"])
  }

  @Test
  func `VCI-RD-002 VCI-RD-003 allows a refusal everywhere if a bit is clear`() throws {
    let line = try verdict(two + "flip bitmap[16]\nmap.free += 1\nmap.data -= 1")
    #expect(
      line.segments("0", "112") == [
        "0+100 miss|refused", "100+8 hit|miss|refused 9c99dc73", "108+4 hit|miss|refused faca3f79",
      ])
    #expect(line.openForReading.rules == ["VCI-EXT-004"])
    #expect(line.openForWriting.answers == ["taken", "refused"])
    #expect(line.openForWriting.rules == ["VCI-MAP-009", "VCI-EXT-004"])
    let dirty = try verdict("dirty: yes\n" + two + "flip bitmap[16]")
    #expect(
      dirty.segments("0", "112")
        == ["0+100 miss", "100+8 hit 9c99dc73", "108+4 hit faca3f79"])
    #expect(dirty.openForReading.answers == ["taken"])
    #expect(dirty.openForWriting.rules == ["VCI-SHD-001", "VCI-MAP-005", "VCI-EXT-004"])
  }

  @Test
  func `is the same without a model`() throws {
    // The first byte of the map is written as it is, after which there is no model.
    for edits in ["", "tree/1.type = 7\n", "header.version = 2\n", "flip bitmap[28]\n"] {
      let text = try verdict(tree + edits, tellsEdits: false).text
      #expect(try verdict(tree + edits + "raw 0x400 = 56", tellsEdits: false).text == text)
    }
  }

  @Test
  func `is told of a case that is run again`() throws {
    let replay = try Replay(seed: 1, iteration: 17, target: .all, corpus: nil)
    let line = try replay.verdict(ofImage: "1-17.vci")
    #expect(line.image == "1-17.vci")
    let lines = replay.text.split(separator: "\n")
    // The edits of the base come first.
    let edits = lines.filter { $0.hasPrefix("edit: ") }.map { String($0.dropFirst(6)) }
    #expect(line.edits.suffix(edits.count) == edits[...])
    #expect(!edits.isEmpty)
    #expect(
      line.findings.map { "forecast: \($0.rule) \($0.class)" }
        == lines.filter { $0.hasPrefix("forecast: ") }
        .map { $0.split(separator: " at 0x")[0] })
    #expect(!line.findings.isEmpty)
  }

  @Test
  func `has neither reads nor extents if an open must be refused`() throws {
    let line = try verdict(two + "header.version = 2")
    #expect(line.reads.isEmpty)
    #expect(line.extents == nil)
    #expect(line.exit == 6)
    #expect(
      try line.text.contains(
        #""probe":{"answers":["not-mine"],"rules":["VCI-HDR-002"]},"reads":[]"#))
  }

  @Test
  func `lists more than 1,000 extents by number, ends and digest`() throws {
    var recipe = "blocks: 40960\nmap: 2\ninternal tree at 14\n"
    for leaf in 0..<11 { recipe += "  entry \(leaf * 1000)+1000\n" }
    for leaf in 0..<11 {
      recipe += "leaf tree/\(leaf) at \(22 + leaf * 8)\n"
      for slot in 0..<91 {
        recipe += "  extent \(leaf * 1000 + slot * 2)+1 at \(200 + leaf * 91 + slot)\n"
      }
    }
    // The digest of "0 1 200\\n2 1 201\\n ..." was computed by sha256sum.
    #expect(
      try verdict(recipe).text.contains(
        #""extents":{"first":{"address":"200","block":"0","count":"1"},"#
          + #""last":{"address":"1200","block":"10180","count":"1"},"number":"1001","#
          + #""sha256":"4c70f42caf9ec75659825075fc74e13829b9b5ead191112685ad1ba7b4511701""#))
  }
}

struct `A series of images` {
  @Test
  func `is given up after as many in a row that are not wanted`() throws {
    let choice = ImageChoice(seed: 1, kind: .valid, rule: .headerSignature)
    var series = ImageSeries(choice, largest: 1 << 43, mostTried: 20)
    #expect(throws: SeriesEnd.givenUp(after: 20)) { try series.image(isInterrupted: { false }) }
    #expect(series.passed.others == 20)
  }

  @Test
  func `has images that break the rule, or that a writer may open`() throws {
    let rule = ImageChoice(seed: 1, kind: .edited, rule: .nodeType)
    var series = ImageSeries(rule, largest: 1 << 43)
    let broken = try #require(try series.image(isInterrupted: { false }))
    #expect(broken.line.findings.contains { $0.rule == "VCI-NODE-001" })
    let writable = ImageChoice(seed: 1, kind: .edited, isWritable: true)
    series = ImageSeries(writable, largest: 1 << 43)
    for _ in 0..<5 {
      let image = try #require(try series.image(isInterrupted: { false }))
      #expect(image.line.openForWriting.answers.contains("taken"))
    }
  }

  @Test
  func `ends when the numbers end`() throws {
    var series = ImageSeries(ImageChoice(seed: 1, kind: .valid, first: .max), largest: 1 << 43)
    #expect(try series.image(isInterrupted: { false }) != nil)
    #expect(throws: SeriesEnd.indexEnd) { try series.image(isInterrupted: { false }) }
  }
}
