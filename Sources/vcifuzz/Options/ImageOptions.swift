public import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
public import VCIFuzzing

extension Target: ExpressibleByArgument {}

/// The options that say what is run, and on which images.
struct ImageOptions: ParsableArguments {
  @Option(
    name: .customLong("target"),
    help:
      "What is run on each image: probe, open with reads, check, ops after a check, or all (default: all)."
  )
  var namedTarget: Target?

  /// What is run on each image.
  var target: Target { namedTarget ?? .all }

  @Option(help: CorpusPlace.help, transform: PathArgument.folder)
  var corpus: FilePath?

  /// The folder of the corpus that the option names, or else the one that is found; `nil` if there
  /// is none.
  var corpusPath: FilePath? { corpus ?? CorpusPlace.found }

  /// The folder of the corpus that the option or the environment names; `nil` if neither does. The
  /// command for a replay must name it too.
  var namedCorpus: FilePath? {
    corpus ?? CorpusPlace.ofEnvironment.flatMap { $0.isEmpty ? nil : $0 }
  }
}
