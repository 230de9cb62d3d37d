internal import CLinux
internal import Glibc
internal import SystemPackage
internal import VCIFormat

/// A process of an adapter, with the runner's ends of its standard streams.
///
/// It leads a process group of its own, which `end()` kills as a whole, with all that was left
/// behind.
final class AdapterProcess {
  /// The process ID, and the ID of its group.
  let id: pid_t
  private let limits: AdapterLimits
  private var input: FileDescriptor?
  private let output: FileDescriptor
  private let errors: FileDescriptor
  /// The output that was read and not yet taken.
  private var unread: [UInt8] = []
  /// The first and the last bytes of standard error.
  private(set) var errorHead: [UInt8] = []
  private(set) var errorTail: [UInt8] = []
  private var isOutputOpen = true
  private var isErrorOpen = true
  /// How the process ended; `nil` while it runs.
  private var ending: Ending?
  /// The bytes that the process had in memory at most, once it ended.
  private var lastResidentBytes: UInt64?
  /// Whether the runner gave up all waits.
  private var isStopped = false
  private var isOver = false

  /// The bytes of standard error that are kept.
  private static let headBytes = 1 << 12
  private static let tailBytes = 1 << 16
  private static let pieceBytes = 1 << 16

  /// How a process ended.
  enum Ending: Hashable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)

    init(status: Int32) {
      self = status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
    }

    var description: String {
      switch self {
      case .exit(let code): "it ended with exit code \(code)"
      case .signal(let number): "it was ended by signal \(number)"
      }
    }
  }

  /// Starts `command`, a command of a POSIX shell, followed by `arguments`.
  ///
  /// - Throws: `NotStarted` if the system cannot start a process.
  init(
    _ command: String, _ arguments: [String], _ limits: AdapterLimits
  ) throws(NotStarted) {
    self.limits = limits
    var pipes: [(readEnd: FileDescriptor, writeEnd: FileDescriptor)] = []
    do {
      for _ in 0..<3 { pipes.append(try FileDescriptor.pipe()) }
    } catch {
      for pipe in pipes {
        try? pipe.readEnd.close()
        try? pipe.writeEnd.close()
      }
      throw NotStarted("no pipe can be made: \(error)")
    }
    let (ours, theirs) = (
      [pipes[0].writeEnd, pipes[1].readEnd, pipes[2].readEnd],
      [pipes[0].readEnd, pipes[1].writeEnd, pipes[2].writeEnd]
    )
    for end in ours + theirs { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    let limiting =
      (["ulimit -c 0", "ulimit -d \(limits.dataBytes / 1024) 2>/dev/null"] + limits.ofFile
      + limits.preparations)
      .joined(separator: "; ")
    var start = (Self.isOneProgram(command) ? "exec \(command)" : command) + " \"$@\""
    if let tracer = limits.tracer {
      start = "exec \(tracer) sh -c \(FileName(bytes: Array(start.utf8)).shellWord) sh \"$@\""
    }
    let words = ["sh", "-c", "\(limiting)\n\(start)", "sh"] + arguments
    let made = Self.spawn(words, theirs)
    for end in theirs { try? end.close() }
    guard case .success(let id) = made else {
      for end in ours { try? end.close() }
      guard case .failure(let error) = made else { preconditionFailure("neither") }
      throw NotStarted("no process can be started: \(error)")
    }
    self.id = id
    Orphans.note(started: id)
    (input, output, errors) = (ours[0], ours[1], ours[2])
    for end in ours { _ = fcntl(end.rawValue, F_SETFL, O_NONBLOCK) }
  }

  /// Whether the shell may be replaced by the command: it is a program with its arguments.
  private static func isOneProgram(_ command: String) -> Bool {
    let first = command.prefix { $0 != " " }
    return !first.contains("=") && !["cd", "."].contains(first)
      && !command.contains { ";&|<>(){}!`#\n".contains($0) }
  }

  private static func spawn(
    _ words: [String], _ ends: [FileDescriptor]
  ) -> Result<pid_t, Errno> {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    for (number, end) in ends.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, end.rawValue, Int32(number))
    }
    _ = linuxKeepFiles(UInt32(ends.count))
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var id: pid_t = 0
    let status = unsafe posix_spawn(&id, "/bin/sh", &actions, &attributes, &arguments, environ)
    return status == 0 ? .success(id) : .failure(Errno(rawValue: status))
  }

  deinit { end() }
}

extension AdapterProcess {
  /// Whether the process has sent something that was not taken yet.
  var hasUnread: Bool {
    fill(within: 0)
    return !unread.isEmpty
  }

  /// Sends bytes to standard input.
  ///
  /// - Throws: `AdapterFailure` if the process ended, or does not take them in time.
  func send(_ bytes: [UInt8], _ deadline: Deadline) throws(AdapterFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let input else { throw crash(deadline) }
      let count = unsafe rest.withUnsafeBytes {
        unsafe write(input.rawValue, $0.baseAddress, $0.count)
      }
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      guard errno == EAGAIN || errno == EINTR else { throw crash(deadline) }
      try wait(forInput: input, deadline)
    }
  }

  /// Closes standard input.
  func closeInput() {
    try? input?.close()
    input = nil
  }

  /// Takes the next line of standard output, without its end.
  ///
  /// - Throws: `AdapterFailure` if the process ends before, if the line is too long, or if the time
  ///   is up.
  func line(_ deadline: Deadline) throws(AdapterFailure) -> [UInt8] {
    var searched = 0
    while true {
      let end = unread[searched...].firstIndex(of: UInt8(ascii: "\n"))
      if let end, end < limits.lineBytes {
        let line = Array(unread[..<end])
        unread.removeSubrange(...end)
        return line
      }
      searched = unread.count
      guard unread.count < limits.lineBytes else {
        throw .protocolViolation("a line of more than \(limits.lineBytes) bytes")
      }
      // A process that it left behind may keep its output open.
      let isAtEnd = look() != nil && !fill(within: 0)
      guard isOutputOpen, !isAtEnd else {
        if unread.isEmpty { throw crash(deadline) }
        throw .protocolViolation("the last line has no end; \(whatEnded())")
      }
      try wait(forInput: nil, deadline)
    }
  }

  /// Waits until the process ends, and returns its whole output and how it ended.
  ///
  /// - Throws: `AdapterFailure` if there is too much output, if it took too much memory, or if the
  ///   time is up.
  func finish(_ deadline: Deadline) throws(AdapterFailure) -> (output: [UInt8], Ending) {
    closeInput()
    while isOutputOpen || isErrorOpen {
      guard unread.count <= limits.outputBytes else {
        throw .protocolViolation("more than \(limits.outputBytes) bytes of output")
      }
      // A process that it left behind may keep the streams open.
      if look() != nil, !fill(within: 0) { break }
      try wait(forInput: nil, deadline)
    }
    while true {
      if let ending = look() {
        try requireMemory()
        return (unread, ending)
      }
      try requireTime(deadline)
      usleep(500)
    }
  }

  /// Kills the process, its group, and what it left behind.
  func end() {
    guard !isOver else { return }
    isOver = true
    closeInput()
    fill(within: 0)
    if look() == nil {
      kill(-id, SIGKILL)
      kill(id, SIGKILL)
      takeEnding()
    }
    if isOutputOpen { try? output.close() }
    if isErrorOpen { try? errors.close() }
    (isOutputOpen, isErrorOpen) = (false, false)
    Orphans.note(ended: id)
    Orphans.end()
  }

  /// Looks at what the process and those that it began use.
  ///
  /// - Throws: `AdapterFailure` if that is more than they may.
  func requireLimits() throws(AdapterFailure) { _ = try familyWithinLimits() }

  /// Returns the process and those that it began.
  ///
  /// - Throws: `AdapterFailure` if they use more than they may.
  private func familyWithinLimits() throws(AdapterFailure) -> [pid_t] {
    let family = ProcessTable.families(
      of: [id] + Orphans.left(by: id), most: 16 * limits.processes)
    guard family.count <= limits.processes else {
      throw .processes(family.count, limit: limits.processes)
    }
    for id in family {
      guard let bytes = ProcessTable.mostResidentBytes(of: id), bytes > limits.residentBytes
      else { continue }
      throw .memory(bytes: bytes, limit: limits.residentBytes)
    }
    return family
  }

  /// Requires that the process, which ended, had not too much in memory.
  private func requireMemory() throws(AdapterFailure) {
    // Up to its first instruction it is the runner, whose memory counts too.
    var own = rusage()
    guard let bytes = lastResidentBytes, bytes > limits.residentBytes,
      unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own) == 0,
      Self.residentBytes(own) <= limits.residentBytes
    else { return }
    throw .memory(bytes: bytes, limit: limits.residentBytes)
  }

  private static func residentBytes(_ usage: rusage) -> UInt64 {
    UInt64(max(0, usage.ru_maxrss)) * 1024
  }

  /// Returns how the process ended; `nil` while it runs.
  private func look() -> Ending? {
    guard ending == nil else { return ending }
    var info = unsafe siginfo_t()
    guard unsafe waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) == 0,
      unsafe info.si_signo != 0
    else { return nil }
    // The ID of the group is that of the leader, and of no other before the leader is waited for.
    kill(-id, SIGKILL)
    takeEnding()
    return ending
  }

  /// Waits for the process, which has ended or was killed.
  private func takeEnding() {
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(id, &status, 0, &usage) < 0, errno == EINTR {}
    ending = Ending(status: status)
    lastResidentBytes = Self.residentBytes(usage)
  }

  /// Returns the failure of a process that ended without an answer.
  private func crash(_ deadline: Deadline) -> AdapterFailure {
    // The end of its streams comes a little before its own, or long before on a busy machine.
    for _ in 0..<2000 where look() == nil && deadline.millisecondsLeft > 0 { usleep(1000) }
    fill(within: 0)
    return .crashed(whatEnded())
  }

  private func whatEnded() -> String {
    look().map(\.description) ?? "it closed its output and runs on"
  }

  /// Waits for output, or until `file` takes input, for as long as there is time.
  private func wait(forInput file: FileDescriptor?, _ deadline: Deadline) throws(AdapterFailure) {
    try requireTime(deadline)
    fill(within: min(deadline.millisecondsLeft, 50), orInputTo: file)
    guard deadline.isLong else { return }
    deadline.note(ProcessTable.processorTimes(of: try familyWithinLimits()))
  }

  private func requireTime(_ deadline: Deadline) throws(AdapterFailure) {
    guard deadline.millisecondsLeft > 0, !isStopped else { throw deadline.failure }
  }

  /// Reads what the process has sent, after waiting for it for at most this long. Returns whether
  /// there was anything.
  @discardableResult private func fill(
    within milliseconds: Int, orInputTo file: FileDescriptor? = nil
  ) -> Bool {
    var polled: [pollfd] = []
    if isOutputOpen {
      polled.append(pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0))
    }
    if isErrorOpen { polled.append(pollfd(fd: errors.rawValue, events: Int16(POLLIN), revents: 0)) }
    if let file { polled.append(pollfd(fd: file.rawValue, events: Int16(POLLOUT), revents: 0)) }
    if let stop = limits.stop { polled.append(pollfd(fd: stop.rawValue, events: 0, revents: 0)) }
    guard unsafe poll(&polled, nfds_t(polled.count), Int32(milliseconds)) > 0 else { return false }
    if limits.stop != nil, polled.last?.revents != 0 { isStopped = true }
    var hasRead = false
    if isOutputOpen, let bytes = Self.read(output, &isOutputOpen) {
      unread += bytes
      hasRead = true
    }
    if isErrorOpen, let bytes = Self.read(errors, &isErrorOpen) {
      errorHead += bytes.prefix(Self.headBytes - errorHead.count)
      errorTail = Array((errorTail + bytes).suffix(Self.tailBytes))
      hasRead = true
    }
    return hasRead
  }

  /// Reads one piece. Closes the file, and sets `isOpen`, at its end.
  private static func read(_ file: FileDescriptor, _ isOpen: inout Bool) -> [UInt8]? {
    var (count, error): (Int, Int32) = (0, 0)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: pieceBytes) { buffer, filled in
      count = unsafe Glibc.read(file.rawValue, buffer.baseAddress, buffer.count)
      error = errno
      filled = max(0, count)
    }
    if count > 0 { return bytes }
    if count == 0 || error != EAGAIN && error != EINTR {
      isOpen = false
      try? file.close()
    }
    return nil
  }
}
