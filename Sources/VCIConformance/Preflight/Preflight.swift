internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCIFormat
internal import VCIFuzzing

/// Replays recorded sessions to an adapter before anything else is asked, and requires that all
/// that it says is of the port.
///
/// Whether an answer is right is not compared here: that is for the run, which has rules and areas
/// for it. So a program that crashes, is too slow or gives wrong answers passes.
struct Preflight {
  private let recordings: [Recording]
  private let command: AdapterCommand
  private let greeted: any Adapter

  /// Makes a pre-flight for an adapter like `greeted`.
  init(_ recordings: [Recording], _ command: AdapterCommand, like greeted: any Adapter) {
    self.recordings = recordings
    self.command = command
    self.greeted = greeted
  }

  /// Replays the sessions that apply, with files below `folder`, until `isInterrupted` returns
  /// `true`.
  ///
  /// - Throws: `NotStarted`, which names the first message that was wrong.
  func requirePassed(in folder: WorkFolder, isInterrupted: () -> Bool) throws(NotStarted) {
    var job = try start(in: folder)
    defer { job.close() }
    var found: [NotStarted] = []
    while true {
      var files = job.files.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
      _ = unsafe poll(&files, nfds_t(files.count), 50)
      // All waits for the adapter are over at the end of this pipe.
      if isInterrupted() { job.give(nil) }
      let ending = job.ending()
      for line in job.newLines() {
        let words = try? JSONDecoder().decode([String].self, from: Data(line))
        if let words, let why = words.first {
          found.append(NotStarted(why, said: words.dropFirst().first))
        }
      }
      guard let ending else { continue }
      guard !isInterrupted() else { return }
      if let first = found.first { throw first }
      guard ending.isSuccess else {
        throw NotStarted("the pre-flight ended early: \(job.reason(ending))")
      }
      return
    }
  }

  /// Starts a process that replays the sessions, and sends what is wrong as a list: why, and what
  /// the adapter said.
  private func start(in folder: WorkFolder) throws(NotStarted) -> JobProcess {
    do throws(Errno) {
      return try JobProcess { stop, messages in
        Orphans.adopt()
        defer { Orphans.end() }
        do throws(NotStarted) {
          try replay(in: folder, until: stop)
        } catch {
          try messages.writeAll(
            try JSONEncoder().encode([error.why] + [error.said].compactMap(\.self))
              + [UInt8(ascii: "\n")])
        }
      }
    } catch {
      throw NotStarted("the pre-flight cannot be started: \(error)")
    }
  }

  /// Replays the sessions that apply, each in a process of its own, and ends early at the first one
  /// that takes too long, or at the end of the pipe `stop`.
  private func replay(in folder: WorkFolder, until stop: FileDescriptor) throws(NotStarted) {
    var command = command
    command.limits.stop = stop
    for recording in recordings where applies(recording) {
      let adapter = command.adapter(like: greeted)
      defer { adapter.end() }
      guard let form = adapter as? any ReplayedForm else {
        preconditionFailure("an adapter of no form")
      }
      let replay = Replay(
        recording, form, adapter.capabilities, try WorkFolder(in: folder.path))
      do throws(ReplayFlaw) {
        guard try replay.run() else { return }
      } catch {
        throw NotStarted(
          "\(command.text) failed its pre-flight in \(recording.name), \(error)",
          said: adapter.lastWords)
      }
    }
  }

  /// Whether the program has what a recording needs. None of those is replayed whose answers come
  /// on another descriptor, since a run asks for none.
  private func applies(_ recording: Recording) -> Bool {
    recording.needs.allSatisfy(greeted.capabilities.declares) && !recording.hasDescriptor
      && (!recording.isOfSession || greeted is SessionAdapter)
  }
}

/// A message of a recording that was answered as the port does not allow.
struct ReplayFlaw: Error, Hashable, CustomStringConvertible {
  /// The line of the recording; `nil` at its end.
  let line: Int?
  /// What is special about the request, or what the recording is about.
  let about: String
  /// The request, with the names of files that the recording has.
  let sent: String
  let expected: String
  let got: String

  var description: String {
    let place = line.map { "line \($0)" } ?? "at the end"
    return "\(place) (\(about)): sent \(sent); expected \(expected); got \(got)"
  }
}
