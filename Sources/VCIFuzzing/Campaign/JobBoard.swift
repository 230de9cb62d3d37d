internal import Glibc
internal import SystemPackage
internal import VCICorpus

/// Memory that the processes of a campaign share: each job stores its current iteration and its
/// counts in its slot.
///
/// It is a file without a name all of whose blocks are allocated, so that neither a full disk nor
/// a cleaned folder can take it away. It is never flushed: what a job wrote outlives its
/// process, and need not outlive the machine. One process writes a slot at a time.
///
/// Sharing it between threads is safe: its words are the memory of other processes anyway, each
/// written by one and read by all.
@safe final class JobBoard: @unchecked Sendable {
  /// The words of a slot, in front of its tally.
  private enum Word {
    /// The iteration that is being run, plus one; 0 between two.
    static let current = 0
    /// The first iteration of the range that this slot has not finished.
    static let next = 1
    static let seed = 2
    /// Where the range begins that the slot runs, plus one; 0 before the first.
    static let range = 3
    static let tally = 4
  }

  private static let slotWords = Word.tally + Tally.wordCount
  /// The word in front of the slots: other than 0 once the campaign is to stop.
  private static let stopWords = 8

  private let words: UnsafeMutablePointer<UInt64>
  private let byteCount: Int
  private let slots: Int

  /// Makes a board of so many slots, all words zero, in `folder`.
  ///
  /// - Throws: `CorpusError.file` if no file of its size can be made there.
  init(in folder: FilePath, slots: Int) throws(CorpusError) {
    self.slots = slots
    byteCount = (Self.stopWords + slots * Self.slotWords) * 8
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

  /// The iteration that `slot` is running.
  func current(of slot: Int) -> UInt64? {
    let word = unsafe words[base(slot) + Word.current]
    return word == 0 ? nil : word - 1
  }

  /// What `slot` has not finished of a range that it was given.
  func rest(of range: Range<UInt64>, in slot: Int) -> Range<UInt64> {
    // A range whose beginning is not noted was not begun.
    guard unsafe words[base(slot) + Word.range] == range.lowerBound + 1 else { return range }
    let next = unsafe words[base(slot) + Word.next]
    return min(max(next, range.lowerBound), range.upperBound)..<range.upperBound
  }

  /// Notes that `slot` begins `range`.
  func enter(_ range: Range<UInt64>, in slot: Int) {
    unsafe words[base(slot) + Word.range] = 0
    unsafe words[base(slot) + Word.next] = range.lowerBound
    unsafe words[base(slot) + Word.range] = range.lowerBound + 1
  }

  /// Notes that `slot` begins `iteration` of `seed`.
  func begin(_ iteration: UInt64, of seed: UInt64, in slot: Int) {
    unsafe words[base(slot) + Word.seed] = seed
    unsafe words[base(slot) + Word.current] = iteration + 1
  }

  /// Notes that `slot` has finished `iteration`, and counts what was observed.
  ///
  /// Nothing of an iteration is counted before its end, so a process that dies leaves no half.
  func finish(_ iteration: UInt64, _ observation: Observation, in slot: Int) {
    let start = base(slot) + Word.tally
    for index in observation.counts { unsafe words[start + index] += 1 }
    for (index, amount) in observation.amounts { unsafe words[start + index] += amount }
    leave(iteration, in: slot)
  }

  /// Notes that `slot` died in `iteration`, which counts as done, and as a finding.
  func skip(_ iteration: UInt64, in slot: Int) {
    var observation = Observation()
    observation.count(.iterations)
    observation.count(.findings)
    finish(iteration, observation, in: slot)
  }

  /// Notes that `slot` continues after `iteration`, which is not counted.
  func leave(_ iteration: UInt64, in slot: Int) {
    unsafe words[base(slot) + Word.next] = iteration + 1
    unsafe words[base(slot) + Word.current] = 0
  }

  /// Notes that `slot` is in no iteration.
  func clearCurrent(of slot: Int) { unsafe words[base(slot) + Word.current] = 0 }

  /// What `slot` has counted.
  func tally(of slot: Int) -> Tally {
    let start = base(slot) + Word.tally
    return Tally(words: (0..<Tally.wordCount).map { unsafe words[start + $0] })
  }

  /// How many iterations `slot` has counted.
  func iterations(of slot: Int) -> UInt64 {
    unsafe words[base(slot) + Word.tally + Counter.iterations.rawValue]
  }

  private func base(_ slot: Int) -> Int {
    precondition(slot >= 0 && slot < slots, "slot \(slot) of \(slots)")
    return Self.stopWords + slot * Self.slotWords
  }
}
