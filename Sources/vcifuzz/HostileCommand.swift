internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFuzzing

/// Runs hostile images in this process, for a sanitizer to look on.
struct HostileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hostile", abstract: "Runs hostile images in this process, under a sanitizer.",
    discussion: """
      Example: vcifuzz hostile --images 200000
      """,
    shouldDisplay: false)

  @Option(help: "How many images of each kind are run.")
  var images: Int = 200_000

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @OptionGroup var place: CorpusOption

  func run() throws {
    var hostile = HostileRun(seed: seed)
    show("random roots", try hostile.runRandomRoots(images))
    show("mutants of the corpus", try hostile.runMutants(images, corpus: place.folder))
  }

  private func show(_ kind: String, _ outcome: HostileRun.Outcome) {
    Output.write(
      "\(kind): \(outcome.images) images, \(outcome.opened) opened, "
        + "\(outcome.lastGroup) reached the last group of the check\n")
  }
}
