internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFuzzing

/// Says by which images each mistake of a reader or a checker is told.
struct MistakesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mistakes",
    abstract: "Says by which images each mistake that a program may make is told.",
    discussion: """
      A reader or a checker with each mistake is asked of each image. The images are those of the corpus; with \
      --images they are the edited ones of a campaign. Prints the table of Specs/Mistakes.md: for \
      each mistake the smallest image that tells it, or why none can.

      With --draws it prints instead, for each mistake that no image tells, the recipe of one that \
      does, if it finds one.

      Exit code 77 if some mistake is told by no image and has no reason why none can.

      Examples: vcifuzz mistakes >Specs/Mistakes.md
                vcifuzz mistakes --images 3000 --seed 1
      """,
    shouldDisplay: false)

  @OptionGroup var place: CorpusOption

  @Option(help: "How many edited images are asked, instead of the corpus.")
  var images: UInt64?

  @Option(help: "The seed of edited and drawn images.")
  var seed: UInt64 = 1

  @Option(help: "How many images are drawn for each mistake that no image tells.")
  var draws: Int?

  func validate() throws {
    guard (draws ?? 0) >= 0, (draws ?? 0) <= 1 << 20 else {
      throw ValidationError("--draws takes a number from 0 to 1048576.")
    }
  }

  func run() throws {
    var survey = MistakeSurvey()
    if let images {
      survey.addEdited(0..<images, seed: seed)
    } else {
      try survey.addCorpus(place.folder)
    }
    if let draws {
      survey.find(draws: draws, seed: seed) { Output.write("\($0)\n") }
    } else {
      Output.write(survey.table)
    }
    for fault in survey.faults { Output.note("a program without a mistake differs: \(fault)") }
    for wrong in survey.contradictions { Output.note("a reason says that no image tells \(wrong)") }
    let (mistakes, told, impossible) = survey.counts
    Output.note("\(mistakes) mistakes, \(told) told, \(impossible) that no image can tell")
    let isWhole = told + impossible == mistakes && survey.contradictions.isEmpty
    guard isWhole, survey.faults.isEmpty else { throw ToolExit(77) }
  }
}
