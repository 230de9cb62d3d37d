internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// Makes random images.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Makes files of random images.",
    discussion: """
      The images are valid, or with --edited those of a campaign's iterations, of which most are \
      not. Beside them stands verdicts.jsonl: for each image the exit code of a check, what it \
      finds, and what some reads answer. Images larger than 8 TiB are passed over. One that the file \
      system can't hold, for its size or for want of room, is left out; its line says so, under \
      'leftOut'. The same seed makes the same files. A file that is there already is never touched.

      Exit code 72 where it was interrupted. verdicts.jsonl has the images so far however it ends.

      With --shapes no file is made: it is counted how many of the images have each shape.

      Example: vcifuzz generate --count 10 --seed 7 --out images
      """)

  @Option(help: "How many images are made.")
  var count: UInt64

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(
    help: "The folder for them; it is made where it is not there.",
    transform: PathArgument.folder)
  var out: FilePath?

  @Flag(help: "Make the images of a campaign's iterations.")
  var edited = false

  @Flag(help: "Count the shapes of valid images, and make no file.")
  var shapes = false

  @Flag(help: "Print one JSON object per image or shape.")
  var json = false

  private struct Made: Encodable {
    let image: String
    let imageBytes: String?
    let title: String
    let leftOut: String?
  }

  private struct Shape: Encodable {
    let shape: String
    let count: Int
  }

  func validate() throws {
    guard shapes == (out == nil) else {
      throw ValidationError("either --out FOLDER or --shapes is needed")
    }
    guard !(shapes && edited) else { throw ValidationError("--shapes counts valid images only") }
  }

  func run() throws {
    Interruption.watch()
    guard let out else { return try printShapes() }
    var generator = try ImageGenerator(
      seed: seed, kind: edited ? .edited : .valid, count: count, folder: out)
    do {
      for index in 0..<count {
        if Interruption.isRequested { break }
        if let made = try generator.write(index) { show(made) }
      }
    } catch {
      // The list has all images made so far, even if a later one fails.
      try? generator.writeVerdicts()
      throw error
    }
    try generator.writeVerdicts()
    guard !Interruption.isRequested else {
      throw interruption("\(FileName(out)): interrupted; verdicts.jsonl has the images so far")
    }
  }

  private func interruption(_ words: String) -> ToolFailure {
    ToolFailure(code: 72, kind: "interrupted", words)
  }

  private func show(_ made: ImageGenerator.Made) {
    let name = FileName(made.path)
    if let reason = made.leftOut { Output.note("\(name): left out: \(reason)") }
    guard !json else {
      return Output.write(
        Output.json(
          Made(
            image: name.text, imageBytes: name.hexadecimal, title: made.title,
            leftOut: made.leftOut)))
    }
    if made.leftOut == nil { Output.write("\(name): \(PrintableText(made.title))\n") }
  }

  private func printShapes() throws {
    let counts = ImageGenerator.shapes(
      of: seed, count: count, isInterrupted: { Interruption.isRequested })
    guard !Interruption.isRequested else { throw interruption("interrupted; nothing is counted") }
    for (shape, number) in counts {
      let digits = "\(number)"
      let padding = String(repeating: " ", count: max(0, 8 - digits.count))
      Output.write(
        json ? Output.json(Shape(shape: shape, count: number)) : "\(padding)\(digits)  \(shape)\n")
    }
  }
}
