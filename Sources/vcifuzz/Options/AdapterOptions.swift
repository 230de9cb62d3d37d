internal import ArgumentParser
internal import VCICommandLine
internal import VCIConformance
internal import VCIFormat

/// The option that names programs of others.
struct AdapterOptions: ParsableArguments {
  @Option(
    name: .customLong("adapter"),
    help: ArgumentHelp(
      "The command of an adapter (Specs/Port.md), which answers in place of checker and reference; "
        + "it may be given several times.", valueName: "command"))
  var commands: [String] = []

  /// Starts the adapters, and ends them again. Returns `nil` if there are none.
  ///
  /// - Throws: `ToolFailure` if one does not start.
  func started() throws(ToolFailure) -> AdapterCampaign? {
    guard !commands.isEmpty else { return nil }
    do throws(NotStarted) {
      return try AdapterCampaign(commands)
    } catch {
      throw ToolFailure(code: 1, kind: "adapter", "\(error)", text: error.text)
    }
  }

  /// The option as words of a shell, each behind a space.
  var words: String { commands.map { " --adapter \(FileName($0).shellWord)" }.joined() }
}
