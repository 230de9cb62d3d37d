import Testing
import VCIChecker
import VCIFormat
import VCIReference
import VCIReferenceTesting

struct `A disk that fails at any call` {
  private static let reported = StorageFault.allCases.filter(\.isReported)

  /// Runs a workload once for each call that can fail. Returns how many did.
  private func failEachCall(
    of workload: FailingWorkload, _ fault: StorageFault, lasting: Bool
  ) throws -> Int {
    let start = try workload.image()
    var compared: FailingRun.ComparedFile?
    for number in 0..<10_000 {
      let run = FailingRun(workload, start, fault)
      let isReached = try run.perform(failingAt: number, lasting: lasting)
      try run.recover(&compared)
      if !isReached { return number }
    }
    Issue.record("a workload without an end")
    return 0
  }

  @Test(.timeLimit(.minutes(30)), arguments: FailingWorkload.all, reported)
  func `VCI-WR-001, VCI-WR-004, is reported, and nothing durable is lost`(
    workload: FailingWorkload, fault: StorageFault
  ) throws {
    let once = try failEachCall(of: workload, fault, lasting: false)
    #expect(once >= 3)
    guard fault == .ioError || fault == .noSpace else { return }
    let lasting = try failEachCall(of: workload, fault, lasting: true)
    #expect(lasting == once)
  }

  @Test(arguments: [CacheType.dynamic, .fixed], reported)
  func `VCI-WR-006, leaves of a create no image, or a whole one`(
    type: CacheType, fault: StorageFault
  ) throws {
    let plan = try CacheImage.Plan(
      blocks: 4096, type: type, imageUUID: ImageUUID(high: 1, low: 2))
    for number in 0..<1000 {
      let storage = FaultyStorage()
      storage.fail(fault, at: number)
      let error = failure { try CacheImage.create(in: storage, plan) }
      guard storage.strikes > 0 else {
        #expect(error == nil && (number > 2 || fault == .shortRead))
        return
      }
      #expect(error != nil)
      storage.mend()
      for bytes in [storage.bytes, storage.durable] {
        guard case .mine = try probe(MemoryStorage(bytes)) else { continue }
        #expect(
          try Checker().check(MemoryStorage(bytes)).findings.filter { $0.ruleClass != .advice }
            == [])
      }
    }
  }
}
