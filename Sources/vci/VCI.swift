internal import ArgumentParser

/// The `vci` tool: makes, fills, shows and checks images.
struct VCI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vci", abstract: "Makes, fills, shows and checks VCI images.",
    discussion: """
      Examples: vci check suspicious.vci
                vci create cache.vci --size 1GiB
                vci write cache.vci --block 0 --input disk.img

      Exit codes of check: 0 nothing but advice, 1 could not complete, 5 not a VCI, \
      6 unsupported version, 2 corruption, 3 leak or wrong summary, 4 dirty; 64 wrong usage.
      """,
    version: "vci 0.1.0",
    subcommands: [
      CreateCommand.self, InfoCommand.self, CheckCommand.self, ReadCommand.self,
      WriteCommand.self, DiscardCommand.self, ExtentsCommand.self, DumpCommand.self,
      CompareCommand.self, ConformCommand.self, PageCommand.self,
    ])
}
