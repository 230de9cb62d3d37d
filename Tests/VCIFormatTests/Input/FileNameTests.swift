import Testing
import VCIFormat

struct `The name of a file` {
  @Test(
    arguments: [
      ("plain.vci", "plain.vci"), ("schön 文.vci", "schön 文.vci"), ("a\nb", "a\\nb"),
      ("a\tb\r", "a\\tb\\r"), ("\u{1b}[8m", "\\u001b[8m"), ("\u{7f}\u{9b}", "\\u007f\\u009b"),
      ("\u{202e}\u{2028}\u{feff}", "\\u202e\\u2028\\ufeff"), ("\u{e0001}", "\\U000e0001"),
      ("a\\nb", "a\\nb"),
    ] as [(String, String)])
  func `is printed on one line`(name: String, printed: String) {
    #expect("\(FileName(name))" == printed)
    #expect("\(PrintableText(name))" == printed)
    #expect("\(PrintableText(printed))" == printed)
  }

  @Test(
    arguments: [
      ([0x71, 0xff, 0x2e], "q\\xff."), ([0xc3], "\\xc3"), ([0xc3, 0x28], "\\xc3("),
      ([0xe2, 0x82], "\\xe2\\x82"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0xc0, 0x80], "\\xc0\\x80"), ([0xf0, 0x9f, 0x92, 0x96], "💖"),
      ([0xf5, 0x80, 0x80, 0x80], "\\xf5\\x80\\x80\\x80"), ([0x65, 0xcc, 0x81], "e\u{301}"),
    ] as [([UInt8], String)])
  func `shows bytes that are no UTF-8`(bytes: [UInt8], printed: String) {
    let name = FileName(bytes: bytes)
    #expect(Array("\(name)".unicodeScalars) == Array(printed.unicodeScalars))
    let isText = !printed.contains("\\x")
    #expect((name.hexadecimal == nil) == isText)
  }

  @Test
  func `has its bytes in hexadecimal where text would lose some`() {
    #expect(FileName(bytes: [0x71, 0xff, 0x0a]).hexadecimal == "71ff0a")
    #expect(FileName(bytes: [0x71, 0xff, 0x0a]).text == "q\u{fffd}\n")
    #expect(FileName("q\u{fffd}").hexadecimal == nil)
  }

  @Test(
    arguments: [
      ("a/b-1.json", "a/b-1.json"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"),
      ("$(x)", "'$(x)'"), ("é", "'é'"), ("~", "'~'"), ("a\n'\\", "$'a\\x0a\\'\\\\'"),
      ("\u{9b}é\n", "$'\\xc2\\x9bé\\x0a'"),
    ] as [(String, String)])
  func `is one word for a shell`(name: String, word: String) {
    #expect(FileName(name).shellWord == word)
  }

  @Test
  func `is one word for a shell where it is no UTF-8`() {
    #expect(FileName(bytes: [0x71, 0xff, 0x20]).shellWord == "$'q\\xff '")
  }
}

struct `Printable lines` {
  @Test
  func `keep their ends and nothing else that a terminal obeys`() {
    let lines = PrintableText(lines: "a\n\u{1b}[8m\tb\u{9b}\n")
    #expect("\(lines)" == "a\n\\u001b[8m\\tb\\u009b\n")
  }

  @Test
  func `stay JSON`() {
    #expect(
      "\(PrintableText(lines: "{\"a\":\"\u{7f}\u{e0001}\"}"))" == "{\"a\":\"\\u007f\u{e0001}\"}")
  }
}
