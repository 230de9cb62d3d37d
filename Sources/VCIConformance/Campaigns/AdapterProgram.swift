/// A program of somebody else that was started once, and said what it can do.
package struct AdapterProgram: Sendable {
  let command: AdapterCommand
  private let capabilities: Capabilities
  private let isSession: Bool

  /// Starts the program, and ends it.
  ///
  /// - Throws: `NotStarted` if it does not start, or does not end as prescribed.
  package init(_ command: AdapterCommand) throws(NotStarted) {
    let greeted = try command.greetedAdapter()
    self.command = command
    capabilities = greeted.capabilities
    isSession = greeted is SessionAdapter
  }

  /// Returns the program, not started yet.
  func adapter() -> any Adapter {
    isSession ? SessionAdapter(command, capabilities) : SimpleAdapter(command, capabilities)
  }
}
