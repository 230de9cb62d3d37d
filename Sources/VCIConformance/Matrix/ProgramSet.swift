internal import SystemPackage

/// Several programs that are asked the same.
struct ProgramSet: Sendable {
  /// A program, and what it said of itself when it was started.
  struct Program: Sendable {
    let command: AdapterCommand
    let capabilities: Capabilities
    let isSession: Bool

    /// Starts the program, and ends it.
    ///
    /// - Throws: `NotStarted` if it does not start, or does not end as prescribed.
    init(_ command: AdapterCommand) throws(NotStarted) {
      let greeted = try command.greetedAdapter()
      self.command = command
      capabilities = greeted.capabilities
      isSession = greeted is SessionAdapter
    }

    /// Returns an adapter whose process is started with the first request.
    func adapter(stop: FileDescriptor? = nil) -> any Adapter {
      var command = command
      command.limits.stop = stop
      return isSession
        ? SessionAdapter(command, capabilities) : SimpleAdapter(command, capabilities)
    }
  }

  let programs: [Program]

  /// Starts each program once.
  ///
  /// - Throws: `NotStarted` if one does not start.
  init(_ commands: [AdapterCommand]) throws(NotStarted) {
    var programs: [Program] = []
    for command in commands { programs.append(try Program(command)) }
    self.programs = programs
  }
}
