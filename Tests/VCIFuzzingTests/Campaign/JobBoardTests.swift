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

  @Test
  func `needs a folder`() throws {
    #expect(throws: (any Error).self) { try JobBoard(in: "/nowhere/at/all", slots: 1) }
  }
}
