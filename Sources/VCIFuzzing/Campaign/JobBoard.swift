internal import Glibc
internal import Synchronization
internal import SystemPackage
internal import VCICorpus

/// Memory that the processes of a campaign share: each job stores its current iteration and its
/// counts in its slot.
///
/// It is an unnamed file whose blocks are all allocated, so that neither a full disk nor a cleaned
/// folder can remove it. It is never flushed: counts must outlive the process that wrote them, but
/// not the machine. Only one process at a time writes a slot.
///
/// A slot has two accounts, of which one is valid. An iteration is counted in the other one, which
/// then becomes valid by the store of one word. So a process may be killed at any instruction, and
/// an iteration is counted once or not at all.
///
/// Sharing it between threads is safe: its words are shared with other processes anyway, and each
/// word has one writer.
@safe final class JobBoard: @unchecked Sendable {
  /// The indices of the words of a slot before its accounts.
  private enum Word {
    /// The current iteration plus one; 0 between two iterations.
    static let current = 0
    /// The start of the current range plus one; 0 before the first range.
    static let range = 1
    /// The number of the account that is valid, 0 or 1.
    static let account = 2
    static let accounts = 3
  }

  /// The indices of the words of an account.
  private enum AccountWord {
    /// The first iteration of the range that this slot has not finished.
    static let next = 0
    static let tally = 1
    static let count = tally + Tally.wordCount
  }

  private static let slotWords = Word.accounts + 2 * AccountWord.count
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
      var code: Int32
      repeat { code = posix_fallocate(file.rawValue, 0, byteCount) } while code == EINTR
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
      var (number, code) = (Int32(-1), EINTR)
      while number < 0, code == EINTR {
        // A failed call may have changed the name.
        unsafe strcpy(copy, name)
        number = unsafe mkstemp(copy)
        code = errno
      }
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
    // A process that was killed just after it had finished an iteration did not say so here.
    return word == 0 || word <= next(of: slot) ? nil : word - 1
  }

  /// Returns the iterations of `range` that `slot` has not finished.
  func rest(of range: Range<UInt64>, in slot: Int) -> Range<UInt64> {
    // The slot has not begun a range whose start it has not stored.
    guard unsafe words[base(slot) + Word.range] == range.lowerBound + 1 else { return range }
    return min(max(next(of: slot), range.lowerBound), range.upperBound)..<range.upperBound
  }

  /// Notes that `slot` begins `range`.
  func enter(_ range: Range<UInt64>, in slot: Int) {
    publish(0, at: base(slot) + Word.range)
    unsafe words[account(of: slot) + AccountWord.next] = range.lowerBound
    publish(range.lowerBound + 1, at: base(slot) + Word.range)
  }

  /// Notes that `slot` begins `iteration`.
  func begin(_ iteration: UInt64, in slot: Int) {
    publish(iteration + 1, at: base(slot) + Word.current)
  }

  /// Notes that `slot` has finished `iteration`, and adds the counts of `observation`.
  ///
  /// Nothing is counted before the end of an iteration, so a process that dies in it leaves no
  /// partial counts.
  func finish(_ iteration: UInt64, _ observation: Observation, in slot: Int) {
    let account = prepare(iteration, observation, in: slot)
    publish(account, at: base(slot) + Word.account)
    clearCurrent(of: slot)
  }

  /// Writes what holds after `iteration` into the account that is not valid. Returns its number.
  @discardableResult
  func prepare(_ iteration: UInt64, _ observation: Observation, in slot: Int) -> UInt64 {
    let number = 1 - (unsafe words[base(slot) + Word.account])
    let (valid, other) = (account(of: slot), account(number, of: slot))
    unsafe (words + other).update(from: words + valid, count: AccountWord.count)
    let tally = other + AccountWord.tally
    for index in observation.counts { unsafe words[tally + index] += 1 }
    for (index, amount) in observation.amounts { unsafe words[tally + index] += amount }
    unsafe words[other + AccountWord.next] = iteration + 1
    return number
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
  func leave(_ iteration: UInt64, in slot: Int) { finish(iteration, Observation(), in: slot) }

  /// Notes that `slot` has no current iteration.
  func clearCurrent(of slot: Int) { publish(0, at: base(slot) + Word.current) }

  /// Returns the counts of `slot`.
  func tally(of slot: Int) -> Tally {
    let start = account(of: slot) + AccountWord.tally
    return Tally(words: (0..<Tally.wordCount).map { unsafe words[start + $0] })
  }

  /// Returns the number of iterations that `slot` has counted.
  func iterations(of slot: Int) -> UInt64 {
    unsafe words[account(of: slot) + AccountWord.tally + Counter.iterations.rawValue]
  }

  private func next(of slot: Int) -> UInt64 { unsafe words[account(of: slot) + AccountWord.next] }

  /// Returns the index of the first word of the account of `slot` that is valid.
  private func account(of slot: Int) -> Int {
    account(unsafe words[base(slot) + Word.account], of: slot)
  }

  private func account(_ number: UInt64, of slot: Int) -> Int {
    base(slot) + Word.accounts + Int(number) * AccountWord.count
  }

  /// Stores a word after all words that were stored before.
  private func publish(_ value: UInt64, at index: Int) {
    atomicMemoryFence(ordering: .releasing)
    unsafe words[index] = value
    atomicMemoryFence(ordering: .releasing)
  }

  private func base(_ slot: Int) -> Int {
    precondition(slot >= 0 && slot < slots, "slot \(slot) of \(slots)")
    return Self.stopWords + slot * Self.slotWords
  }
}
