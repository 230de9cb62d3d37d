internal import FoundationEssentials
package import Glibc
package import SystemPackage

/// A process that was forked from the campaign, and the campaign's ends of its pipes.
///
/// A forked job already has the corpus, the board and the program. So it reads no file to start,
/// and starts in less than a millisecond. The campaign must have only one thread when it forks.
package struct JobProcess {
  /// The process ID.
  package let id: pid_t
  private let ranges: FileDescriptor
  private let messages: FileDescriptor
  private let errors: FileDescriptor
  private var lines = LineBuffer()
  private var errorText: [UInt8] = []
  /// Whether the pipe of ranges is open.
  private var isOpen = true

  /// The number of bytes of standard error that are kept.
  private static let errorLimit = 1 << 16

  /// Starts a process that runs `body` with its ends of the two pipes. The process exits with 1 if
  /// `body` throws.
  ///
  /// - Throws: `Errno` if no process or pipe can be made.
  package init(
    body: (_ ranges: FileDescriptor, _ messages: FileDescriptor) throws -> Void
  ) throws(Errno) {
    var ends: [FileDescriptor] = []
    do throws(Errno) {
      for _ in 0..<3 {
        let pipe = try Self.pipe()
        ends += [pipe.readEnd, pipe.writeEnd]
      }
      let parent = getpid()
      let made = fork()
      guard made >= 0 else { throw Errno(rawValue: errno) }
      if made == 0 {
        for index in [1, 2, 4] { try? ends[index].close() }
        Self.become(ends[5], parent)
        do {
          try body(ends[0], ends[3])
          _exit(0)
        } catch {
          _ = try? FileDescriptor.standardError.writeAll("ERROR: \(error)\n".utf8)
          _exit(1)
        }
      }
      id = made
    } catch {
      for end in ends { try? end.close() }
      throw error
    }
    for index in [0, 3, 5] { try? ends[index].close() }
    (ranges, messages, errors) = (ends[1], ends[2], ends[4])
    for end in [messages, errors] { _ = fcntl(end.rawValue, F_SETFL, O_NONBLOCK) }
  }

  private static func pipe() throws(Errno) -> (readEnd: FileDescriptor, writeEnd: FileDescriptor) {
    do {
      let pipe = try FileDescriptor.pipe()
      for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
      return pipe
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }

  /// Makes this process a job: it ignores signals to the process group, which are for its parent;
  /// it ends after its parent has ended; a trap ends it without a core dump; and its output goes to
  /// `errors`.
  private static func become(_ errors: FileDescriptor, _ parent: pid_t) {
    for number in [SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE] {
      _ = signal(number, SIG_IGN)
    }
    for number in traps { _ = signal(number, SIG_DFL) }
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    for number in [STDOUT_FILENO, STDERR_FILENO] { _ = dup2(errors.rawValue, number) }
    JobParent.watch(parent)
  }

  /// The signals of a program that traps or aborts.
  static let traps = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS]

  /// The pipes to poll for output of the process.
  package var files: [FileDescriptor] { [messages, errors] }

  /// Sends the process iterations to run; `nil` closes the pipe, after which it ends.
  package mutating func give(_ range: Range<UInt64>?) {
    guard isOpen else { return }
    if let range {
      // An error is ignored, since `ending` detects a process that has ended.
      _ = try? ranges.writeAll(JobLink.bytes(of: range))
    } else {
      isOpen = false
      try? ranges.close()
    }
  }

  /// Reads the output of the process. Returns the messages that have arrived since the last call.
  mutating func newMessages() -> [JobMessage] {
    newLines().compactMap { try? JSONDecoder().decode(JobMessage.self, from: Data($0)) }
  }

  /// Reads the output of the process. Returns the lines that have arrived since the last call.
  package mutating func newLines() -> [[UInt8]] {
    let errors = Self.read(errors)
    errorText += errors.prefix(Self.errorLimit - errorText.count)
    return lines.take(Self.read(messages))
  }

  /// Returns the bytes that can be read from `file` without waiting.
  private static func read(_ file: FileDescriptor) -> [UInt8] {
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { unsafe piece.deallocate() }
    while let count = try? unsafe file.read(into: piece), count > 0 {
      unsafe bytes += piece[..<count]
    }
    return bytes
  }

  /// Returns how the process ended; `nil` if it is running.
  package func ending() -> Ending? {
    var status: Int32 = 0
    let found = unsafe waitpid(id, &status, WNOHANG)
    if found == 0 || found < 0 && errno == EINTR { return nil }
    // If `waitpid` fails, the process has ended in an unknown way.
    return Ending(status: found == id ? status : SIGKILL)
  }

  /// Closes the pipes of a process that has ended.
  package mutating func close() {
    give(nil)
    for file in files { try? file.close() }
  }

  /// Returns the first error line of the process, and how it ended.
  package func reason(_ ending: Ending) -> String {
    let lines = String(decoding: errorText, as: UTF8.self).split(separator: "\n")
    let fatal = lines.first { $0.contains("Fatal error") || $0.contains("ERROR: ") }
    // A path before the message is removed, since it differs between machines.
    let text = fatal.map { line in
      line.split(separator: "/").last.map(String.init) ?? String(line)
    }
    return [text, ending.text].compactMap(\.self).joined(separator: "; ")
  }

  /// How a process ended.
  package struct Ending: Hashable {
    /// The signal that ended the process; 0 if there was none.
    package let signal: Int32
    /// The exit code, if there was no signal.
    let code: Int32

    /// Decodes the status of `waitpid`.
    init(status: Int32) {
      signal = status & 0x7f
      code = status >> 8 & 0xff
    }

    package var isSuccess: Bool { signal == 0 && code == 0 }
    /// Whether the process failed by itself, and not by a signal of another process.
    package var isOwnFault: Bool { signal == 0 ? code != 0 : JobProcess.traps.contains(signal) }
    var text: String { signal == 0 ? "exit code \(code)" : "signal \(signal)" }
  }
}

/// The process that started this one.
private enum JobParent {
  nonisolated(unsafe) private static var id: pid_t = 0

  /// Starts a timer that ends this process within half a second after `parent` has ended, even in
  /// an iteration that does not return.
  static func watch(_ parent: pid_t) {
    unsafe id = parent
    _ = signal(SIGALRM) { _ in if getppid() != (unsafe JobParent.id) { _exit(1) } }
    let pause = timeval(tv_sec: 0, tv_usec: 500_000)
    var timer = itimerval(it_interval: pause, it_value: pause)
    _ = unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }
}
