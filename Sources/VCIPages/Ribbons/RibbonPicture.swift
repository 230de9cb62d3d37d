internal import VCIConformance

/// The two ribbons of an image as a drawing, 960 units wide: the disk above, the file below, and
/// between them where extents lie.
///
/// Widths are not to scale: see `RibbonRun.weight`. All coordinates are whole numbers.
struct RibbonPicture: Hashable, Sendable {
  /// A rectangle, with its letter and the block it begins at where there is room.
  struct Box: Hashable, Sendable {
    let x, width, middle: Int
    let style, letter, label: String
    let hasLabel: Bool
  }

  /// A letter, and what it stands for.
  struct Letter: Hashable, Sendable {
    let letter, word: String
  }

  /// The area between a run of the disk and its place in the file, as the points of a polygon.
  struct Link: Hashable, Sendable {
    let points, style: String
  }

  let disk: [Box]
  let file: [Box]
  let links: [Link]
  /// Which image it is, and how it is drawn.
  let caption: String
  /// What the drawing is, for those who do not see it.
  let summary: String
  /// All that is drawn, and what is left out, in words.
  let diskWords: [String]
  let fileWords: [String]
  /// The runs that are wrong, in words.
  let wrongWords: [String]
  /// The letters that are drawn.
  let legend: [Letter]
  /// What lies outside the file, if anything does: the left edge of where it is drawn.
  let outside: [Int]

  static let width = 960
  private static let leastWidth = 18
  private static let breakWidth = 30
  private static let outsideWidth = 90
  private static let labelWidth = 64

  /// Makes the drawing of the ribbons of `image`, as a caption calls it.
  init(_ ribbons: Matrix.Ribbons, of image: String = "The image") {
    caption = "\(image): the disk above, the file below. Widths are not to scale."
    let (diskRow, fileRow) = (RibbonRow(ribbons.disk), RibbonRow(ribbons.file))
    let fileEnd = fileRow.runs.map(\.end).max() ?? 0
    let leavesFile = diskRow.pieces.contains { piece in
      if case .run(let run) = piece { (run.other ?? 0) >= max(fileEnd, 1) } else { false }
    }
    let room = Self.width - (leavesFile ? Self.outsideWidth : 0)
    let disk = Self.boxes(of: diskRow, Self.width)
    let file = Self.boxes(of: fileRow, room)
    links = zip(diskRow.pieces, disk).compactMap { piece, box in
      guard case .run(let run) = piece, let target = run.other else { return nil }
      guard target < fileEnd else {
        return Self.link(box, room + 30, room + 60, .wrong)
      }
      return Self.place(of: target, run.count, in: fileRow, file).map { left, right in
        Self.link(box, left, right, run.role)
      }
    }
    (self.disk, self.file) = (disk, file)
    outside = leavesFile ? [room + 15] : []
    summary =
      "Two ribbons: \(ShownCount.grouped(diskRow.count)) runs of the disk above, "
      + "\(ShownCount.grouped(fileRow.count)) runs of "
      + "the file below, and where the file holds those of the disk. The list below says the same."
    let inFile = { (block: UInt64) in
      "in the file at block \(ShownCount.grouped(block))"
        + (block < fileEnd ? "" : ", outside the file")
    }
    let ofDisk = { (block: UInt64) in "of the disk from block \(ShownCount.grouped(block))" }
    diskWords = Self.words(of: diskRow, inFile)
    fileWords = Self.words(of: fileRow, ofDisk)
    wrongWords =
      Self.wrongWords(in: diskRow, of: "disk", inFile)
      + Self.wrongWords(in: fileRow, of: "file", ofDisk)
    let roles = Set((diskRow.pieces + fileRow.pieces).compactMap(\.role))
    let left = ShownCount.sum([diskRow.leftOut, fileRow.leftOut])
    let breaks = Letter(
      letter: "⋯", word: "\(ShownCount.counted(left, "run", "runs")) not drawn")
    legend =
      Matrix.Run.Role.allCases.filter(roles.contains).map {
        Letter(letter: $0.letter, word: $0.words)
      } + (left > 0 ? [breaks] : [])
  }

  /// The most wrong runs of a ribbon that are told above the list of all.
  private static let mostWrong = 4

  /// Returns the first wrong runs in words, and how many more there are.
  private static func wrongWords(
    in row: RibbonRow, of ribbon: String, _ other: (UInt64) -> String
  ) -> [String] {
    let wrong = row.runs.filter { $0.role == .wrong }
    let left = wrong.count - mostWrong
    return wrong.prefix(mostWrong).map { "\(ribbon), \($0.words(other))" }
      + (left > 0
        ? ["\(ribbon): and \(ShownCount.counted(left, "run that is", "runs that are")) wrong"] : [])
  }

  /// Returns boxes side by side, `room` wide together.
  private static func boxes(of row: RibbonRow, _ room: Int) -> [Box] {
    let weights = row.pieces.map { if case .run(let run) = $0 { run.weight } else { 0 } }
    let least = row.pieces.map {
      if case .run = $0 { leastWidth } else { breakWidth }
    }
    let spare = max(0, room - least.reduce(0, +))
    let total = max(1, weights.reduce(0, +))
    var (sum, leastSum) = (0, 0)
    var boxes: [Box] = []
    for (index, piece) in row.pieces.enumerated() {
      let x = leastSum + spare * sum / total
      sum += weights[index]
      leastSum += least[index]
      boxes.append(box(of: piece, from: x, to: leastSum + spare * sum / total))
    }
    return boxes
  }

  private static func box(of piece: RibbonRow.Piece, from x: Int, to end: Int) -> Box {
    let (width, middle) = (end - x, (x + end) / 2)
    switch piece {
    case .run(let run):
      let label = ShownCount.grouped(run.block)
      return Box(
        x: x, width: width, middle: middle, style: run.role.rawValue, letter: run.role.letter,
        label: label, hasLabel: width >= max(labelWidth, 7 * label.utf8.count + 8))
    case .leftOut:
      return Box(
        x: x, width: width, middle: middle, style: "break", letter: "⋯", label: "",
        hasLabel: false)
    }
  }

  /// Returns the left and the right edge of where blocks lie in a ribbon; `nil` if they lie in no
  /// run that is drawn.
  private static func place(
    of block: UInt64, _ count: UInt64, in row: RibbonRow, _ boxes: [Box]
  ) -> (Int, Int)? {
    for (piece, box) in zip(row.pieces, boxes) {
      guard case .run(let run) = piece, run.block <= block, block < run.end else { continue }
      let (start, length) = (Double(block - run.block), Double(run.count))
      let end = min(start + Double(count), length)
      let (left, right) = (start / length * Double(box.width), end / length * Double(box.width))
      return (box.x + Int(left), box.x + max(Int(left) + 1, Int(right)))
    }
    return nil
  }

  private static func link(
    _ box: Box, _ left: Int, _ right: Int, _ role: Matrix.Run.Role
  ) -> Link {
    Link(
      points: "\(box.x),50 \(box.x + box.width),50 \(right),100 \(left),100",
      style: role == .wrong ? "link wrong" : "link")
  }

  private static func words(
    of row: RibbonRow, _ other: (UInt64) -> String
  ) -> [String] {
    let lines = row.pieces.map { piece in
      switch piece {
      case .run(let run):
        run.words(other)
      case .leftOut(let count):
        "and \(ShownCount.counted(count, "run that is", "runs that are")) not drawn"
      }
    }
    guard row.unread > 0 else { return lines }
    return lines + [
      ShownCount.counted(row.unread, "run has", "runs have")
        + " numbers that cannot be read"
    ]
  }
}
