internal import Glibc
internal import SystemPackage
internal import VCICorpus

/// Memory that the processes of a campaign share: each job stores its current iteration and its
/// counts in its slot.
///
/// It is an unnamed file whose blocks are all allocated, so that neither a full disk nor a cleaned
/// folder can remove it. It is never flushed: counts must outlive the process that wrote them, but
/// not the machine. Only one process at a time writes a slot.
///
/// Sharing it between threads is safe: its words are shared with other processes anyway, and each
/// word has one writer.
@safe final class JobBoard: @unchecked Sendable {
  /// The indices of the words of a slot before its tally.
  private enum Word {
    /// The current iteration plus one; 0 between two iterations.
    static let current = 0
    /// The first iteration of the range that this slot has not finished.
    static let next = 1
    /// The start of the current range plus one; 0 before the first range.
    static let range = 2
    static let tally = 3
  }

  private static let slotWords = Word.tally + Tally.wordCount
  /// The number of words before the slots. The first word is not 0 if the campaign must stop.
  private static let stopWords = 8

  private let words: UnsafeMutablePointer<UInt64>
  private let byteCount: Int
  private let slots: Int

  /// Makes a board with `slots` slots in `folder`. All words are zero.
  ///
  /// - Throws: `CorpusError.file` if no file of this size can be made in the folder.
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

  /// Returns a new file in `folder` that is already unlinked, so that a killed process leaves no
  /// file.
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

  /// Whether the campaign must stop.
  var isStopped: Bool {
    get { unsafe words[0] != 0 }
    set { unsafe words[0] = newValue ? 1 : 0 }
  }

  /// Returns the current iteration of `slot`; `nil` between two iterations.
  func current(of slot: Int) -> UInt64? {
    let word = unsafe words[base(slot) + Word.current]
    return word == 0 ? nil : word - 1
  }

  /// Returns the iterations of `range` that `slot` has not finished.
  func rest(of range: Range<UInt64>, in slot: Int) -> Range<UInt64> {
    // The slot has not begun a range whose start it has not stored.
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

  /// Notes that `slot` begins `iteration`.
  func begin(_ iteration: UInt64, in slot: Int) {
    unsafe words[base(slot) + Word.current] = iteration + 1
  }

  /// Notes that `slot` has finished `iteration`, and adds the counts of `observation`.
  ///
  /// Nothing is counted before the end of an iteration, so a process that dies in it leaves no
  /// partial counts.
  func finish(_ iteration: UInt64, _ observation: Observation, in slot: Int) {
    let start = base(slot) + Word.tally
    for index in observation.counts { unsafe words[start + index] += 1 }
    for (index, amount) in observation.amounts { unsafe words[start + index] += amount }
    leave(iteration, in: slot)
  }

  /// Notes that the process of `slot` died in `iteration`. It counts as a done iteration and as a
  /// discrepancy.
  func skip(_ iteration: UInt64, in slot: Int) {
    var observation = Observation()
    observation.count(.iterations)
    observation.count(.findings)
    finish(iteration, observation, in: slot)
  }

  /// Notes that `slot` continues after `iteration`, without counting it.
  func leave(_ iteration: UInt64, in slot: Int) {
    unsafe words[base(slot) + Word.next] = iteration + 1
    unsafe words[base(slot) + Word.current] = 0
  }

  /// Notes that `slot` has no current iteration.
  func clearCurrent(of slot: Int) { unsafe words[base(slot) + Word.current] = 0 }

  /// Returns the counts of `slot`.
  func tally(of slot: Int) -> Tally {
    let start = base(slot) + Word.tally
    return Tally(words: (0..<Tally.wordCount).map { unsafe words[start + $0] })
  }

  /// Returns the number of iterations that `slot` has counted.
  func iterations(of slot: Int) -> UInt64 {
    unsafe words[base(slot) + Word.tally + Counter.iterations.rawValue]
  }

  private func base(_ slot: Int) -> Int {
    precondition(slot >= 0 && slot < slots, "slot \(slot) of \(slots)")
    return Self.stopWords + slot * Self.slotWords
  }
}
