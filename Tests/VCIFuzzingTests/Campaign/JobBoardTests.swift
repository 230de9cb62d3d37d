@testable import VCIFuzzing
import Foundation
import SystemPackage
import Testing

struct `A board` {
  private func board() throws -> JobBoard {
    try JobBoard(in: FilePath(FileManager.default.temporaryDirectory.path), slots: 2)
  }

  @Test
  func `knows what is left of a range, and of one that was not begun all`() throws {
    let board = try board()
    #expect(board.rest(of: 64..<128, in: 1) == 64..<128)
    board.enter(64..<128, in: 1)
    board.begin(64, in: 1)
    #expect(board.current(of: 1) == 64)
    #expect(board.rest(of: 64..<128, in: 1) == 64..<128)
    board.finish(64, Observation(), in: 1)
    board.skip(65, in: 1)
    board.leave(66, in: 1)
    #expect(board.rest(of: 64..<128, in: 1) == 67..<128)
    // A lower range that another gave back is not taken for done.
    #expect(board.rest(of: 0..<20, in: 1) == 0..<20)
    #expect(board.iterations(of: 1) == 1)
    #expect(board.tally(of: 1)[.findings] == 1)
    #expect(board.tally(of: 0) == Tally())
  }

  /// What an iteration with 3 reads counts.
  private var observation: Observation {
    var observation = Observation()
    observation.count(.iterations)
    observation.count(.reads, by: 3)
    return observation
  }

  @Test
  func `counts an iteration once whose process ends while it counts`() throws {
    let board = try board()
    board.enter(10..<20, in: 1)
    board.begin(10, in: 1)
    board.prepare(10, observation, in: 1)
    #expect(board.current(of: 1) == 10)
    #expect(board.rest(of: 10..<20, in: 1) == 10..<20)
    #expect(board.tally(of: 1) == Tally())

    board.enter(10..<20, in: 1)
    board.begin(10, in: 1)
    board.finish(10, observation, in: 1)
    board.finish(11, observation, in: 1)
    #expect(board.iterations(of: 1) == 2)
    #expect(board.tally(of: 1)[.reads] == 6)
    #expect(board.rest(of: 10..<20, in: 1) == 12..<20)
    #expect(board.tally(of: 0) == Tally())
  }

  @Test
  func `knows a finished iteration whose process ends before it says so`() throws {
    let board = try board()
    board.enter(0..<2, in: 0)
    board.finish(0, observation, in: 0)
    // The word for the current iteration is as it was before the end of `finish`.
    board.begin(0, in: 0)
    #expect(board.current(of: 0) == nil)
    board.begin(1, in: 0)
    #expect(board.current(of: 0) == 1)
    board.finish(1, observation, in: 0)
    // A range may be lower than the one before.
    board.enter(0..<1, in: 0)
    board.begin(0, in: 0)
    #expect(board.current(of: 0) == 0)
  }

  @Test
  func `needs a folder`() throws {
    #expect(throws: (any Error).self) { try JobBoard(in: "/nowhere/at/all", slots: 1) }
  }
}
