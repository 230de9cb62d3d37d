internal import VCIConformance

/// The fewest steps of a workload that show a failure.
struct SequenceContents: Hashable, Sendable {
  let title: String
  let start: ShownText
  /// What happens beside the steps.
  let about: String
  let steps: [ShownText]
  let unshown: ShownText
  let request, expected, got: ShownText
  let differing: [BytesTable]

  /// The most steps that are shown.
  private static let mostSteps = 40

  init(_ sequence: Matrix.Sequence, of subject: ExampleSubject) {
    let all = ShownCount.sum([sequence.steps.count, sequence.more])
    title =
      "The fewest steps that were found to show it: \(ShownCount.grouped(all)) of "
      + ShownCount.grouped(sequence.before)
    start = ShownText(sequence.start, most: 400)
    about =
      "The image is opened for writing before the first step, and closed after the last one. "
      + "“write 8+2 = 5” is write number 5, of two blocks from block 8 on."
      + (subject == .crash ? " Then all is tried that a crash may leave." : "")
    steps = sequence.steps.prefix(Self.mostSteps).map { ShownText($0, most: 200) }
    let left = ShownCount.sum([all, -steps.count])
    unshown = ShownText(
      left > 0
        ? "and \(ShownCount.counted(left, "step", "steps")) more"
        : steps.isEmpty ? "No step is needed: it shows without any." : "")
    request = ShownText(sequence.request, most: 400)
    expected = ShownText(sequence.expected)
    got = ShownText(sequence.got)
    differing = BytesTable(sequence.bytes).map { [$0] } ?? []
  }
}
