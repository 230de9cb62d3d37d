import Foundation
import Testing

struct `Text of a program` {
  /// A text, and how it stands in the page.
  private static let texts: [(text: String, shown: String)] = [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("</pre><b onclick='x'>", "&lt;/pre&gt;&lt;b onclick=&#39;x&#39;&gt;"),
    ("a\" onfocus=\"x", "a&quot; onfocus=&quot;x"),
    // A mark makes another character of a quotation mark.
    (
      "a\"\u{301} onfocus=x <\u{338}b>\u{fe0f} &\u{301}lt;",
      "a&quot;\\u{301} onfocus=x &lt;\\u{338}b&gt;\\u{fe0f} &amp;\\u{301}lt;"
    ),
    ("\u{301}\u{301}b", "\u{301}\u{301}b"),
    ("nul \u{0} bell \u{7} escape \u{1b}[31m", "nul \\u0000 bell \\u0007 escape \\u001b[31m"),
    ("right \u{202e}to left\u{2066}", "right \\u202eto left\\u2066"),
    ("{{command}} {{{style}}} {{>page}}", "{{command}} {{{style}}} {{&gt;page}}"),
    ("e\u{301} 漢字 🙂", "e\u{301} 漢字 🙂"),
  ]

  @Test
  func `is shown as text wherever it stands`() throws {
    var page = try TestPage(named: "six")
    let all = Self.texts.map(\.text).joined(separator: "|")
    // A name is short; that of each program is another text.
    for index in 0..<6 {
      try page.change("implementations", index, "name", to: Self.texts[index].text)
      for key in ["version", "language", "command", "verdict"] {
        try page.change("implementations", index, key, to: all)
      }
    }
    for key in ["test", "image", "request", "expected", "got", "errors", "command", "twin", "kit"] {
      try page.change("examples", 0, key, to: all)
    }
    try page.change(
      "examples", 2, "sequence",
      to: [
        "start": all, "before": 2, "steps": [all], "more": 0, "request": all, "expected": all,
        "got": all, "bytes": [[String: Any]](),
      ])
    try page.change("examples", 0, "bytes", to: [["place": all, "expected": all, "got": all]])
    for key in ["about", "test", "image", "request", "command", "kit"] {
      try page.change("differences", 0, key, to: all)
    }
    try page.change("requirements", 0, "clause", to: all)
    page.matrix["lane"] = all
    page.matrix["only"] = all
    let html = try page.html()
    for (text, shown) in Self.texts { #expect(html.count(of: shown) > 15, "\(text)") }
    #expect(Set(try html.tags()).isSubset(of: try TestPage.html(of: "six").tags()))
    #expect(try html.captures("<[a-z][^>]*(onfocus|onclick)").isEmpty)
    #expect(html.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{202e}" })
  }

  @Test
  func `is cut if it is long`() throws {
    var page = try TestPage(named: "failing")
    let length = try TestPage.html(of: "failing").utf8.count
    try page.change("examples", 0, "got", to: String(repeating: "<", count: 1 << 20))
    for key in ["expected", "image", "errors", "command"] {
      try page.change("examples", 0, key, to: String(repeating: "<", count: 2001))
    }
    try page.change("examples", 1, "errors", to: String(repeating: "line\n", count: 100))
    let html = try page.html()
    #expect(html.utf8.count < length + 6 * 4 * 2000)
    #expect(html.contains("&lt;… (cut; 1,048,576 bytes in all)"))
    #expect(html.contains("&lt;… (cut; 2,001 bytes in all)"))
    #expect(html.contains("line\n… 61 more lines"))
  }
}
