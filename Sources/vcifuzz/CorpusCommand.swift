internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
internal import VCIFuzzing

/// Keeps the corpus.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Builds and verifies the corpus.",
    discussion: """
      Examples: vcifuzz corpus verify
                vcifuzz corpus build --corpus Corpus
      """,
    subcommands: [Build.self, Verify.self])

  /// Builds the corpus.
  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "build",
      abstract: "Builds every image from its recipe, and the manifest.",
      discussion: """
        A stored image that holds the right bytes already is left as it is.

        Example: vcifuzz corpus build
        """)

    @Option(help: "The folder of the corpus.")
    var corpus: String = "Corpus"

    @Option(help: "A folder with the captured images as they were written.")
    var captured: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Built: Encodable {
      let images: Int
    }

    func run() throws {
      let count = try CorpusBuilder.build(
        FilePath(corpus), captured: captured.map { FilePath($0) })
      Output.write(
        json ? Output.json(Built(images: count)) : "\(corpus): \(count) images\n")
    }
  }

  /// Verifies the corpus.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Holds stored images and manifest against each other and against a check.",
      discussion: """
        Every image is inflated, its size and CRC-32 compared, and checked: the findings are to be
        the manifest's. Every file is to be in the manifest. Exit code 77 where something differs.

        Example: vcifuzz corpus verify --corpus Corpus
        """)

    @Option(help: "The folder of the corpus.")
    var corpus: String = "Corpus"

    @Flag(help: "Print JSON.")
    var json = false

    private struct Verified: Encodable {
      let images: Int
      let differences: [String]
    }

    func run() throws {
      let outcome = try CorpusBuilder.verify(FilePath(corpus))
      if json {
        Output.write(
          Output.json(Verified(images: outcome.entries, differences: outcome.differences)))
      } else {
        for difference in outcome.differences { Output.write("\(difference)\n") }
        Output.write(
          "\(corpus): \(outcome.entries) images, \(outcome.differences.count) differences\n")
      }
      if !outcome.differences.isEmpty { throw ToolExit(77) }
    }
  }
}

/// A folder for images.
enum CorpusFolder {
  static func make(_ path: FilePath) throws { try StoredFile.makeFolder(path) }
}
