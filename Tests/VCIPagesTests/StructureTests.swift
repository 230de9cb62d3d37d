import Foundation
import Testing

@testable import VCIPages

struct `A page` {
  @Test(arguments: TestPage.names)
  func `is the same each time`(name: String) throws {
    #expect(try TestPage(named: name).html() == TestPage.html(of: name))
  }

  @Test(arguments: TestPage.names)
  func `needs nothing else and has no script`(name: String) throws {
    let html = try TestPage.html(of: name)
    for word in ["<script", "http:", "https:", "src=", "@import", "url(", "<link", "<iframe"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(try html.captures("<[a-z][^>]*[^a-z](on[a-z]+)=").isEmpty)
    #expect(
      html.contains(
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"))
  }

  @Test(arguments: TestPage.names)
  func `has balanced tags, and places for all its links`(name: String) throws {
    let html = try TestPage.html(of: name)
    var open: [String] = []
    for tag in try html.tags() where tag != "meta" {
      if tag.hasPrefix("/") {
        #expect(open.popLast() == String(tag.dropFirst()))
      } else {
        open.append(tag)
      }
    }
    #expect(open.isEmpty)
    let ids = try html.captures(" id=\"([^\"]*)\"")
    #expect(Set(ids).count == ids.count)
    #expect(Set(try html.captures("href=\"#([^\"]*)\"")).isSubset(of: ids))
  }

  @Test
  func `says which image its ribbons are of`() throws {
    let html = try TestPage.html(of: "failing")
    let captions = try html.captures("<figcaption>([^:<]*): the disk above, the file below. ")
    #expect(Set(captions) == ["The image", "The image that these steps leave"])
  }

  @Test
  func `does not call an image valid of which no valid twin is known`() throws {
    var page = try TestPage(named: "failing")
    #expect(try page.html().contains("none: the image is valid, or no valid one is known") == false)
    try page.change("examples", 0, "twin", to: nil)
    #expect(try page.html().contains("none: the image is valid, or no valid one is known"))
  }

  @Test(arguments: TestPage.names)
  func `has an example for each wrong cell`(name: String) throws {
    let page = try TestPage(named: name)
    let html = try TestPage.html(of: name)
    let table = try #require(try html.captures("<section id=\"requirements\"(.*?)</section>").first)
    let cells = try page.objects("requirements").flatMap {
      try #require($0["cells"] as? [[String: Any]])
    }
    let wrong = cells.filter { $0["verdict"] as? String == "wrong" }
    let links = try table.captures("<td class=\"wrong\"><a href=\"#example-(\\d+)\">")
    #expect(links == wrong.map { "\(($0["example"] as? Int ?? -9) + 1)" })
    #expect(try table.captures("<td class=\"(\\w+)\"").count == cells.count)
    for (index, example) in try page.objects("examples").enumerated() {
      let article = try #require(
        try html.captures("<article id=\"example-\(index + 1)\"(.*?)</article>").first)
      for key in ["requirement", "kind", "test", "request", "expected", "got", "image", "command"] {
        #expect(article.contains(try #require(example[key] as? String)), "\(key)")
      }
    }
  }

  @Test
  func `marks the bytes that differ, and puts the twin beside the image`() throws {
    let html = try TestPage.html(of: "failing")
    #expect(
      html.contains(
        "<td><code><mark>fc</mark> <mark>0f</mark> 00 00 00 00 00 00 </code></td>"
          + "<td><code><mark>00</mark> <mark>10</mark> 00 00 00 00 00 00 </code></td>"))
    #expect(
      html.contains("<h4>Its valid twin</h4><pre tabindex=\"0\">ext-003-last: the same image"))
  }

  @Test
  func `shows the fewest steps of a workload, and what came of them`() throws {
    let html = try TestPage.html(of: "failing")
    #expect(html.contains("<h4>The fewest steps that were found to show it: 4 of 41</h4>"))
    #expect(
      try html.captures("<li><code>([^<]*)</code></li>").suffix(2) == [
        "write 1+1 = 37", "discard 0+1",
      ])
    #expect(html.contains("<dt>Got</dt><dd>in the file, block 1 has other bytes</dd>"))
    #expect(html.contains("<h4>The workload: <code>workload/1-60</code></h4>"))
  }

  @Test
  func `says how many others keep what one breaks`() throws {
    let html = try TestPage.html(of: "six")
    #expect(html.contains("5 of 6 keep it</span>: <span class=\"who\"><span>c-sample 1.0</span>"))
    #expect(html.contains("3 of 6: <span class=\"who\"><span>c-sample 1.0</span>"))
    #expect(html.contains("What the others answered about this image: difference 1"))
  }

  @Test
  func `is not made of more programs than fit`() throws {
    var page = try TestPage(named: "clean")
    let program = try page.objects("implementations")[0]
    page.matrix["implementations"] = Array(repeating: program, count: 65)
    page.matrix["requirements"] = [Any]()
    #expect { try page.html() } throws: { error in
      "\(error)" == "it has 65 programs, and 64 fit in a page"
    }
  }
}

/// The colours of the style sheet, by the formula of WCAG 2.
struct `The colours of a page` {
  private static let pairs = [
    ("text", "page"), ("text", "sheet"), ("soft", "page"), ("soft", "sheet"), ("link", "page"),
    ("right", "page"), ("right", "right-back"), ("wrong", "page"), ("wrong", "sheet"),
    ("wrong", "wrong-back"), ("open", "page"), ("open", "sheet"), ("open", "open-back"),
    ("right", "sheet"), ("text", "mark"), ("run-text", "cached"), ("run-text", "node"),
    ("run-text", "map"), ("run-text", "header"), ("run-text", "sheet"), ("run-text", "open-back"),
  ]

  @Test(arguments: [0, 1])
  func `have a contrast of 4.5 at least`(scheme: Int) throws {
    let parts = PageStyle.text.components(
      separatedBy: "@media screen and (prefers-color-scheme: dark)")
    for (front, back) in Self.pairs {
      let (one, other) = (try luminance(front, parts[scheme]), try luminance(back, parts[scheme]))
      let contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
      #expect(contrast >= 4.5, "\(front) on \(back)")
    }
  }

  private func luminance(_ name: String, _ style: String) throws -> Double {
    let digits = try #require(try style.captures("--\(name): #([0-9a-f]{6});").first)
    let number = try #require(Int(digits, radix: 16))
    let parts = [16, 8, 0].map { shift in
      let part = Double(number >> shift & 0xff) / 255
      return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }
}
