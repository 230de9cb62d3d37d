internal import Glibc
internal import SystemPackage

/// Runs cases that trap or are stuck, each in a process of its own.
enum CaseProcess {
  /// The number of looks, one millisecond apart, after which a process is stuck: five seconds.
  private static let patience = 5000

  /// Runs `body` in a process forked from this one, which must have one thread. Returns a
  /// discrepancy if `body` traps or is stuck; `nil` if it returns or throws.
  ///
  /// - Throws: `Errno` if no process can be started.
  static func death(of body: () throws -> Void) throws(Errno) -> Discrepancy? {
    var process = try JobProcess { _, _ in try body() }
    defer { process.close() }
    for _ in 0..<patience {
      // Output must be read, since the process waits while a pipe is full.
      let ending = process.ending()
      _ = process.newMessages()
      guard let ending else {
        usleep(1000)
        continue
      }
      // A kill from outside, as by the kernel if memory is short, is no discrepancy.
      guard ending.signal != 0, ending.isOwnFault else { return nil }
      return Discrepancy(.trapped, nil, process.reason(ending))
    }
    kill(process.id, SIGKILL)
    while process.ending() == nil { usleep(1000) }
    return Discrepancy(.stuck, nil, "it does not come back")
  }
}
