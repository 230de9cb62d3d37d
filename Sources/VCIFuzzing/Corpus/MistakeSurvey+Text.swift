internal import VCIFormat
internal import VCIGenerators

extension MistakeSurvey {
  /// The table of `Specs/Mistakes.md`: each mistake with the smallest image that tells it, or the
  /// reason why none can.
  public var table: String {
    let sections = (Rule.allCases.map { Optional($0) } + [nil]).map { rule in
      (rule, Mistake.all.indices.filter { Mistake.all[$0].rule == rule })
    }
    let (mistakes, told, impossible) = counts
    return Self.linked(Self.introduction)
      + "\(mistakes) mistakes: \(told) are told by a vector, \(impossible) by no image.\n"
      + sections.filter { !$0.1.isEmpty }.map { section($0.0, $0.1) }.joined()
  }

  private func section(_ rule: Rule?, _ indices: [Int]) -> String {
    let heading = rule.map { Self.linked("\($0)") } ?? "Answers"
    return "\n## \(heading)\n\n| mistake | told by | as |\n|---|---|---|\n"
      + indices.map { row($0) }.joined()
  }

  private func row(_ index: Int) -> String {
    let mistake = Mistake.all[index]
    let end =
      switch (witnesses[index], mistake.reason) {
      case (let witness?, _): "\(witness.image) | \(Self.text(of: witness.parting))"
      case (nil, let reason?): "no image | \(Self.linked(reason))"
      case (nil, nil): "open |"
      }
    return "| \(mistake) | \(end) |\n"
  }

  /// Returns the text with links to the clauses that it names.
  private static func linked(_ text: String) -> String {
    text.replacing(/VCI-[A-Z]+-[0-9]{3}/) { "[\($0.output)](VCI.md#\($0.output.lowercased()))" }
  }

  private static func text(of parting: Parting) -> String {
    switch parting {
    case .probe: "probe"
    case .open: "open for reading"
    case .read(let block, let count): "read of \(count) from \(block)"
    case .openForWriting: "open for writing"
    case .check(let missed, let unexpected, let isWritingWrong):
      "check: " + linked(text(missed, unexpected)) + (isWritingWrong ? "; open for writing" : "")
    }
  }

  private static func text(_ missed: [Rule], _ unexpected: [Rule]) -> String {
    let other = missed.filter(unexpected.contains)
    let parts = [
      missed.filter { !other.contains($0) }.map { "no \($0)" },
      unexpected.filter { !other.contains($0) }.map { "\($0)" },
      other.map { "\($0) of another class" },
    ]
    return parts.flatMap(\.self).joined(separator: ", ")
  }

  private static let introduction = """
    # Mistakes

    A reader can get every number of every rule wrong, and every answer; a checker, and a writer
    when it opens an image, every bit, every overlap and every total. This table lists the mistakes
    that the suite knows, with the smallest image of the corpus by which each is told: a program
    that makes the mistake, and no other, takes what must be refused, refuses what must be taken,
    reads something else, or finds other rules broken or gives one another class. Or it says why no
    image can tell it. `vcifuzz mistakes` makes the table: it runs a reader or a checker with each
    mistake on each image, and compares what it answers with what the image's
    [verdict](Verdicts.md) allows.

    What is asked:

    - A reader is asked to probe, to open for reading, and to read: at both ends of the first and
      last twelve extents and damaged ranges, and of long runs. Only if all of this is right is it
      asked to open for writing an image that has no corruption but those of stage touch: it goes
      through the tree as it reads, and takes the image if nothing refuses.
    - A checker is asked for its set of rules and classes. Where that differs it is also told
      whether an open for writing goes wrong.
    - A program has one mistake. But a number that another rule keeps small, and that is small no
      more because of the mistake, is computed in as few bits as that rule would allow: where a
      block begins modulo 2^64, if signs or sums of addresses are wrong; the map's blocks modulo
      2^32, if the limit of the cache is; the end of what a child holds modulo 2^64, if
      VCI-INT-002 or VCI-EXT-002 is left out in some places.

    What is not asked: which rule a refusal names; what an access out of bounds does; what is
    written after an open for writing; how long anything takes; and reads that depend on others.


    """
}
