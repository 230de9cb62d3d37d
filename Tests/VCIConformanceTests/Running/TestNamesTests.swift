import Testing
import VCICorpus

@testable import VCIConformance

struct `The names of tests` {
  private let names = TestNames(
    vectors: ["ext-003-end", "hdr-001-first"],
    retired: [
      RetiredVector(id: "ext-099-old", version: "0.1", reason: "it is open", instead: "ext-003-end")
    ])

  @Test(arguments: [
    "ext-003-end", "contract/lock-own", "valid/1-0", "edited/1-77", "workload/12-60",
    "exchange/1-0", "turns/12-60",
  ])
  func `are of all lanes`(name: String) {
    #expect(names.has(name))
  }

  @Test(arguments: [
    "", "ext-003-ends", "VCI-EXT-003", "contract/none", "edited/01-77", "edited/1-077", "edited/1",
    "ext-099-old", "exchange/01-0", "turns/1",
  ])
  func `are nothing else, not of rules either`(name: String) {
    #expect(!names.has(name))
  }

  @Test(arguments: [
    ("ext-03-end", "there is no test 'ext-03-end'; did you mean 'ext-003-end'?"),
    (
      "contract/lock-won", "there is no test 'contract/lock-won'; did you mean 'contract/lock-own'?"
    ),
    ("edit/1-77", "there is no test 'edit/1-77'; did you mean 'edited/1-77'?"),
    ("VCI-EXT-03", "there is no test 'VCI-EXT-03'; did you mean 'VCI-EXT-003'?"),
    ("turn/1-77", "there is no test 'turn/1-77'; did you mean 'turns/1-77'?"),
    ("turns/1-77", "turns/1-77 is a test of several programs: name them all"),
    ("something else", "there is no test 'something else'"),
    ("a\u{0}\n", #"there is no test 'a\u0000\n'"#),
    (
      "ext-099-old",
      "the vector 'ext-099-old' was withdrawn after version 0.1, as Corpus/RETIRED.md says: "
        + "it is open; instead: ext-003-end"
    ),
  ])
  func `are told if one is wrong`(name: String, words: String) {
    #expect(names.unknown(name, others: ["VCI-EXT-003"]).description == words)
  }
}
