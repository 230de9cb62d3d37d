internal import Glibc
internal import SystemPackage
internal import VCIFormat

/// A file that the processes of a campaign share as memory: each job notes in its lane which
/// iteration it runs, and what it has counted.
///
/// It is never flushed: what a job wrote outlives its process, and need not outlive the machine.
/// One process writes a lane at a time.
///
/// Sharing it between threads is safe: its words are the memory of other processes anyway, each
/// written by one and read by all.
@safe final class JobBoard: @unchecked Sendable {
  /// The words of a lane, in front of its tally.
  private enum Word {
    /// The iteration that is being run, plus one; 0 between two.
    static let current = 0
    /// The first iteration that this lane has not finished.
    static let next = 1
    static let seed = 2
    static let tally = 3
  }

  private static let laneWords = Word.tally + Tally.wordCount
  /// The word in front of the lanes: other than 0 once the campaign is to stop.
  private static let stopWords = 8

  private let words: UnsafeMutablePointer<UInt64>
  private let byteCount: Int
  private let lanes: Int

  /// Maps the board at `path`; `creating` makes it anew, with all words zero.
  init(at path: FilePath, lanes: Int, creating: Bool) throws(StorageError) {
    self.lanes = lanes
    byteCount = (Self.stopWords + lanes * Self.laneWords) * 8
    do {
      let options: FileDescriptor.OpenOptions =
        creating ? [.create, .truncate, .closeOnExec] : [.closeOnExec]
      let file = try FileDescriptor.open(
        path, .readWrite, options: options, permissions: [.ownerReadWrite])
      defer { try? file.close() }
      if creating { try file.resize(to: Int64(byteCount)) }
      let size = try file.seek(offset: 0, from: .end)
      guard size >= byteCount else { throw Errno.invalidArgument }
      let memory = unsafe mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file.rawValue, 0)
      guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
        throw Errno(rawValue: errno)
      }
      unsafe words = memory.assumingMemoryBound(to: UInt64.self)
    } catch {
      let code = (error as? Errno) ?? .ioError
      throw StorageError(.open, code: code.rawValue, reason: code.description)
    }
  }

  deinit { unsafe munmap(words, byteCount) }

  /// Whether the campaign is to stop.
  var isStopped: Bool {
    get { unsafe words[0] != 0 }
    set { unsafe words[0] = newValue ? 1 : 0 }
  }

  /// The iteration that `lane` is running.
  func current(of lane: Int) -> UInt64? {
    let word = unsafe words[base(lane) + Word.current]
    return word == 0 ? nil : word - 1
  }

  /// The first iteration that `lane` has not finished.
  func next(of lane: Int) -> UInt64 { unsafe words[base(lane) + Word.next] }

  /// Notes that `lane` begins `iteration` of `seed`.
  func begin(_ iteration: UInt64, of seed: UInt64, in lane: Int) {
    unsafe words[base(lane) + Word.seed] = seed
    unsafe words[base(lane) + Word.current] = iteration + 1
  }

  /// Notes that `lane` has finished `iteration`, and counts what was observed.
  ///
  /// Nothing of an iteration is counted before its end, so a process that dies leaves no half.
  func finish(_ iteration: UInt64, _ observation: Observation, in lane: Int) {
    let start = base(lane) + Word.tally
    for index in observation.counts { unsafe words[start + index] += 1 }
    for (index, amount) in observation.amounts { unsafe words[start + index] += amount }
    unsafe words[base(lane) + Word.next] = iteration + 1
    unsafe words[base(lane) + Word.current] = 0
  }

  /// Notes that `lane` died in `iteration`, which counts as done, and as a finding.
  func skip(_ iteration: UInt64, in lane: Int) {
    var observation = Observation()
    observation.count(.iterations)
    observation.count(.findings)
    finish(iteration, observation, in: lane)
  }

  /// What `lane` has counted.
  func tally(of lane: Int) -> Tally {
    let start = base(lane) + Word.tally
    return Tally(words: (0..<Tally.wordCount).map { unsafe words[start + $0] })
  }

  private func base(_ lane: Int) -> Int {
    precondition(lane >= 0 && lane < lanes, "lane \(lane) of \(lanes)")
    return Self.stopWords + lane * Self.laneWords
  }
}
