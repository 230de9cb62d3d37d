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
      The images are valid, some with leaks, stale bits and other flaws that keep no reader from \
      them, or with --edited those of a campaign's iterations, of which most are not valid. Beside them stands verdicts.jsonl: for each image all that is expected of programs that \
      check, probe, open and read it. Image N of a seed is the same whatever else is made. A file that \
      is there already is never touched.

      With --stdout no file is made: the stream has for each image its line of verdicts.jsonl, and \
      behind it the bytes of the image, as many as the line's 'bytes' says.

      With --writable only images are made that a writer may open, with --rule only those in which a \
      check finds that the rule is broken. 10,000 images in a row of which none is wanted are an error.

      Images larger than 8 TiB, with --stdout than 64 MiB, are passed over. One that the file system \
      can't hold, for its size or for want of room, is left out; its line says so, under 'leftOut'. \
      Standard error says at the end how many were passed over, and why.

      Exit code 72 where it was interrupted. verdicts.jsonl has the images so far however it ends.

      With --shapes no file is made: it is counted how many of the images have each shape.

      Examples: vcifuzz generate --count 10 --seed 7 --out images
                vcifuzz generate --count 10 --edited --rule VCI-EXT-003 --out images
                vcifuzz generate --count 1000 --first 5000 --edited --stdout | harness
      """)

  @Option(help: "How many images are made.")
  var count: UInt64

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(
    help: "The folder for them; it is made where it is not there.",
    transform: PathArgument.folder)
  var out: FilePath?

  @Flag(help: "Write verdicts and images to standard output.")
  var stdout = false

  @Option(help: "The number of the first image.")
  var first: UInt64 = 0

  @Flag(help: "Make the images of a campaign's iterations.")
  var edited = false

  @Flag(help: "Make only images that a writer may open.")
  var writable = false

  @Option(
    help: ArgumentHelp(
      "Make only images that break this rule, such as VCI-EXT-003.", valueName: "rule"),
    transform: Self.rule)
  var rule: Rule?

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

  private static func rule(_ text: String) throws -> Rule {
    guard let rule = Rule(rawValue: text) else {
      throw ValidationError("there is no rule \(text)")
    }
    return rule
  }

  func validate() throws {
    guard [out != nil, stdout, shapes].count(where: { $0 }) == 1 else {
      throw ValidationError("one of --out FOLDER, --stdout and --shapes is needed")
    }
    guard !shapes || !(edited || writable || rule != nil) else {
      throw ValidationError("--shapes counts all valid images")
    }
    guard !(stdout && json) else {
      throw ValidationError("--stdout and --json both want standard output")
    }
  }

  private var choice: ImageChoice {
    ImageChoice(
      seed: seed, kind: edited ? .edited : .valid, first: first, isWritable: writable, rule: rule)
  }

  func run() throws {
    Interruption.watch()
    if let out { return try makeFiles(in: out) }
    try stdout ? makeStream() : printShapes()
  }

  private func makeFiles(in out: FilePath) throws {
    var generator = try ImageGenerator(choice, count: count, folder: out)
    do {
      for _ in 0..<count {
        let made = try generator.writeNext(isInterrupted: { Interruption.isRequested })
        guard let made else { break }
        show(made)
      }
    } catch {
      // The list has all images made so far, even if a later one fails.
      try? generator.writeVerdicts()
      tell(of: generator.passed)
      throw failure(of: error)
    }
    try generator.writeVerdicts()
    tell(of: generator.passed)
    guard !Interruption.isRequested else {
      throw interruption("\(FileName(out)): interrupted; verdicts.jsonl has the images so far")
    }
  }

  private func makeStream() throws {
    guard let output = try ByteStream(at: "-") else {
      preconditionFailure("standard output is no stream")
    }
    var images = ImageStream(choice)
    defer { tell(of: images.passed) }
    for made in 0..<count {
      let next: [UInt8]?
      do {
        next = try images.next(isInterrupted: { Interruption.isRequested })
      } catch {
        throw failure(of: error)
      }
      guard let next else { throw interruption("interrupted; \(made) images are written") }
      do throws(Errno) {
        try output.write(unsafe next.span.bytes)
      } catch {
        guard error != .brokenPipe else { throw ToolExit(1) }
        throw ToolFailure(code: 1, kind: "storage", "cannot write to standard output: \(error)")
      }
    }
  }

  /// Returns the failure that ends the command with `error`.
  private func failure(of error: any Error) -> any Error {
    guard let end = error as? SeriesEnd else { return error }
    return ToolFailure(code: 1, kind: "input", "given up: \(end)")
  }

  /// Tells how many images were passed over, and why.
  private func tell(of passed: PassedImages) {
    let reasons = [
      (passed.others, "not wanted"), (passed.tooLarge, "too large"),
      (passed.withoutRoom, "without room"),
    ].filter { $0.0 > 0 }
    guard !reasons.isEmpty else { return }
    let words = reasons.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    Output.note("images left out: \(words)")
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
      of: seed, first: first, count: count, isInterrupted: { Interruption.isRequested })
    guard !Interruption.isRequested else { throw interruption("interrupted; nothing is counted") }
    for (shape, number) in counts {
      let digits = "\(number)"
      let padding = String(repeating: " ", count: max(0, 8 - digits.count))
      Output.write(
        json ? Output.json(Shape(shape: shape, count: number)) : "\(padding)\(digits)  \(shape)\n")
    }
  }
}
