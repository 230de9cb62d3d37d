import Foundation
import Glibc
import SystemPackage
import Testing
import VCICrashing
import VCIFormat
import VCIGenerators

@testable import VCIConformance

/// The sample in Swift, which is built with the tests, and the recorder, which is built here.
private enum Programs {
  static let sample: FilePath = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/"
    return FilePath(own).removingLastComponent().appending("vci-swift-sample")
  }()
  static let recorder: RecorderState = {
    var repository = FilePath(#filePath)
    for _ in 0..<4 { repository.removeLastComponent() }
    return RecorderState(
      for: [.crash(seed: 1, 0)], besideCorpus: repository.appending("Corpus"))
  }()

  static var areThere: Bool {
    FileManager.default.isExecutableFile(atPath: sample.string)
      && FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")
  }
}

@Suite(.enabled(if: Programs.areThere, "needs cc, and the sample in Swift beside the tests"))
struct `The lane of crashes` {
  /// An image that the program creates, and a block that is written twice.
  private static let plan = CrashPlan(
    .created(blocks: 40, isFixed: false),
    [
      .operation(.write(0, 1, version: 1)), .operation(.flush),
      .operation(.write(0, 1, version: 2)), .operation(.flush),
    ])

  /// Runs the workload with a flush that answers and does nothing: what a program has that does not
  /// flush there. Flushes are counted from 1 on.
  private func outcome(lyingFlush: Int?) throws -> CrashOutcomeOfTest {
    let fault = lyingFlush.map { "VCI_RECORDER_FAULTS=flush:\($0):lie " } ?? ""
    let adapter = try AdapterCommand("env \(fault)'\(Programs.sample)'").start()
    defer { adapter.end() }
    return CrashTest("crash/lie", Self.plan, Programs.recorder)
      .outcome(of: adapter, in: try WorkFolder())
  }

  @Test
  func `finds nothing in a program that flushes where it must`() throws {
    let result = try outcome(lyingFlush: nil).result
    #expect(result.notRun == nil)
    #expect(result.failures == [])
    #expect(result.isCut == false)
    #expect(try #require(result.crashStates) > 50)
  }

  @Test(
    arguments: [
      // Create flushes the map, then the header, then its folder. Then come the flag, data and
      // nodes, and the root.
      (2, "VCI-WR-001", .rejectedByChecker), (3, "VCI-WR-001", .lostFile),
      (4, "VCI-WR-002", .clearFlag), (5, "VCI-WR-003", .wrongBytes),
      (6, "VCI-WR-004", .missedBlocks),
    ] as [(Int, String, TestFailure.Kind)])
  func `finds a program that leaves out a flush, by what that was for`(
    flush: Int, requirement: String, kind: TestFailure.Kind
  ) throws {
    let outcome = try outcome(lyingFlush: flush)
    #expect(outcome.result.notRun == nil)
    #expect(outcome.result.failures.map(\.requirement) == [requirement])
    #expect(outcome.result.failures.map(\.kind) == [kind])
    #expect(outcome.finding != nil)
  }
}
