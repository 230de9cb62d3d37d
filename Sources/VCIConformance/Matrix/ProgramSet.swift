internal import SystemPackage

/// Several programs that are asked the same.
struct ProgramSet: Sendable {
  /// A program, and what it said of itself when it was started.
  struct Program: Sendable {
    let command: AdapterCommand
    let capabilities: Capabilities
    let isSession: Bool

    /// Returns an adapter whose process is started with the first request.
    func adapter(stop: FileDescriptor? = nil) -> any Adapter {
      var command = command
      command.limits.stop = stop
      return isSession
        ? SessionAdapter(command, capabilities) : SimpleAdapter(command, capabilities)
    }
  }

  let programs: [Program]

  /// Starts each program of a run once.
  ///
  /// - Throws: `NotStarted` if one does not start.
  init(_ runs: [ConformanceRun]) throws(NotStarted) {
    var programs: [Program] = []
    for run in runs {
      let greeted = try run.greetedAdapter()
      programs.append(
        Program(
          command: run.adapter, capabilities: greeted.capabilities,
          isSession: greeted is SessionAdapter))
    }
    self.programs = programs
  }
}
