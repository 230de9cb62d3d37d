import Foundation
import Testing

/// What a page says first, beside what this test computes from the matrix.
struct `The headline of a page` {
  @Test(arguments: TestPage.names)
  func `has the sums of the tests of all programs`(name: String) throws {
    let page = try TestPage(named: name)
    let html = try TestPage.html(of: name)
    let tests = try page.objects("implementations").map {
      try #require($0["tests"] as? [String: Int])
    }
    let ids = [
      "applicable": "applicable", "passed": "passed", "failed": "failed", "known": "known",
      "flaky": "flaky", "not-applicable": "notApplicable", "not-run": "notRun",
    ]
    for (id, key) in ids {
      let sum = tests.reduce(0) { $0 + ($1[key] ?? -1) }
      #expect(try html.captures("id=\"\(id)\" value=\"(\\d+)\"") == ["\(sum)"], "\(id)")
    }
  }

  @Test(arguments: TestPage.names)
  func `has the counts of each program`(name: String) throws {
    let page = try TestPage(named: name)
    let html = try TestPage.html(of: name)
    for (index, program) in try page.objects("implementations").enumerated() {
      let tests = try #require(program["tests"] as? [String: Int])
      let row = try #require(
        try html.captures("<tr id=\"program-\(index + 1)\">(.*?)</tr>").first)
      let keys = [
        "applicable", "passed", "failed", "known", "flaky", "notApplicable", "notRun",
      ]
      #expect(try row.captures("value=\"(\\d+)\"") == keys.map { "\(tests[$0] ?? -1)" })
    }
  }

  @Test(arguments: [
    ("clean", "✓</span> all 2 programs conform</h1>"),
    ("failing", "✗</span> fastcache 0.3.1: does not conform</h1>"),
    ("six", "✗</span> 3 of 6 programs conform, 2 do not, 1 is incomplete</h1>"),
  ])
  func `says how many conform`(name: String, words: String) throws {
    #expect(try TestPage.html(of: name).contains(words))
  }

  @Test
  func `does not call programs right that are wrong in an exchange`() throws {
    var page = try TestPage(named: "clean")
    try page.change("exchanges", 1, "failed", to: 1)
    #expect(
      try page.html().contains(
        "✗</span> all 2 programs conform, but not in exchanges or differences</h1>"))
  }

  @Test
  func `has how many programs agree`() throws {
    let page = try TestPage(named: "six")
    let html = try TestPage.html(of: "six")
    let counts = try page.objects("agreement").map { counts in
      ["applicable", "passing", "tests"].map { key in
        counts[key] as? Int ?? -1
      }
    }
    for count in counts {
      let pattern = "value=\"(\\d+)\" id=\"agreement-\(count[0])-\(count[1])\""
      #expect(try html.captures(pattern) == ["\(count[2])"])
    }
    let agreed = counts.filter { $0[0] > 1 && ($0[1] == 0 || $0[1] == $0[0]) }.map { $0[2] }
    #expect(try html.captures("id=\"agreed\" value=\"(\\d+)\"") == ["\(agreed.reduce(0, +))"])
    #expect(agreed.reduce(0, +) == 1859)
  }
}
