internal import Glibc
internal import SystemPackage
internal import VCICorpus

/// Memory that the processes of a campaign share: each job notes in its lane which iteration it runs,
/// and what it has counted.
///
/// It is a file without a name all of whose blocks are allocated, so that neither a full disk nor
/// whoever cleans the folder can take it away. It is never flushed: what a job wrote outlives its
/// process, and need not outlive the machine. One process writes a lane at a time.
///
/// Sharing it between threads is safe: its words are the memory of other processes anyway, each
/// written by one and read by all.
@safe final class JobBoard: @unchecked Sendable {
  /// The words of a lane, in front of its tally.
  private enum Word {
    /// The iteration that is being run, plus one; 0 between two.
    static let current = 0
    /// The first iteration of the range that this lane has not finished.
    static let next = 1
    static let seed = 2
    /// Where the range begins that the lane runs, plus one; 0 before the first.
    static let range = 3
    static let tally = 4
  }

  private static let laneWords = Word.tally + Tally.wordCount
  /// The word in front of the lanes: other than 0 once the campaign is to stop.
  private static let stopWords = 8

  private let words: UnsafeMutablePointer<UInt64>
  private let byteCount: Int
  private let lanes: Int

  /// Makes a board of so many lanes, all words zero, in `folder`.
  ///
  /// - Throws: `CorpusError.file` where no file of its size can be made there.
  init(in folder: FilePath, lanes: Int) throws(CorpusError) {
    self.lanes = lanes
    byteCount = (Self.stopWords + lanes * Self.laneWords) * 8
    do throws(Errno) {
      let file = try Self.namelessFile(in: folder)
      defer { try? file.close() }
      let code = posix_fallocate(file.rawValue, 0, byteCount)
      guard code == 0 else { throw Errno(rawValue: code) }
      let memory = unsafe mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file.rawValue, 0)
      guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
        throw Errno(rawValue: errno)
      }
      unsafe words = memory.assumingMemoryBound(to: UInt64.self)
    } catch {
      throw .file(
        folder, "no file of \(byteCount) bytes can be made there for what jobs count: \(error)")
    }
  }

  deinit { unsafe munmap(words, byteCount) }

  /// A new file in `folder` whose name is gone already: a kill leaves nothing.
  private static func namelessFile(in folder: FilePath) throws(Errno) -> FileDescriptor {
    let (number, code) = unsafe folder.appending("vcifuzz-XXXXXX").withPlatformString { name in
      let copy = unsafe strdup(name)
      defer { unsafe free(copy) }
      guard let copy = unsafe copy else { return (Int32(-1), ENOMEM) }
      let number = unsafe mkstemp(copy)
      let code = errno
      if number >= 0 { _ = unsafe unlink(copy) }
      return (number, code)
    }
    guard number >= 0 else { throw Errno(rawValue: code) }
    return FileDescriptor(rawValue: number)
  }

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

  /// What `lane` has not finished of a range that it was given.
  func rest(of range: Range<UInt64>, in lane: Int) -> Range<UInt64> {
    // A range whose beginning is not noted was not begun.
    guard unsafe words[base(lane) + Word.range] == range.lowerBound + 1 else { return range }
    let next = unsafe words[base(lane) + Word.next]
    return min(max(next, range.lowerBound), range.upperBound)..<range.upperBound
  }

  /// Notes that `lane` begins `range`.
  func enter(_ range: Range<UInt64>, in lane: Int) {
    unsafe words[base(lane) + Word.range] = 0
    unsafe words[base(lane) + Word.next] = range.lowerBound
    unsafe words[base(lane) + Word.range] = range.lowerBound + 1
  }

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
    leave(iteration, in: lane)
  }

  /// Notes that `lane` died in `iteration`, which counts as done, and as a finding.
  func skip(_ iteration: UInt64, in lane: Int) {
    var observation = Observation()
    observation.count(.iterations)
    observation.count(.findings)
    finish(iteration, observation, in: lane)
  }

  /// Notes that `lane` goes on behind `iteration`, which is not counted.
  func leave(_ iteration: UInt64, in lane: Int) {
    unsafe words[base(lane) + Word.next] = iteration + 1
    unsafe words[base(lane) + Word.current] = 0
  }

  /// Notes that `lane` is in no iteration.
  func clearCurrent(of lane: Int) { unsafe words[base(lane) + Word.current] = 0 }

  /// What `lane` has counted.
  func tally(of lane: Int) -> Tally {
    let start = base(lane) + Word.tally
    return Tally(words: (0..<Tally.wordCount).map { unsafe words[start + $0] })
  }

  /// How many iterations `lane` has counted.
  func iterations(of lane: Int) -> UInt64 {
    unsafe words[base(lane) + Word.tally + Counter.iterations.rawValue]
  }

  private func base(_ lane: Int) -> Int {
    precondition(lane >= 0 && lane < lanes, "lane \(lane) of \(lanes)")
    return Self.stopWords + lane * Self.laneWords
  }
}
