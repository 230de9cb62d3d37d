internal import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat

/// Records programs that do not load the shim, such as static ones: strace writes a log of their
/// system calls, of which `trace.py` of `Port/recorder` makes a trace.
struct StraceRecorder {
  private let tool: FilePath

  /// The time that each tool has.
  private static let milliseconds = 120_000
  /// The largest trace, in bytes.
  private static let longestTrace: UInt64 = 1 << 28

  /// Requires that strace and the tool work here. `folder` is that of the recorder.
  ///
  /// - Throws: `WorkError` that says what is missing, and how to get it.
  init(in folder: FilePath) throws(WorkError) {
    tool = folder.appending("trace.py")
    guard WorkFile.exists(tool) else { throw WorkError(description: "there is no \(tool)") }
    do throws(WorkError) {
      try Self.run("strace", ["-f", "-o", "/dev/null", "true"])
    } catch {
      throw WorkError(
        description:
          "strace would see it, and cannot be run here (apt-get install strace): \(error)")
    }
    try Self.run("python3", [tool.string, "calls"])
  }

  /// The words of a shell that start a program with a log of its calls at the end of `log`.
  func words(log: FilePath) -> String {
    "strace -f -xx -y -s 67108864 -e \"$(python3 \(FileName(tool).shellWord) calls)\" -A -o "
      + FileName(log).shellWord
  }

  /// Makes the trace of a log. `before` has what `folder` had before the program was started.
  ///
  /// - Throws: `WorkError` if it can't be made.
  func makeTrace(
    _ trace: FilePath, ofLog log: FilePath, in folder: FilePath, before: FilePath
  ) throws(WorkError) {
    try Self.run(
      "python3",
      [
        tool.string, "from-strace", log.string, "--folder", folder.string, "--out", trace.string,
        "--before", before.string,
      ])
  }

  /// Runs a tool. Its memory, its time and its files have limits: what it reads is hostile.
  private static func run(_ tool: String, _ arguments: [String]) throws(WorkError) {
    var limits = AdapterLimits()
    limits.milliseconds = milliseconds
    limits.fileBytes = longestTrace
    let ending: AdapterProcess.Ending
    let tail: [UInt8]
    do {
      let process = try AdapterProcess(tool, arguments, limits)
      defer { process.end() }
      (_, ending) = try process.finish(Deadline(milliseconds: milliseconds))
      tail = process.errorTail
    } catch {
      throw WorkError(description: "\(tool): \(error)")
    }
    guard ending == .exit(0) else {
      let said = PrintableText(String(decoding: tail.suffix(200), as: UTF8.self))
      throw WorkError(description: "\(tool): \(ending): \(said)")
    }
  }
}
