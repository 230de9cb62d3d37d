internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat

/// Runs cases in processes of their own, as those must be that end the one that runs them.
struct CaseProcess {
  /// The program that replays a case.
  let tool: FilePath
  /// The folder of the corpus; `nil` where no case needs it.
  let corpus: FilePath?
  /// A folder that nobody else has: the cases are written into it.
  let workplace: FilePath

  /// After how many looks, a millisecond apart, a process counts as stuck.
  private static let patience = 5000

  /// How running a case ends the process, or that it does not come back; `nil` where it does.
  ///
  /// - Throws: `CorpusError.file` where the case cannot be written.
  func death(of minimized: MinimizedCase) throws(CorpusError) -> Discrepancy? {
    let path = workplace.appending("case.json")
    try StoredFile.write(Artifact.encoded(minimized), to: path)
    let option = corpus.map { FileName(bytes: Array("--corpus=".utf8) + FileName($0).bytes) }
    let arguments =
      [FileName(tool), FileName("replay")] + [option].compactMap(\.self)
      + [FileName("--"), FileName(path)]
    guard let process = start(arguments) else {
      throw .file(tool, "it cannot be started")
    }
    var status: Int32 = 0
    for _ in 0..<Self.patience {
      if (unsafe waitpid(process, &status, WNOHANG)) == process { return ending(status) }
      usleep(1000)
    }
    kill(-process, SIGKILL)
    _ = unsafe waitpid(process, &status, 0)
    return Discrepancy(.stuck, nil, "it does not come back")
  }

  /// Removes a workplace and the files in it.
  static func removeFolder(_ path: FilePath) {
    for file in (try? StoredFile.files(in: path)) ?? [] { StoredFile.remove(file) }
    _ = unsafe path.withPlatformString { unsafe rmdir($0) }
  }

  /// What `waitpid` told of a process.
  private func ending(_ status: Int32) -> Discrepancy? {
    let signal = status & 0x7f
    // A process that somebody else ended, as the kernel for want of memory, tells nothing of the case.
    guard JobProcess.traps.contains(signal) else { return nil }
    let text = (try? StoredFile.read(errors, limit: 1 << 20)).map {
      String(decoding: $0, as: UTF8.self)
    }
    let fatal = text?.split(separator: "\n").first { $0.contains("Fatal error") }
    // A path in front of the message differs from machine to machine.
    let reason = fatal?.split(separator: "/").last.map(String.init)
    return Discrepancy(
      .trapped, nil, [reason, "signal \(signal)"].compactMap(\.self).joined(separator: "; "))
  }

  private var errors: FilePath { workplace.appending("errors") }

  /// Starts a process in a group of its own, so that it can be ended with all that it started.
  private func start(_ arguments: [FileName]) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    unsafe errors.withPlatformString { name in
      _ = unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, name, flags, 0o600)
    }
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    unsafe setenv("SWIFT_BACKTRACE", "enable=no", 1)
    var words =
      unsafe arguments.map { word in
        unsafe strdup(word.bytes.map(CChar.init(bitPattern:)) + [0])
      } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let code = unsafe tool.withPlatformString { name in
      unsafe posix_spawn(&process, name, &actions, &attributes, &words, environ)
    }
    return code == 0 ? process : nil
  }
}
