internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension Matrix.Ribbons {
  /// The most runs of a ribbon, those that stand for others among them.
  static let mostRuns = 200

  /// The most findings whose places are marked.
  private static let mostFindings = 50

  /// Makes the ribbons of an image: what its disk has, as reads must find it, and what each block
  /// of its file is. Wrong are the blocks of the place of a failure, and in the file those that two
  /// structures claim, and those that a finding of a corruption points at.
  ///
  /// - Complexity: O(*n* log *n*) for *n* nodes and extents, beside the block map.
  init(_ image: Expectations, at place: FailurePlace? = nil) {
    let end = max(1, (image.bytes.size + Format.blockSize - 1) / Format.blockSize)
    let disk = RibbonPart.disk(image.reads, reaching: place?.disk?.upperBound ?? 0)
    self.disk = Self.runs(RibbonPart.marked(disk, wrong: place?.disk.map { [$0] } ?? []))
    let file = FileParts(image.bytes, end: end)
    let findings = image.findings.lazy.filter { $0.isCorruption }.prefix(Self.mostFindings)
      .map { $0.finding.offset / Format.blockSize }.map { $0..<$0 + 1 }
    let wrong = file.overlaps + findings + (place?.file.map { [$0] } ?? [])
    self.file = Self.runs(RibbonPart.marked(file.parts, wrong: wrong))
  }

  /// Returns the parts as runs: all of them, or those that are wrong with what is beside them, the
  /// last one, and others from the beginning on. Each group that is left out becomes one run.
  static func runs(_ parts: [RibbonPart]) -> [Matrix.Run] {
    guard parts.count > mostRuns else { return parts.map(\.run) }
    let wrong = parts.indices.lazy.filter { parts[$0].role == .wrong }.prefix(mostRuns / 10)
    var kept = Set(wrong.flatMap { [$0 - 1, $0, $0 + 1] }.filter(parts.indices.contains))
    kept.insert(parts.count - 1)
    // Between two groups that are kept stands one run for those that are left out.
    let most = mostRuns - mostRuns / 10 - 1
    for index in parts.indices where kept.count < most { kept.insert(index) }
    var runs: [Matrix.Run] = []
    var next = 0
    for index in kept.sorted() {
      if index > next { runs.append(RibbonPart.more(parts[next..<index])) }
      runs.append(parts[index].run)
      next = index + 1
    }
    return runs
  }
}
