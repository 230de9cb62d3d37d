internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// Runs cases again.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Runs cases again, one by one, and says what comes of them.",
    discussion: """
      Exit code 77 where some case still fails, 0 where none does. With --json each case has its \
      'verdict' too: all that is expected of programs that meet its image.

      Examples: vcifuzz replay artifacts/case-1-4711.vcir
                vcifuzz replay --seed 1 --iteration 4711
                vcifuzz replay --adapter ./my-adapter artifacts/case-1-4711.vcir
      """)

  @Argument(help: "The cases: files that a campaign stored.", transform: PathArgument.file)
  var cases: [FilePath] = []

  @Option(help: "The seed of an iteration.")
  var seed: UInt64?

  @Option(help: "The iteration.")
  var iteration: UInt64?

  @OptionGroup var images: ImageOptions

  @OptionGroup var adapters: AdapterOptions

  @Flag(help: "Print one JSON object per case.")
  var json = false

  func validate() throws {
    guard cases.isEmpty == (iteration != nil), seed == nil || iteration != nil else {
      throw ValidationError("Name either cases, or --seed and --iteration.")
    }
    guard cases.isEmpty || images.corpus == nil && images.namedTarget == nil else {
      throw ValidationError("A case has its image and its target: no --corpus, no --target.")
    }
  }

  private struct Result: Encodable {
    let name: String
    let nameBytes: String?
    let fails: Bool
    let findings: [String]
    let text: String
    let verdict: VerdictLine
  }

  func run() throws {
    let started = try adapters.started()
    let programs = started?.programs
    var fails = false
    if let iteration {
      let seed = seed ?? 1
      let replay = try Replay(
        seed: seed, iteration: iteration, target: images.target, corpus: images.corpusPath,
        programs)
      try show(
        replay, FileName("seed \(seed), iteration \(iteration)"), image: "\(seed)-\(iteration)")
      fails = !replay.discrepancies.isEmpty
    }
    for path in cases {
      let replay = try Replay(case: path, programs)
      try show(replay, FileName(path), image: path.stem ?? "")
      fails = fails || !replay.discrepancies.isEmpty
    }
    if fails { throw ToolExit(77) }
  }

  private func show(_ replay: Replay, _ name: FileName, image: String) throws {
    guard json else { return Output.write("\(name)\n\(replay.text)") }
    Output.write(
      Output.json(
        Result(
          name: name.text, nameBytes: name.hexadecimal, fails: !replay.discrepancies.isEmpty,
          findings: replay.discrepancies.map { "\($0.key): \($0.detail)" }, text: replay.text,
          verdict: try replay.verdict(ofImage: "\(image).vci"))))
  }
}
