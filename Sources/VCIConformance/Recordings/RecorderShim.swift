internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCICorpus

/// The recorder of `Port/recorder`, built for this run.
final class RecorderShim: Sendable {
  /// The file that programs load.
  let file: FilePath
  /// The folder of its source and tools.
  let tools: FilePath
  private let folder: FilePath
  /// The process that removes it: others may be copies of it.
  private let owner = getpid()

  /// The time that the compiler has.
  private static let milliseconds = 120_000

  /// Builds the recorder that stands beside the corpus, as the lanes do.
  ///
  /// - Throws: `NotStarted` with the reason if it is not there, or cannot be built.
  init(besideCorpus corpus: FilePath) throws(NotStarted) {
    let source = corpus.removingLastComponent().appending("Port/recorder/recorder.c")
    guard WorkFile.exists(source) else {
      throw NotStarted("there is no recorder at \(source)")
    }
    let folder = try WorkFolder.lasting()
    self.folder = folder
    tools = source.removingLastComponent()
    file = folder.appending("recorder.so")
    do throws(NotStarted) {
      try Self.build(source, file)
    } catch {
      Self.remove(folder)
      throw error
    }
  }

  deinit { if getpid() == owner { Self.remove(folder) } }

  private static func remove(_ folder: FilePath) {
    try? FileManager.default.removeItem(atPath: folder.string)
  }

  private static func build(_ source: FilePath, _ file: FilePath) throws(NotStarted) {
    var limits = AdapterLimits()
    limits.milliseconds = milliseconds
    let process = try AdapterProcess(
      "cc",
      [
        "-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-shared", source.string, "-o",
        file.string, "-ldl", "-pthread",
      ], limits)
    defer { process.end() }
    let ending: AdapterProcess.Ending
    do throws(AdapterFailure) {
      (_, ending) = try process.finish(Deadline(milliseconds: milliseconds))
    } catch {
      throw NotStarted("the recorder cannot be built: cc: \(error)")
    }
    guard ending == .exit(0), WorkFile.exists(file) else {
      throw NotStarted(
        "the recorder cannot be built: cc: \(ending)",
        said: String(decoding: process.errorTail.suffix(400), as: UTF8.self))
    }
  }
}

/// Where a program is recorded: the commands of a POSIX shell before it is started.
package struct RecorderPlace {
  let shim: FilePath
  /// The folder whose files are recorded.
  let folder: FilePath
  /// The trace, or the log of which it is made.
  let trace: FilePath
  /// The number of the flush that fails, from 1 on; `nil` if none does.
  var failingFlush: UInt64?
  /// What records the program in place of the shim; `nil` if the shim does.
  var strace: StraceRecorder?

  /// The words before the command of the program; `nil` if there are none.
  var tracer: String? { strace?.words(log: trace) }

  var commands: [String] {
    guard strace == nil else { return [] }
    return [
      "export LD_PRELOAD='\(shim.string)' VCI_RECORDER_TRACE='\(trace.string)' "
        + "VCI_RECORDER_PATH='\(folder.string)'"
    ] + (failingFlush.map { ["export VCI_RECORDER_FAULTS=flush:\($0):EIO"] } ?? [])
  }

  /// Removes the folder and the trace.
  func remove() {
    for path in [folder.string, trace.string, trace.string + ".state"] {
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  /// Puts a mark at the end of the trace. The program must not be in a call.
  ///
  /// - Throws: `WorkError`.
  func mark(_ text: String) throws(WorkError) {
    do {
      let file = try FileDescriptor.open(trace, .writeOnly, options: [.append, .closeOnExec])
      defer { try? file.close() }
      _ = try file.writeAll("{\"mark\": \"\(text)\"}\n".utf8)
    } catch {
      throw WorkError(description: "the recorder made no trace: \(error)")
    }
  }
}
