internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFuzzing

/// Runs hostile images in this process, so that a sanitizer can observe it.
struct HostileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hostile", abstract: "Runs hostile images in this process, under a sanitizer.",
    discussion: """
      With --material every image is taken apart, and everything that makes other images of one is asked \
      of what comes of it. Nothing is to trap, and every recipe is to make the bytes that it was made of: \
      exit code 77 otherwise.

      Examples: vcifuzz hostile --images 200000
                vcifuzz hostile --material 1000000
      """,
    shouldDisplay: false)

  @Option(help: "How many images of each kind are run.")
  var images: Int = 200_000

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @OptionGroup var place: CorpusOption

  @Option(help: "How many images are taken apart and made others of, in the place of the rest.")
  var material: Int?

  @Option(help: "The first of those images.")
  var from: UInt64 = 0

  func run() throws {
    var hostile = HostileRun(seed: seed)
    if let material { return try runMaterial(material, hostile) }
    show("random roots", try hostile.runRandomRoots(images))
    show("mutants of the corpus", try hostile.runMutants(images, corpus: place.folder))
  }

  private func runMaterial(_ count: Int, _ hostile: HostileRun) throws {
    let outcome = try hostile.runMaterial(count, from: from, corpus: place.folder)
    Output.write(
      "material: \(outcome.images) images, \(outcome.planned) near to a plan, "
        + "\(outcome.edits) edits, \(outcome.forecasts) forecasts, \(outcome.shrunk) made smaller, "
        + "\(outcome.differing) recipes of other bytes\n")
    if outcome.differing > 0 { throw ToolExit(77) }
  }

  private func show(_ kind: String, _ outcome: HostileRun.Outcome) {
    Output.write(
      "\(kind): \(outcome.images) images, \(outcome.opened) opened, "
        + "\(outcome.lastGroup) reached the last group of the check\n")
  }
}
