internal import ArgumentParser
internal import VCICommandLine

/// Translates the options of libFuzzer that have an equivalent here.
enum Synonyms {
  private static let names = [
    "-runs": "--iterations", "-seed": "--seed", "-jobs": "--jobs",
    "-max_total_time": "--time", "-artifact_prefix": "--artifact-prefix",
  ]

  private static let taken =
    "Of libFuzzer's options -runs=N, -seed=N, -jobs=N, -max_total_time=N and -artifact_prefix=P are taken"

  /// Returns the arguments with libFuzzer's options replaced by ours.
  ///
  /// - Throws: `ToolFailure` for an option of libFuzzer that has no equivalent here, or another
  ///   meaning.
  static func translated(_ arguments: [String]) throws(ToolFailure) -> [String] {
    // Only a campaign takes such options.
    let isOther = VCIFuzz.configuration.subcommands.contains { command in
      command != FuzzCommand.self && command.configuration.commandName == arguments.first
    }
    if isOther { return arguments }
    var words: [String] = []
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return words + arguments[index...] }
      words += try translated(argument)
    }
    return words
  }

  private static func translated(_ argument: String) throws(ToolFailure) -> [String] {
    guard isOption(argument) else { return [argument] }
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map { String($0) }
    guard let name = names[parts[0]] else {
      throw .usage("There is no option '\(parts[0])'. \(taken).")
    }
    guard parts.count == 2 else {
      throw .usage("'\(parts[0])' takes its value behind '='. \(taken).")
    }
    switch (parts[0], parts[1]) {
    case ("-runs", "-1"): return ["--endless"]
    case ("-jobs", "0"): return [name, "1"]
    case ("-max_total_time", "0"): return []
    case ("-seed", "0"):
      throw .usage(
        "libFuzzer draws a seed for -seed=0; here it is to be given, and --seed 0 is one.")
    default: return [name, parts[1]]
    }
  }

  /// Returns whether `argument` looks like an option of libFuzzer: a dash and a word of at least
  /// two letters or underscores, then the end or an equals sign.
  private static func isOption(_ argument: String) -> Bool {
    guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { return false }
    let name = argument.dropFirst().prefix { $0 != "=" }
    return name.count > 1 && name.allSatisfy { $0 == "_" || $0.isASCII && $0.isLetter }
  }
}
