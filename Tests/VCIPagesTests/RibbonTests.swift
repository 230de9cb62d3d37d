import Testing
@testable import VCIConformance

@testable import VCIPages

struct `Two ribbons` {
  private func run(
    _ block: String, _ count: String, _ role: Matrix.Run.Role, _ other: String? = nil
  ) -> Matrix.Run {
    Matrix.Run(block: block, count: count, role: role, other: other)
  }

  @Test
  func `join a run of the disk with its place in the file`() {
    let picture = RibbonPicture(
      Matrix.Ribbons(
        disk: [run("0", "4", .cached, "10")], file: [run("0", "8", .header), run("8", "8", .data)]))
    #expect(picture.disk.map(\.x) == [0])
    #expect(picture.disk.map(\.width) == [960])
    #expect(picture.file.map(\.x) == [0, 480])
    // From the second block of eight to the sixth, of a box 480 wide.
    #expect(picture.links.map(\.points) == ["0,50 960,50 840,100 600,100"])
    #expect(picture.links.map(\.style) == ["link"])
    #expect(picture.outside.isEmpty)
    #expect(picture.diskWords == ["blocks 0 to 3: cached, in the file at block 10"])
  }

  @Test
  func `show what lies outside the file, and what is wrong`() {
    let picture = RibbonPicture(
      Matrix.Ribbons(
        disk: [run("7", "1", .wrong, "16")], file: [run("0", "16", .header)]))
    #expect(picture.outside == [885])
    #expect(picture.file.map(\.width) == [870])
    #expect(picture.links.map(\.style) == ["link wrong"])
    #expect(
      picture.wrongWords == ["disk, block 7: wrong, in the file at block 16, outside the file"])
  }

  @Test
  func `have room for one block beside 2^54, and for the last numbers there are`() {
    let (large, most) = ("18014398509481984", "18446744073709551615")
    let picture = RibbonPicture(
      Matrix.Ribbons(
        disk: [
          run("0", "1", .cached), run("1", large, .missing), run(most, most, .cached, most),
        ], file: [run("0", most, .data)]))
    #expect(picture.disk.allSatisfy { $0.width >= 18 && $0.x + $0.width <= 960 })
    #expect(picture.disk.reduce(0) { $0 + $1.width } == 960)
    #expect(picture.diskWords[1] == "blocks 1 to 18,014,398,509,481,984: not cached")
  }

  @Test
  func `leave out runs, but none that is wrong`() {
    let disk = (0..<344).map { run("\($0)", "1", $0 == 300 ? .wrong : .cached) }
    let picture = RibbonPicture(Matrix.Ribbons(disk: disk, file: []))
    #expect(picture.disk.count == 32 + 2)
    #expect(picture.disk.map(\.letter).contains("!"))
    #expect(picture.disk.reduce(0) { $0 + $1.width } == 960)
    #expect(
      picture.diskWords.filter { $0.contains("not drawn") } == [
        "and 270 runs that are not drawn", "and 42 runs that are not drawn",
      ])
  }

  @Test
  func `tell nodes by what they are, and what wrong blocks are beside`() {
    var wrong = run("4", "2", .wrong, "28")
    wrong.of = .cached
    let picture = RibbonPicture(
      Matrix.Ribbons(
        disk: [run("0", "4", .damaged), wrong],
        file: [
          run("4", "8", .root), run("12", "8", .internal), run("20", "8", .leaf),
          run("28", "2", .data, "4"), run("30", "1", .leaked),
        ]))
    #expect(picture.file.map(\.letter) == ["R", "n", "l", "d", "?"])
    #expect(
      picture.wrongWords == ["disk, blocks 4 to 5: wrong (cached), in the file at block 28"])
    #expect(
      picture.legend.map { "\($0.letter) \($0.word)" } == [
        "R root", "n internal node", "l leaf", "d data", "? leaked", "x damaged", "! wrong",
      ])
  }

  @Test
  func `count the runs that a matrix leaves out`() {
    let more = Matrix.Run(block: "2", count: "90", role: .more, runs: 5_000_000)
    let picture = RibbonPicture(
      Matrix.Ribbons(disk: [more], file: [run("0", "2", .header), more, run("92", "1", .data)]))
    #expect(picture.file.map(\.letter) == ["H", "⋯", "d"])
    #expect(picture.diskWords == ["and 5,000,000 runs that are not drawn"])
    #expect(picture.legend.last?.word == "10,000,000 runs not drawn")
    #expect(picture.summary.hasPrefix("Two ribbons: 5,000,000 runs of the disk above, 5,000,002"))
  }

  @Test
  func `name few of many wrong runs, and say how many more there are`() {
    let runs = (0..<60).map { run("\($0)", "1", .wrong) }
    let picture = RibbonPicture(Matrix.Ribbons(disk: runs, file: []))
    #expect(picture.wrongWords.count == 5)
    #expect(picture.wrongWords.last == "disk: and 56 runs that are wrong")
  }

  @Test
  func `say which numbers cannot be read`() {
    let picture = RibbonPicture(
      Matrix.Ribbons(
        disk: [
          run("-1", "1", .cached), run("1", "0", .cached), run("x", "1", .free),
          run("1", "1", .cached, "<"), run("2", "18446744073709551616", .free),
        ], file: []))
    #expect(picture.disk.isEmpty)
    #expect(picture.diskWords == ["5 runs have numbers that cannot be read"])
  }
}
