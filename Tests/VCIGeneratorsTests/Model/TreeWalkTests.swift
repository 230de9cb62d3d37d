import Testing
import VCIFormat

@testable import VCIGenerators

private func walk(_ image: EditableImage) throws -> TreeWalk {
  TreeWalk(try #require(image.model))
}

private func outcomes(_ image: EditableImage) throws -> [TreeWalk.Outcome] {
  try walk(image).steps.map(\.outcome)
}

struct `A walk over a tree` {
  @Test
  func `visits each node before its children, and those from left to right`() throws {
    let walk = try walk(tree())
    #expect(walk.visits.map(\.range.first) == [4, 12, 28, 36, 20, 44])
    #expect(walk.visits.map(\.level) == [1, 2, 3, 3, 2, 3])
    #expect(
      walk.visits.map { "\($0.path)" } == [
        "tree", "tree/0", "tree/0/0", "tree/0/1", "tree/1", "tree/1/0",
      ])
    #expect(walk.visits.map { $0.entry?.visit } == [nil, 0, 1, 1, 0, 4])
    #expect(walk.steps.map(\.outcome) == [.read(1), .read(2), .read(3), .read(4), .read(5)])
    #expect(walk.placedExtents.map(\.extent.address) == [52, 53, 57, 59])
    #expect(!walk.leadsAstray)
  }

  @Test
  func `does not follow an entry that names the root or an ancestor`() throws {
    let cycle: [TreeWalk.Outcome] = [.read(1), .read(2), .cycle(0), .read(3), .read(4)]
    #expect(try outcomes(tree("tree/0/entry[1].childAddress = 4")) == cycle)
    #expect(
      try outcomes(tree("tree/0/entry[0].childAddress = 12"))
        == [.read(1), .cycle(1), .read(2), .read(3), .read(4)])
    #expect(
      try outcomes(tree("tree/entry[0].childAddress = 4")) == [.cycle(0), .read(1), .read(2)])
  }

  @Test
  func `does not follow an entry that names a node which an earlier entry names`() throws {
    #expect(
      try outcomes(tree("tree/1/entry[0].childAddress = 28"))
        == [.read(1), .read(2), .read(3), .read(4), .shared(2)])
    #expect(
      try outcomes(tree("tree/entry[1].childAddress = 12"))
        == [.read(1), .read(2), .read(3), .shared(1)])
    // Everything below an entry comes before the next entry of its node.
    #expect(
      try outcomes(tree("tree/0/entry[1].childAddress = 20"))
        == [.read(1), .read(2), .read(3), .read(4), .shared(3)])
  }

  @Test
  func `does not read a child that is out of range or past the file's end`() throws {
    for child in [1, 4089, 4088, 55] {
      #expect(
        try outcomes(tree("tree/0/entry[1].childAddress = \(child)"))
          == [.read(1), .read(2), .unreadable, .read(3), .read(4)], "child \(child)")
    }
    #expect(
      try walk(tree("file.size = 31743")).placedExtents.map(\.extent.address) == [52, 53, 57])
  }

  @Test
  func `does not go on from a node without a type`() throws {
    let walk = try walk(tree("tree/0.type = 3"))
    #expect(walk.visits.map(\.range.first) == [4, 12, 20, 44])
    #expect(walk.visits.map { $0.view == nil } == [false, true, false, false])
    #expect(walk.placedExtents.map(\.extent.address) == [59])
  }

  @Test
  func `does not follow an entry at level 16`() throws {
    let edits = [
      "reshape \(deepest) internal", "\(deepest)/entry[0].blocks = 1",
      "\(deepest)/entry[0].childAddress = 4",
    ]
    let walk = try walk(chain(edits.joined(separator: "\n")))
    #expect(walk.visits.map(\.level) == Array(1...16))
    #expect(walk.steps.map(\.outcome) == (1...15).map { .read($0) } + [.tooDeep])
  }

  @Test
  func `notices a child that the model does not know`() throws {
    // Reserved byte of slot 13 is the first one of the node's second block.
    let stray = "tree/0/0/extent[13].reserved = 2"
    #expect(try walk(tree(stray, "tree/1/entry[0].childAddress = 29")).leadsAstray)
    let dead = try walk(tree("tree/1/entry[0].childAddress = 29"))
    #expect(!dead.leadsAstray)
    #expect(dead.visits.last?.view == nil)
    // A second entry that names it shares it all the same.
    let twice = try outcomes(
      tree("tree/0/entry[0].childAddress = 45", "tree/1/entry[0].childAddress = 45"))
    #expect(twice == [.read(1), .read(2), .read(3), .read(4), .shared(2)])
  }
}
