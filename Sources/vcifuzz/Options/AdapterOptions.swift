internal import ArgumentParser
internal import Glibc
internal import SystemPackage
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

  /// Replays the recorded sessions to adapters before a campaign. They stand beside `corpus`, or
  /// beside the corpus of the suite; without any there is no pre-flight, and a note says so.
  ///
  /// - Throws: `ToolFailure` if an adapter fails its pre-flight.
  func requirePreflight(_ adapters: AdapterCampaign, corpus: FilePath?) throws {
    let places = [corpus, CorpusPlace.ofSuite].compactMap(\.self).map {
      $0.removingLastComponent().appending("Port/sessions")
    }
    let sessions = places.first { path in
      unsafe path.withPlatformString { unsafe access($0, R_OK) } == 0
    }
    guard let sessions else {
      return Output.note("there is no pre-flight: no recorded sessions are beside a corpus")
    }
    do {
      try adapters.requirePreflight(sessions) { Interruption.isRequested }
    } catch let failed as NotStarted {
      throw ToolFailure(code: 1, kind: "adapter", "\(failed)", text: failed.text)
    }
  }

  /// The option as words of a shell, each behind a space.
  var words: String { commands.map { " --adapter \(FileName($0).shellWord)" }.joined() }
}
