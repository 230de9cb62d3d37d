internal import ArgumentParser
internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// The options that say what a campaign runs, and for how long.
struct CampaignOptions: ParsableArguments {
  @Option(help: "How many iterations are run.")
  var iterations: UInt64?

  @Option(
    help: ArgumentHelp(
      "How long it runs at most: seconds, or as 30s, 10m or 2h.", valueName: "time"),
    transform: TimeSpan.argument)
  var time: TimeSpan?

  @Flag(help: "Run until the time is up, or somebody interrupts.")
  var endless = false

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(help: "How many processes share the work; they change no result.")
  var jobs: Int?

  @OptionGroup var images: ImageOptions

  @OptionGroup var adapters: AdapterOptions

  @Option(
    help: "The folder in which cases with findings are stored. (default: artifacts)",
    transform: PathArgument.folder)
  var artifacts: FilePath?

  @Option(
    help: ArgumentHelp(
      "The same as libFuzzer has it: what the paths of cases begin with, out/ or out/x-.",
      valueName: "prefix"), transform: PathPrefix.argument)
  var artifactPrefix: PathPrefix?

  /// The number of jobs; by default one for each processor, at most 64.
  var jobCount: Int { jobs ?? max(1, min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  mutating func validate() throws {
    guard (1...256).contains(jobCount) else {
      throw ValidationError("--jobs takes a number from 1 to 256, not \(jobCount).")
    }
    guard iterations == nil || !endless else {
      throw ValidationError("Give either --iterations or --endless.")
    }
    guard iterations != nil || time != nil || endless else {
      throw ValidationError(
        "Missing expected argument '--iterations <iterations>', or how long it runs: '--time <time>'."
      )
    }
    guard artifacts == nil || artifactPrefix == nil else {
      throw ValidationError("Give either --artifacts or --artifact-prefix.")
    }
  }
}

extension CampaignOptions {
  /// The campaign with these options.
  var campaign: Campaign {
    Campaign(
      seed: seed, iterations: iterations, time: time?.duration, jobs: jobCount,
      target: images.target, corpus: images.corpusPath, artifacts: place)
  }

  /// The folder of stored cases and the beginning of their names.
  private var place: CasePlace {
    artifactPrefix.map { CasePlace($0.folder, prefix: $0.name) }
      ?? CasePlace(artifacts ?? "artifacts")
  }

  /// Returns the command that runs `iteration` again.
  func replay(_ iteration: UInt64) -> String {
    "vcifuzz replay --seed \(seed) --iteration \(iteration)"
      + (images.target == .all ? "" : " --target \(images.target.rawValue)")
      + (images.namedCorpus.map { " --corpus \(FileName($0).shellWord)" } ?? "")
      + adapters.words
  }
}

/// The beginning of the paths of files: a folder, and the beginning of the names in it.
struct PathPrefix: Hashable, Sendable {
  let folder: FilePath
  let name: String

  /// Parses the text up to the last slash as the folder, and the rest as the beginning of names.
  ///
  /// - Throws: `ValidationError` if names would begin with bytes that are not UTF-8: stored cases
  ///   contain names of files as text.
  static func argument(_ text: String) throws -> PathPrefix {
    let end = text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex
    let name = String(text[end...])
    guard FileName(try PathArgument.folder("x" + name)).text == "x" + name else {
      throw ValidationError("the names of cases can begin with text only, which is UTF-8")
    }
    let folder = end == text.startIndex ? "." : try PathArgument.folder(String(text[..<end]))
    return PathPrefix(folder: folder, name: name)
  }
}
