internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// Builds, verifies and lists the corpus, and converts recipes.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Builds and verifies the corpus, and works on recipes.",
    discussion: """
      Examples: vcifuzz corpus verify
                vcifuzz corpus build --corpus Corpus
                vcifuzz corpus assemble image.vcir --output image.vci
      """,
    subcommands: [
      Build.self, Verify.self, List.self, Export.self, Assemble.self, Disassemble.self,
    ])

  /// Runs `work` with a bar, and returns its result. `work` reports how many images are done, and
  /// how many there are in total.
  private static func showingProgress<Value>(
    on corpus: FilePath, _ work: ((Int, Int) -> Void) throws -> Value
  ) rethrows -> Value {
    let bar = ProgressBar(corpus, in: .things("images"))
    defer { bar.clear() }
    return try work { done, total in bar.show(UInt64(done), of: UInt64(total)) }
  }

  /// Builds every image of the corpus, and the manifest.
  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "build",
      abstract: "Builds every image from its recipe, and the manifest.",
      discussion: """
        A recipe that says what is not so ends the build before anything is written. A stored \
        image that holds the right bytes already is left as it is.

        Example: vcifuzz corpus build
        """)

    @OptionGroup var place: CorpusOption

    @Flag(help: "Print JSON.")
    var json = false

    private struct Built: Encodable {
      let images: Int
    }

    func run() throws {
      let corpus = place.folder
      let count = try CorpusCommand.showingProgress(on: corpus) { progress in
        try CorpusBuilder.build(corpus, progress: progress)
      }
      Output.write(
        json ? Output.json(Built(images: count)) : "\(FileName(corpus)): \(count) images\n")
    }
  }

  /// Verifies that recipes, stored images, manifest and checks agree.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Holds recipes, stored images and manifest against each other and against a check.",
      discussion: """
        Every image is made from its recipe and inflated from what is stored; sizes and CRC-32 are \
        to be the manifest's. Every image is checked and read: findings and answers are to be \
        those of its recipe. Every file is to be in the manifest. Exit code 77 where something differs.
        With --behaviour, only what probe, open and reads do is held against the recipes: whether \
        they accept, serve, miss and which bytes they deliver, not which rule they name.

        Example: vcifuzz corpus verify --corpus Corpus
        """)

    @OptionGroup var place: CorpusOption

    @Flag(help: "Compare only what probe, open and reads do.")
    var behaviour = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Verified: Encodable {
      let images: Int
      let differences: [String]
    }

    func run() throws {
      let corpus = place.folder
      let outcome = try CorpusCommand.showingProgress(on: corpus) { progress in
        behaviour
          ? try CorpusBuilder.verifyBehaviour(corpus, progress: progress)
          : try CorpusBuilder.verify(corpus, progress: progress)
      }
      if json {
        Output.write(
          Output.json(Verified(images: outcome.entries, differences: outcome.differences)))
      } else {
        for difference in outcome.differences { Output.write("\(difference)\n") }
        Output.write(
          "\(FileName(corpus)): \(outcome.entries) images, \(outcome.differences.count) differences\n"
        )
      }
      if !outcome.differences.isEmpty { throw ToolExit(77) }
    }
  }
}
