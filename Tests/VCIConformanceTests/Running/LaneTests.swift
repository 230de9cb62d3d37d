import SystemPackage
import Testing
import VCICorpus
import VCIFuzzing

@testable import VCIConformance

private func lane(_ text: String) throws -> Lane {
  let folder = try WorkFolder()
  defer { withExtendedLifetime(folder) {} }
  return try Lane.read(try folder.file(Array(text.utf8)))
}

struct `A lane` {
  @Test
  func `is a file that says how much is asked`() throws {
    let lane = try lane(
      #"{"schema":1,"name":"a","about":"b","everyVector":2,"valid":3,"edited":65,"workloads":5}"#)
    #expect(lane.name == "a")
    #expect((lane.everyVector, lane.valid, lane.edited, lane.workloads) == (2, 3, 65, 5))
    #expect(lane.milliseconds == 10_000)
  }

  @Test
  func `may be of crashes alone, without contracts`() throws {
    let crashes = try lane(
      #"{"schema":1,"name":"a","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":0,"#
        + #""crashes":2}"#)
    #expect(crashes.isOfCrashes)
    #expect(
      TestUnit.all(of: crashes, seed: 7, vectors: 9) == [
        .crash(seed: 7, 0), .crash(seed: 7, 1),
      ])
    let more = try lane(
      #"{"schema":1,"name":"a","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":1,"#
        + #""crashes":2}"#)
    #expect(!more.isOfCrashes)
    #expect(TestUnit.all(of: more, seed: 7, vectors: 9).contains(.contract(.allCases[0])))
  }

  @Test
  func `may have a time of its own`() throws {
    #expect(
      try lane(
        #"{"schema":1,"name":"a","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":0,"#
          + #""milliseconds":500}"#
      ).milliseconds == 500)
  }

  @Test(arguments: [
    "", "{}",
    #"{"schema":2,"name":"a","about":"b","everyVector":2,"valid":3,"edited":4,"workloads":5}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":2,"valid":3,"edited":4}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":-1,"valid":3,"edited":4,"workloads":5}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":1.5,"valid":3,"edited":4,"workloads":5}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":1,"valid":100000001,"edited":4,"#
      + #""workloads":5}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":1,"valid":3,"edited":4,"workloads":5,"#
      + #""more":1}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":1,"valid":3,"edited":4,"workloads":5,"#
      + #""milliseconds":0}"#,
    #"{"schema":1,"name":"a","about":"b","everyVector":1,"valid":3,"valid":9,"edited":4,"#
      + #""workloads":5}"#,
  ])
  func `is closed, and has whole numbers within bounds`(text: String) {
    #expect(throws: CorpusError.self) { try lane(text) }
  }

  @Test
  func `is run in an order that follows from the seed, contracts first`() {
    let units: [TestUnit] =
      (0..<20).map { .vector($0) } + [
        .contract(ContractTest.allCases[0]), .contract(ContractTest.allCases[1]),
      ]
      + (0..<20).map { .workload(seed: 9, $0) }
    let order = TestUnit.order(of: units, seed: 9)
    #expect(order.sorted() == Array(0..<42))
    #expect(Set(order.prefix(2)) == [20, 21])
    #expect(Array(order.dropFirst(2)) != order.dropFirst(2).sorted())
    #expect(order == TestUnit.order(of: units, seed: 9))
    #expect(order != TestUnit.order(of: units, seed: 8))
  }

  @Test
  func `has each n-th vector, all contracts, images by 64, and workloads`() throws {
    let lane = try lane(
      #"{"schema":1,"name":"a","about":"b","everyVector":2,"valid":3,"edited":65,"workloads":2}"#)
    #expect(
      TestUnit.all(of: lane, seed: 9, vectors: 5)
        == [.vector(0), .vector(2), .vector(4)] + ContractTest.allCases.map { .contract($0) } + [
          .images(.valid, seed: 9, 0..<3), .images(.edited, seed: 9, 0..<64),
          .images(.edited, seed: 9, 64..<65), .workload(seed: 9, 0), .workload(seed: 9, 1),
        ])
  }

  @Test
  func `has as many tests as its units together`() {
    let units: [TestUnit] = [
      .vector(3), .images(.valid, seed: 9, 64..<65), .images(.edited, seed: 9, 0..<64),
      .contract(ContractTest.allCases[0]), .workload(seed: 9, 7),
    ]
    #expect(units.map(\.tests) == [1, 1, 64, 1, 1])
    #expect(
      units.dropFirst().map { $0.name([]) } == [
        "valid/9-64", "edited/9-0 to 63", "contract/\(ContractTest.allCases[0].rawValue)",
        "workload/9-7",
      ])
  }

  @Test
  func `has no vector for 0`() throws {
    let lane = try lane(
      #"{"schema":1,"name":"a","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":0}"#)
    #expect(
      TestUnit.all(of: lane, seed: 9, vectors: 5) == ContractTest.allCases.map { .contract($0) })
  }
}

struct `The name of a test` {
  @Test
  func `chooses an image, a workload or a contract`() {
    #expect(TestUnit.named("valid/7-30", []) == [.images(.valid, seed: 7, 30..<31)])
    #expect(TestUnit.named("edited/0-0", []) == [.images(.edited, seed: 0, 0..<1)])
    #expect(TestUnit.named("workload/1-60", []) == [.workload(seed: 1, 60)])
    #expect(TestUnit.named("contract/lock-own", []) == [.contract(.locksOthers)])
  }

  @Test(arguments: [
    "", "valid", "valid/", "valid/1", "valid/1-", "valid/1-2-3", "valid/-1-2", "valid/1-x",
    "valid/1-18446744073709551615", "valid/18446744073709551616-1", "image/1-2", "contract/none",
    "valid/1-2/3",
  ])
  func `chooses nothing if there is no such test`(name: String) {
    #expect(TestUnit.named(name, []) == [])
  }
}
