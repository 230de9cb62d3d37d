import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance

private let read = PortRequest.read(handle: "h", block: 96, count: 20, file: "/t/out")

private func answer(
  _ line: String, to request: PortRequest = read, id: UInt64 = 3
) throws(AdapterFailure) -> PortAnswer {
  try AnswerLine.answer(Array(line.utf8), to: request, id: id)
}

/// What is wrong with an answer; `nil` if it is one.
private func flaw(
  _ line: String, to request: PortRequest = read, id: UInt64 = 3
) -> AdapterFailure? {
  do throws(AdapterFailure) {
    _ = try answer(line, to: request, id: id)
    return nil
  } catch {
    return error
  }
}

extension AdapterFailure {
  fileprivate var isViolation: Bool {
    if case .protocolViolation = self { true } else { false }
  }
}

struct `An answer as a line` {
  @Test
  func `has runs of a read`() throws {
    #expect(
      try answer(
        #"{"id": 3, "outcome": "ok", "runs": [{"state": "miss", "block": "96", "count": "4"}, "#
          + #"{"state": "hit", "block": "100", "count": "8"}]}"#)
        == .done(
          .runs([
            PortAnswer.Run(isHit: false, block: 96, count: 4),
            PortAnswer.Run(isHit: true, block: 100, count: 8),
          ])))
  }

  @Test
  func `has the capabilities of hello`() throws {
    let line =
      #"{"id":1,"outcome":"ok","protocol":1,"caps":{"name":"tiny","version":"0.1","language":"C","#
      + #""ops":["probe","open-rw","write"],"features":["fixed"],"durability":"close","#
      + #""maxBlocks":"4096","known":[{"name":"a","issue":"b"}]}}"#
    var right = Capabilities()
    (right.name, right.version, right.language) = ("tiny", "0.1", "C")
    right.operations = ["probe", "open-rw", "write"]
    right.features = [.fixed]
    right.durability = .close
    right.mostBlocks = 4096
    right.known = [.init(name: "a", issue: "b")]
    #expect(try answer(line, to: .hello, id: 1) == .done(.capabilities(right)))
  }

  @Test
  func `has what an info, a write and a check say`() throws {
    #expect(
      try answer(
        #"{"id":3,"outcome":"ok","version":"1","type":"fixed","blocks":"4096","dirty":true,"#
          + #""uuid":"01234567-89ab-4def-8123-456789abcdef","#
          + #""modUuid":"00000000-0000-0000-0000-000000000000"}"#, to: .info(handle: "h"))
        == .done(
          .info(
            PortAnswer.Info(
              version: 1, isFixed: true, blocks: 4096, isDirty: true,
              uuid: ImageUUID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef),
              modUUID: .nil))))
    #expect(
      try answer(
        #"{"id":3,"outcome":"ok","written":"4","losses":[{"reason":"dropped","block":"1","#
          + #""count":"2"}]}"#, to: .write(handle: "h", block: 0, count: 9, file: "/t/in"))
        == .done(.written(4, losses: [PortAnswer.Loss(isEviction: false, block: 1, count: 2)])))
    #expect(
      try answer(
        #"{"id":3,"outcome":"ok","findings":[{"rule":"VCI-EXT-003","class":"corruption"}],"exit":2}"#,
        to: .check(image: "/t/a"))
        == .done(.findings([PortAnswer.Finding(rule: "VCI-EXT-003", class: "corruption")])))
  }

  @Test
  func `is refused for a rule, a requirement or a class, also an unknown class`() throws {
    #expect(
      try answer(#"{"id":3,"outcome":"refused","rule":"VCI-EXT-003","message":"behind the end"}"#)
        == .refused(PortAnswer.Refusal(rule: "VCI-EXT-003", message: "behind the end")))
    #expect(
      try answer(#"{"id":3,"outcome":"refused","rule":"VCI-WR-007"}"#)
        == .refused(PortAnswer.Refusal(rule: "VCI-WR-007")))
    #expect(
      try answer(#"{"id":3,"outcome":"refused","class":"moonlight"}"#)
        == .refused(PortAnswer.Refusal(class: "moonlight")))
  }

  @Test
  func `is unsupported, not implemented or an error of the program`() throws {
    #expect(
      try answer(#"{"id":3,"outcome":"unsupported","feature":"locks"}"#)
        == .unsupported(feature: "locks"))
    #expect(try answer(#"{"id":3,"outcome":"not-implemented"}"#) == .notImplemented)
    #expect(flaw(#"{"id":3,"outcome":"error","message":"oops"}"#) == .internalError("oops"))
  }

  @Test(arguments: [
    "", "ok", "[]", "null", #"{"id":3"#, #"{"outcome":"ok","runs":[]}"#, #"{"id":3,"runs":[]}"#,
    // An ID that is another, or no number.
    #"{"id":2,"outcome":"ok","runs":[]}"#, #"{"id":"3","outcome":"ok","runs":[]}"#,
    // Keys that are unknown, here or in the runs.
    #"{"id":3,"outcome":"ok","runs":[],"ms":1}"#, #"{"id":3,"outcome":"ok","runs":[],"rule":"x"}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"96","count":"1","file":"x"}]}"#,
    // Keys that stand twice, here or in the runs.
    #"{"id":3,"id":3,"outcome":"ok","runs":[]}"#, #"{"id":3,"outcome":"ok","runs":[],"runs":[]}"#,
    #"{"id":3,"outcome":"ok","runs":[],"\u0072uns":[]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","state":"miss","block":"96","count":"1"}]}"#,
    // Runs that are none.
    #"{"id":3,"outcome":"ok"}"#, #"{"id":3,"outcome":"ok","runs":"miss 96 20"}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hole","block":"96","count":"1"}]}"#,
    // Numbers in place of strings, and strings that are no numbers in digits.
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":96,"count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"096","count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"+96","count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"96 ","count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"0x60","count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"٣","count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"","count":"1"}]}"#,
    #"{"id":3,"outcome":"ok","runs":[{"state":"hit","block":"18446744073709551616","count":"1"}]}"#,
    // Outcomes that are none, or that say too little.
    #"{"id":3,"outcome":"fine"}"#, #"{"id":3,"outcome":"OK","runs":[]}"#,
    #"{"id":3,"outcome":"refused"}"#, #"{"id":3,"outcome":"refused","message":"no"}"#,
    #"{"id":3,"outcome":"refused","rule":"VCI-EXT-099"}"#,
    #"{"id":3,"outcome":"unsupported"}"#, #"{"id":3,"outcome":"not-implemented","feature":"x"}"#,
  ])
  func `is a violation where the schema has no such line`(line: String) {
    #expect(flaw(line)?.isViolation == true)
  }

  @Test
  func `has at most 10,000 runs`() throws {
    func line(_ count: Int) -> String {
      let runs = (0..<count).map { #"{"state":"miss","block":"\#($0)","count":"1"}"# }
      return #"{"id":3,"outcome":"ok","runs":["# + runs.joined(separator: ",") + "]}"
    }
    #expect(flaw(line(10_000)) == nil)
    #expect(flaw(line(10_001))?.isViolation == true)
  }

  @Test(arguments: [
    "01234567-89AB-4DEF-8123-456789ABCDEF", "0123456789ab4def8123456789abcdef",
    "{01234567-89ab-4def-8123-456789abcdef}", "01234567-89ab-4def-8123-456789abcdeg", "",
  ])
  func `has UUIDs in lower case, of one form`(uuid: String) {
    let line =
      #"{"id":3,"outcome":"ok","version":"1","type":"fixed","blocks":"4096","dirty":true,"#
      + #""uuid":"\#(uuid)","modUuid":"00000000-0000-0000-0000-000000000000"}"#
    #expect(flaw(line, to: .info(handle: "h"))?.isViolation == true)
  }

  @Test
  func `may be nested too deeply without harm`() {
    #expect(flaw(String(repeating: "[", count: 1 << 19))?.isViolation == true)
  }

  @Test
  func `is shown on one line, and not all of a long one`() {
    let failure = flaw(#"{"id":3,"outcome":"\#u{1b}[8m"# + String(repeating: "x", count: 1000))
    #expect(failure?.description.contains("\u{1b}") == false)
    #expect((failure?.description.count ?? 9999) < 600)
  }
}

struct `What a program declares` {
  private func hello(_ caps: String, protocol version: String = "1") -> AdapterFailure? {
    flaw(#"{"id":1,"outcome":"ok","protocol":\#(version),"caps":{\#(caps)}}"#, to: .hello, id: 1)
  }

  @Test(arguments: [
    #""version":"1","ops":[],"features":[]"#,
    #""name":"","version":"1","ops":[],"features":[]"#,
    #""name":"a","version":"","ops":[],"features":[]"#,
    #""name":"a","version":"trunk","ops":[],"features":[]"#,
    #""name":"a","version":"1","ops":["fly"],"features":[]"#,
    #""name":"a","version":"1","ops":[],"features":["wings"]"#,
    #""name":"a","version":"1","ops":["write"],"features":[]"#,
    #""name":"a","version":"1","ops":["write"],"features":[],"durability":"always""#,
    #""name":"a","version":"1","ops":[],"features":[],"maxBlocks":4096"#,
    #""name":"a","version":"1","ops":[],"features":[],"speed":"fast""#,
    #""name":"a","version":"1","ops":[],"features":[],"known":[{"name":"x"}]"#,
    #""name":"a","name":"b","version":"1","ops":[],"features":[]"#,
    #""name":"a","version":"1","ops":[],"features":[],"known":[{"name":"x","name":"y","issue":"z"}]"#,
  ])
  func `are wrong if a name, a version, a word or a key is`(caps: String) {
    #expect(hello(caps)?.isViolation == true)
  }

  @Test(arguments: [
    (
      #""name":"a","version":"1","ops":[],"features":[],"max-blocks":"4""#,
      "'caps.max-blocks': there is no such key here: "
    ),
    (
      #""name":"a","version":"1","ops":["write"],"features":[]"#,
      "'caps': 'write' without 'durability': "
    ),
    (#""name":"a","version":"dev","ops":[],"features":[]"#, "'caps': dev is no version: "),
  ])
  func `are told by the key that is wrong, or as a whole`(caps: String, words: String) {
    #expect(hello(caps)?.description.hasPrefix(words) == true)
  }

  @Test
  func `are of protocol 1`() {
    let caps = #""name":"a","version":"1","ops":[],"features":[]"#
    #expect(hello(caps) == nil)
    #expect(hello(caps, protocol: "2")?.isViolation == true)
    #expect(hello(caps, protocol: #""1""#)?.isViolation == true)
  }

  @Test
  func `have close with either of the opens`() {
    var capabilities = Capabilities()
    #expect(!capabilities.has("close"))
    capabilities.operations = ["open-rw"]
    #expect(capabilities.has("close"))
    #expect(!capabilities.has("open-ro"))
  }
}
