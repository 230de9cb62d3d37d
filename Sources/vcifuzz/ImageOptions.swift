public import ArgumentParser
internal import Glibc
internal import SystemPackage
internal import VCICommandLine
public import VCIFuzzing

extension Target: ExpressibleByArgument {}

/// The options that say what is run, and on what.
struct ImageOptions: ParsableArguments {
  @Option(
    help: "What is run on each image: probe, open with reads, check, ops after a check, or all.")
  var target: Target = .all

  @Option(
    help: "The folder of the corpus; Corpus in this folder where there is one.",
    transform: PathArgument.folder)
  var corpus: FilePath?

  /// The folder of the corpus: what was asked for, or what lies here, or none.
  var corpusPath: FilePath? { Self.corpusPath(corpus) }

  /// The folder that `corpus` names, or the one that lies here, or none.
  static func corpusPath(_ corpus: FilePath?) -> FilePath? {
    if let corpus { return corpus }
    return unsafe access("Corpus/manifest.jsonl", R_OK) == 0 ? "Corpus" : nil
  }
}
