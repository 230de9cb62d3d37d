internal import Glibc
internal import SystemPackage

/// The threads and descriptors that a command needs which runs processes beside itself.
enum Threads {
  /// How many threads the runtime may want at once: one for each of a few processors, one that waits
  /// for processes, one for files.
  private static let threads = 8
  /// How many descriptors are wanted: the runtime's, and those of pipes and files of a process.
  private static let descriptors = 24

  /// Judges that they can be had. Without them the runtime waits for ever, or ends the program.
  ///
  /// - Throws: `ToolFailure`, which says what is lacking.
  static func judge() throws(ToolFailure) {
    try judgeDescriptors()
    try judgeThreads()
  }

  private static func judgeDescriptors() throws(ToolFailure) {
    var opened: [FileDescriptor] = []
    defer { for file in opened { try? file.close() } }
    for _ in 0..<descriptors {
      do {
        opened.append(
          try FileDescriptor.open(FilePath("/dev/null"), .readOnly, options: .closeOnExec))
      } catch {
        throw lack("\(descriptors) file descriptors", "\(error)", limit: "ulimit -n")
      }
    }
  }

  private static func judgeThreads() throws(ToolFailure) {
    // They end at once, but count until they are joined.
    var started: [pthread_t] = []
    defer { for thread in started { pthread_join(thread, nil) } }
    for _ in 0..<threads {
      var thread = pthread_t()
      let code = unsafe pthread_create(&thread, nil, { _ in nil }, nil)
      guard code == 0 else {
        throw lack("\(threads) threads", "\(Errno(rawValue: code))", limit: "ulimit -u, ulimit -v")
      }
      started.append(thread)
    }
  }

  private static func lack(_ what: String, _ reason: String, limit: String) -> ToolFailure {
    ToolFailure(
      code: 1, kind: "resources",
      "this command needs \(what), which it cannot have: \(reason) (see \(limit))")
  }
}
