import Testing
import VCIChecker
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

/// A root, an internal node and two leaves: metadata in blocks 0 to 35, data in 36 to 42.
private let levels = """
  blocks: 4096
  map: 2
  internal tree at 4
    entry 0+1000
  internal tree/0 at 12
    entry 0+100
    entry 100+100
  leaf tree/0/0 at 20
    extent 0+1 at 36
    extent 10+4 at 37
  leaf tree/0/1 at 28
    extent 100+2 at 41

  """

/// The ribbons of the image after edits, a run as "BLOCK+COUNT ROLE".
private func ribbons(
  _ edits: String..., at place: FailurePlace? = nil
) throws -> (disk: [String], file: [String]) {
  let image = try Recipe(parsing: levels + edits.joined(separator: "\n")).image()
  let ribbons = Matrix.Ribbons(try Expectations(image, Checker()), at: place)
  return (ribbons.disk.map(words), ribbons.file.map(words))
}

private func words(_ run: Matrix.Run) -> String {
  "\(run.block)+\(run.count) \(run.role.rawValue)" + (run.of.map { " of \($0.rawValue)" } ?? "")
    + (run.other.map { " at \($0)" } ?? "") + (run.runs.map { ", \($0) runs" } ?? "")
}

struct `The ribbons of an image` {
  private let whole = [
    "0+2 header", "2+2 map", "4+8 root", "12+8 internal", "20+8 leaf", "28+8 leaf",
    "36+1 data at 0", "37+4 data at 10", "41+2 data at 100",
  ]

  @Test
  func `name each node that the tree reaches`() throws {
    let (disk, file) = try ribbons()
    #expect(file == whole)
    #expect(
      disk == [
        "0+1 cached at 36", "1+9 missing", "10+4 cached at 37", "14+86 missing",
        "100+2 cached at 41",
      ])
  }

  @Test
  func `name what is marked as used and not reached`() throws {
    let edits = "file.size = 26624\nflip bitmap[45]\nflip bitmap[46]\nflip bitmap[50]"
    #expect(
      try ribbons(edits).file == whole + [
        "43+2 free", "45+2 leaked", "47+3 free", "50+1 leaked", "51+1 free",
      ])
  }

  @Test
  func `keep apart what a failure is about, and say what it is`() throws {
    let (disk, file) = try ribbons(at: FailurePlace(disk: 11..<15, file: 38..<39))
    #expect(
      disk[2...4] == [
        "10+1 cached at 37", "11+3 wrong of cached at 38", "14+1 wrong of missing",
      ])
    #expect(
      file.suffix(4) == [
        "37+1 data at 10", "38+1 wrong of data at 11", "39+2 data at 12", "41+2 data at 100",
      ])
    #expect(
      try ribbons(at: FailurePlace(disk: 300..<301)).disk.suffix(2) == [
        "102+198 missing", "300+1 wrong of missing",
      ])
  }

  @Test
  func `show damage where a check finds it, and what cannot be served`() throws {
    let (disk, file) = try ribbons("tree/0/1.type = 3")
    #expect(disk.suffix(2) == ["14+86 missing", "100+100 damaged"])
    // What hangs below the node is not reached.
    #expect(
      file.suffix(5) == [
        "28+1 wrong of node", "29+7 node", "36+1 data at 0", "37+4 data at 10", "41+2 leaked",
      ])
  }

  @Test
  func `show what two structures claim`() throws {
    let file = try ribbons("tree/0/1/extent[0].blockAddress = 40").file
    #expect(
      file.suffix(4) == [
        "37+3 data at 10", "40+1 wrong of data at 13", "41+1 data at 101", "42+1 leaked",
      ])
  }

  @Test
  func `end in the file, wherever its numbers lead`() throws {
    for edit in [
      "header.treeRoot = 18446744073709551615", "header.blockMap = 18446744073709551615",
      "header.blockMapBlocks = 4294967295", "tree/0/entry[1].childAddress = 4088",
      "tree/0/entry[1].childAddress = 4", "tree/0/0/extent[1].blockAddress = 18446744073709551615",
      "tree/0/0/extent[1].blocks = 4294967295", "file.size = 1", "file.size = 0",
    ] {
      let file = try ribbons(edit).file
      #expect(file.first?.hasSuffix("header") == true || file.first?.contains("of header") == true)
      let last = try #require(file.last?.split(separator: " ").first).split(separator: "+")
      let end = last.compactMap { UInt64($0) }.reduce(0, +)
      #expect(end == (edit.hasPrefix("file.size") ? 1 : 43), "\(edit)")
    }
  }
}

struct `Runs of a ribbon` {
  private func parts(_ count: UInt64, wrong: Set<UInt64> = []) -> [RibbonPart] {
    (0..<count).map { RibbonPart($0 * 2..<$0 * 2 + 1, wrong.contains($0) ? .wrong : .data) }
  }

  @Test
  func `are all kept if there are few`() {
    #expect(Matrix.Ribbons.runs(parts(200)).count == 200)
  }

  @Test
  func `are left out beyond the limit, but none that is wrong, and are counted`() {
    let runs = Matrix.Ribbons.runs(parts(100_000, wrong: [50_000, 70_000]))
    #expect(runs.count <= 200)
    #expect(runs.filter { $0.role == .wrong }.map(\.block) == ["100000", "140000"])
    #expect(runs.last?.block == "199998")
    #expect(runs.reduce(0) { $0 + ($1.runs ?? 1) } == 100_000)
    #expect(runs.filter { $0.role == .more }.count == 3)
  }

  @Test
  func `are kept within the limit if all of them are wrong`() {
    let runs = Matrix.Ribbons.runs(parts(100_000, wrong: Set(0..<100_000)))
    #expect(runs.count <= 200)
    #expect(runs.reduce(0) { $0 + ($1.runs ?? 1) } == 100_000)
  }
}
