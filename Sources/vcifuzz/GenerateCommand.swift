internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFuzzing

/// Makes random valid images.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Makes files of random valid images.",
    discussion: """
      The same seed makes the same files. A file that is there already is never touched.

      Example: vcifuzz generate --count 10 --seed 7 --out images
      """)

  @Option(help: "How many images are made.")
  var count: UInt64

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(help: "The folder for them; it is made where it is not there.")
  var out: String

  @Flag(help: "Print one JSON object per image.")
  var json = false

  private struct Made: Encodable {
    let image, title: String
  }

  func run() throws {
    Interruption.watch()
    let folder = FilePath(out)
    try CorpusFolder.make(folder)
    for index in 0..<count {
      guard !Interruption.isRequested else { throw ToolExit(72) }
      let made = try ImageGenerator.write(index, of: seed, into: folder)
      Output.write(
        json
          ? Output.json(Made(image: made.path.string, title: made.title))
          : "\(made.path): \(made.title)\n")
    }
  }
}
