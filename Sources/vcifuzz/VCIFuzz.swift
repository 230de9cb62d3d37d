internal import ArgumentParser

/// The `vcifuzz` tool: fuzzes implementations, and keeps their corpus.
struct VCIFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vcifuzz",
    abstract: "Fuzzes readers and checkers of VCI images, and keeps their corpus.",
    discussion: """
      Example: vcifuzz --iterations 100000 --seed 1

      libFuzzer's -runs=N, -seed=N, -jobs=N, -max_total_time=N and -artifact_prefix=P are taken too.

      Exit codes: 0 nothing found, 77 something found, 72 interrupted, 64 wrong usage, \
      1 own failure.
      """,
    version: "vcifuzz 0.1.0",
    subcommands: [
      FuzzCommand.self, CrashCommand.self, ReplayCommand.self, MinimizeCommand.self,
      GenerateCommand.self, CorpusCommand.self, HostileCommand.self, MistakesCommand.self,
      SpecCommand.self,
    ],
    defaultSubcommand: FuzzCommand.self)
}
