internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// A process that a campaign started, a copy of this one, and the campaign's end of its pipes.
///
/// A job has everything from the process that starts it: the corpus, the board, the program. So it
/// needs no file to start, and does so in less than a millisecond. A process may be copied only
/// while it has one thread.
struct JobProcess {
  /// The process.
  let id: pid_t
  private let ranges: FileDescriptor
  private let messages: FileDescriptor
  private let errors: FileDescriptor
  private var lines = LineBuffer()
  private var errorText: [UInt8] = []
  /// Whether ranges are given to it still.
  private var isOpen = true

  /// How much is kept of what a job writes to standard error.
  private static let errorLimit = 1 << 16

  /// Starts a process that runs `body` with its ends of the pipes: what it is given, and where it
  /// tells. The process ends with 1 if `body` throws.
  ///
  /// - Throws: `Errno` if there is no process or pipe to be had.
  init(
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
      return try FileDescriptor.pipe()
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }

  /// Makes a job of this process: signals to the group are for its parent, whose end it does not
  /// outlive; a trap ends it without a report, and its words go to `errors`.
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

  /// The signals by which a program ends itself.
  static let traps = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS]

  /// The files in which something of the process may be waiting.
  var files: [FileDescriptor] { [messages, errors] }

  /// Gives it iterations to run, or where that is `nil` the wish that it ends.
  mutating func give(_ range: Range<UInt64>?) {
    guard isOpen else { return }
    if let range {
      // A job that is gone is noticed where its end is.
      _ = try? ranges.writeAll(JobLink.bytes(of: range))
    } else {
      isOpen = false
      try? ranges.close()
    }
  }

  /// What it has told since this was asked last.
  mutating func newMessages() -> [JobMessage] {
    let errors = Self.read(errors)
    errorText += errors.prefix(Self.errorLimit - errorText.count)
    return lines.take(Self.read(messages)).compactMap {
      try? JSONDecoder().decode(JobMessage.self, from: Data($0))
    }
  }

  /// The bytes that are waiting in `file`.
  private static func read(_ file: FileDescriptor) -> [UInt8] {
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { unsafe piece.deallocate() }
    while let count = try? unsafe file.read(into: piece), count > 0 {
      unsafe bytes += piece[..<count]
    }
    return bytes
  }

  /// How it ended; `nil` if it did not.
  func ending() -> Ending? {
    var status: Int32 = 0
    let found = unsafe waitpid(id, &status, WNOHANG)
    if found == 0 || found < 0 && errno == EINTR { return nil }
    // A process of which nothing is known any more has ended.
    return Ending(status: found == id ? status : SIGKILL)
  }

  /// Closes the pipes of a process that ended.
  mutating func close() {
    give(nil)
    for file in files { try? file.close() }
  }

  /// The line in which it said why it ends, and how it ended.
  func reason(_ ending: Ending) -> String {
    let lines = String(decoding: errorText, as: UTF8.self).split(separator: "\n")
    let fatal = lines.first { $0.contains("Fatal error") || $0.contains("ERROR: ") }
    // A path in front of the message differs from machine to machine.
    let text = fatal.map { line in
      line.split(separator: "/").last.map(String.init) ?? String(line)
    }
    return [text, ending.text].compactMap(\.self).joined(separator: "; ")
  }

  /// How a process ended.
  struct Ending: Hashable {
    /// The signal, or 0.
    let signal: Int32
    /// The exit code, where there was no signal.
    let code: Int32

    /// Reads what `waitpid` tells.
    init(status: Int32) {
      signal = status & 0x7f
      code = status >> 8 & 0xff
    }

    var isSuccess: Bool { signal == 0 && code == 0 }
    /// Whether it was ended by itself, and not by somebody's signal.
    var isOwnFault: Bool { signal == 0 ? code != 0 : JobProcess.traps.contains(signal) }
    var text: String { signal == 0 ? "exit code \(code)" : "signal \(signal)" }
  }
}

/// The process that started this one.
private enum JobParent {
  nonisolated(unsafe) private static var id: pid_t = 0

  /// From here on this process ends soon after `parent` has ended, even in the middle of an
  /// iteration that does not come back.
  static func watch(_ parent: pid_t) {
    unsafe id = parent
    _ = signal(SIGALRM) { _ in if getppid() != (unsafe JobParent.id) { _exit(1) } }
    let pause = timeval(tv_sec: 0, tv_usec: 500_000)
    var timer = itimerval(it_interval: pause, it_value: pause)
    _ = unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }
}
