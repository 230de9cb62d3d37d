public import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
public import VCIFuzzing

extension Target: ExpressibleByArgument {}

/// The options that say what is run, and on what.
struct ImageOptions: ParsableArguments {
  @Option(
    help: "What is run on each image: probe, open with reads, check, ops after a check, or all.")
  var target: Target = .all

  @Option(help: CorpusPlace.help, transform: PathArgument.folder)
  var corpus: FilePath?

  /// The folder of the corpus: what was asked for, or the one that is found, or none.
  var corpusPath: FilePath? { corpus ?? CorpusPlace.found }

  /// The folder that was asked for, by option or environment; another command has to name it too.
  var namedCorpus: FilePath? {
    corpus ?? CorpusPlace.ofEnvironment.flatMap { $0.isEmpty ? nil : $0 }
  }
}
