internal import ArgumentParser
internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// The options by which a campaign, and each of its jobs, knows what to run.
struct CampaignOptions: ParsableArguments {
  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(help: "How many processes share the work; they change no result.")
  var jobs: Int?

  @OptionGroup var images: ImageOptions

  @Option(
    help: "The folder in which cases with findings are stored.", transform: PathArgument.folder)
  var artifacts: FilePath = "artifacts"

  /// One job for each processor, unless another number was asked for.
  var jobCount: Int { jobs ?? max(1, min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  mutating func validate() throws {
    guard (1...256).contains(jobCount) else {
      throw ValidationError("--jobs takes a number from 1 to 256, not \(jobCount).")
    }
  }
}

extension CampaignOptions {
  /// The campaign of these options; its jobs work in `workplace`.
  func campaign(iterations: UInt64, workplace: FilePath) -> Campaign {
    Campaign(
      seed: seed, iterations: iterations, jobs: jobCount, target: images.target,
      corpus: images.corpusPath,
      artifacts: artifacts, workplace: workplace)
  }

  /// The arguments that give a job the same options.
  func arguments(iterations: UInt64, workplace: FilePath) -> [FileName] {
    [
      "--seed=\(seed)", "--jobs=\(jobCount)", "--target=\(images.target.rawValue)",
      "--iterations=\(iterations)",
    ].map { FileName($0) }
      + [Self.option("--artifacts", artifacts), Self.option("--workplace", workplace)]
      + (images.corpusPath.map { [Self.option("--corpus", $0)] } ?? [])
  }

  /// An option and its path as one word, so that no path is taken for an option.
  private static func option(_ name: String, _ path: FilePath) -> FileName {
    FileName(bytes: Array("\(name)=".utf8) + FileName(path).bytes)
  }
}
