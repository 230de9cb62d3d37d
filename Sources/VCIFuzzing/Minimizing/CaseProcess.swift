internal import Glibc
internal import SystemPackage

/// Runs cases in processes of their own, for those that end the process that runs them.
enum CaseProcess {
  /// After how many looks, a millisecond apart, a process counts as stuck.
  private static let patience = 5000

  /// Runs `body` in a copy of this process, which must have one thread. Returns how it ended that
  /// process, or that it does not return; `nil` if it does.
  ///
  /// - Throws: `Errno` if there is no process to be had.
  static func death(of body: () throws -> Void) throws(Errno) -> Discrepancy? {
    var process = try JobProcess { _, _ in try body() }
    defer { process.close() }
    for _ in 0..<patience {
      // The process waits until its output is read.
      let ending = process.ending()
      _ = process.newMessages()
      guard let ending else {
        usleep(1000)
        continue
      }
      // A process that somebody else ended, as the kernel for want of memory, tells nothing.
      guard ending.signal != 0, ending.isOwnFault else { return nil }
      return Discrepancy(.trapped, nil, process.reason(ending))
    }
    kill(process.id, SIGKILL)
    while process.ending() == nil { usleep(1000) }
    return Discrepancy(.stuck, nil, "it does not come back")
  }
}
