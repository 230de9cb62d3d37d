internal import VCIFormat

/// What is demanded of the states that a crash of a program of somebody else may leave.
struct ForeignExpectation {
  private let work: ForeignWork
  private let files: ForeignFiles

  init(_ work: ForeignWork) {
    self.work = work
    files = ForeignFiles(work.trace)
  }

  /// What is demanded after a crash at `point`.
  func expectation(at point: CrashPoint) -> Expectation {
    let settled = min(point.settled, work.steps.count)
    let begun = min(max(settled, point.begun), work.steps.count)
    let moments = (settled > 0 ? settled : work.oldest)...begun
    let isCreated = work.steps.first != .create || settled > 0
    var expectation = Expectation(
      image: isCreated ? .cached(allowed(moments, from: moments.lowerBound)) : .created)
    expectation.isOfOthers = true
    expectation.clean = clean(moments)
    expectation.mayBeNoImage = work.durability == .none && work.steps.first == .create
    expectation.mustBeClean =
      settled == begun && settled > 0 && work.durability != .none
      && work.closes(work.steps[settled - 1]) && isChanged(at: settled)
    if isCreated, let kept = work.kept(upTo: settled) {
      expectation.states = Set(work.moments(kept...begun).compactMap(\.state))
    }
    for step in settled..<begun {
      guard case .setState(let state) = work.steps[step] else { continue }
      expectation.byState[state] = allowed(moments, from: step)
    }
    return expectation
  }

  /// Whether the file is not as it was at first: what was not changed need not be mended.
  private func isChanged(at moment: Int) -> Bool {
    files.file(moment).map { $0.digest != files.file(0)?.digest } ?? false
  }

  /// The blocks that may be cached between two moments: with a version of a moment from `first` on.
  private func allowed(_ range: ClosedRange<Int>, from first: Int) -> AllowedContents {
    let kept = work.kept(upTo: range.lowerBound)
    let range = first...range.upperBound
    var versions: [UInt64: [UInt32]] = [:]
    for moment in work.moments(range) {
      for (block, version) in moment.latest where versions[block]?.contains(version) != true {
        versions[block, default: []].append(version)
      }
    }
    return AllowedContents(
      versions.keys.sorted().map { block in
        AllowedContents.Block(
          offset: block, versions: versions[block] ?? [],
          mayMiss: kept.map { mayMiss(block, $0...max($0, range.upperBound)) } ?? true)
      })
  }

  /// Whether a block may be missing that was kept at the first of these moments, or not even there:
  /// it was written, discarded or given up since.
  private func mayMiss(_ block: UInt64, _ range: ClosedRange<Int>) -> Bool {
    let first = work.moment(range.lowerBound).latest[block]
    return range.contains { number in
      let moment = work.moment(number)
      return first == nil || moment.latest[block] != first || moment.discarded.contains(block)
        || files.file(number).map { !$0.cached.contains(block) } ?? false
    }
  }

  /// The digests of the files that may have the flag clear between two moments: those in which no
  /// session had the image open, from the last before them on.
  private func clean(_ range: ClosedRange<Int>) -> Set<UInt64> {
    var first = range.lowerBound
    while first > 0, work.moment(first).isOpen { first -= 1 }
    return Set(
      (first...range.upperBound).filter { !work.moment($0).isOpen }
        .compactMap { files.file($0)?.digest })
  }
}
