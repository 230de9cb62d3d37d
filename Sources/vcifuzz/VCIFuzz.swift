internal import ArgumentParser

/// The tool for people who fuzz.
struct VCIFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vcifuzz",
    abstract: "Fuzzes readers and checkers of VCI images, and keeps their corpus.",
    discussion: """
      Example: vcifuzz --iterations 100000 --seed 1

      libFuzzer's -runs=N, -seed=N, -jobs=N and -artifact_prefix=P are taken too.

      Exit codes: 0 nothing found, 77 something found, 72 interrupted, 64 wrong usage, \
      1 own failure.
      """,
    version: "vcifuzz 0.1.0",
    subcommands: [
      FuzzCommand.self, ReplayCommand.self, MinimizeCommand.self, GenerateCommand.self,
      CorpusCommand.self,
      HostileCommand.self, JobCommand.self,
    ],
    defaultSubcommand: FuzzCommand.self)
}

/// The options of libFuzzer that mean the same here.
enum Synonyms {
  private static let names = [
    "-runs": "--iterations", "-seed": "--seed", "-jobs": "--jobs",
    "-artifact_prefix": "--artifacts",
  ]

  /// The arguments with libFuzzer's options in our words.
  static func translated(_ arguments: [String]) -> [String] {
    arguments.flatMap { argument in
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let name = names[parts[0]] else { return [argument] }
      return [name, parts[1]]
    }
  }
}
