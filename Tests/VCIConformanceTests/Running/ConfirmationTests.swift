import SystemPackage
import Testing
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// A test that fails as long as an open is refused, and leaves the image open.
private struct FailingTest: ProgramTest {
  let name = "test"

  func run(_ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder?) -> TestResult {
    let run = TestRun(name, adapter)
    let request = PortRequest.open(image: "/t/a", handle: "h", .reading)
    guard case .refused(let refusal)? = run.ask(request, .open, .openForReading) else {
      return run.result
    }
    run.fail(
      .open, .openForReading, .rejectedValid, request, expected: "taken", got: "\(refusal)")
    return run.result
  }
}

struct `A failure` {
  /// Runs a test that fails so often. Returns the result, and the requests to the process that the
  /// next test gets.
  private func confirmed(failing times: Int) throws -> (TestResult, [PortRequest]) {
    var runs = 0
    let adapter = FakeAdapter(["open-ro"]) { _ in
      runs += 1
      return runs <= times
        ? .refused(PortAnswer.Refusal(class: "other")) : .done(.nothing)
    }
    let result = ConformanceJob.confirmed(
      FailingTest(), by: adapter, in: try WorkFolder())
    return (result, adapter.requests)
  }

  @Test
  func `counts if it comes again, and leaves nothing open for the next test`() throws {
    let (result, requests) = try confirmed(failing: 2)
    #expect(result.words == ["rejected-valid, open, VCI-RD-002"])
    #expect(!result.isFlaky)
    #expect(requests == [])
  }

  @Test
  func `is neither flaky nor counted if the machine is too busy to try it again`() throws {
    var runs = 0
    let adapter = FakeAdapter(["open-ro"]) { _ throws(AdapterFailure) in
      runs += 1
      guard runs == 1 else { throw .starved(milliseconds: 2) }
      return .refused(PortAnswer.Refusal(class: "other"))
    }
    let result = ConformanceJob.confirmed(FailingTest(), by: adapter, in: try WorkFolder())
    #expect(runs == 2)
    #expect(result.outcome == "not-run")
    #expect(result.isStarved)
  }

  @Test
  func `is flaky if it does not come again`() throws {
    let (result, requests) = try confirmed(failing: 1)
    #expect(result.words == ["rejected-valid, open, VCI-RD-002"])
    #expect(result.isFlaky)
    #expect(requests.count == 1)
  }

  @Test
  func `is not looked for where there is none`() throws {
    let (result, requests) = try confirmed(failing: 0)
    #expect(result.words == [])
    #expect(requests.count == 1)
  }
}
