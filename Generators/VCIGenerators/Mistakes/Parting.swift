package import VCIFormat

/// A question that a program with a mistake answers wrongly.
package enum Parting: Hashable, Sendable {
  case probe
  /// An open for reading.
  case open
  /// A read of this many blocks from this block on, after an open.
  case read(BlockOffset, BlockCount)
  /// An open for writing, by a program that reads a tree wrongly.
  case openForWriting
  /// A check: the rules that it does not find, or finds though they are kept, or gives another
  /// class; and whether an open for writing is answered wrongly too.
  case check(missed: [Rule], unexpected: [Rule], isWritingWrong: Bool)
}

/// What must be answered of an image, and the questions by which mistakes are told.
///
/// The answers come from a forecast, never from a reader of the image.
package struct Interrogation {
  private let bytes: SparseBytes
  private let isProbed: Bool
  private let isOpened: Bool
  /// Whether an open may refuse the image too, for damage of a later stage.
  private let mayBeRefused: Bool
  /// Whether any block may be missed or refused, for damage of a later stage than touch.
  private let mayMissAll: Bool
  private let reads: ReadForecast
  /// The disk blocks that are damaged, ascending and without overlaps.
  private let damaged: [Range<UInt64>]
  private let places: [ReadRequest]
  /// The questions to a checker; `nil` if a check ends before the tree.
  private let checks: CheckQuestions?

  /// Makes the interrogation of an image in which a check must find `findings`, and whose reads
  /// return what `reads` says.
  package init(_ bytes: SparseBytes, _ findings: [StagedFinding], _ reads: ReadForecast) {
    self.bytes = bytes
    let corruptions = findings.filter(\.isCorruption)
    isProbed = corruptions.allSatisfy { $0.stage != .probe }
    isOpened = corruptions.allSatisfy { $0.stage > .open }
    mayBeRefused = !corruptions.isEmpty
    mayMissAll = corruptions.contains { $0.stage > .touch }
    self.reads = reads
    damaged = (0..<reads.count).map { reads.run($0) }.filter(\.isDamaged)
      .map { $0.offset.rawValue..<$0.end.rawValue }
    places = isOpened ? Self.places(in: reads) : []
    checks = isOpened ? CheckQuestions(bytes, findings) : nil
  }

  /// The most extents and damaged ranges at which blocks are read, from either end of the disk on.
  private static let mostRuns = 12

  /// The distances at which a number that loses bits is another block; `AimedReads` has the others.
  private static let aliases = ([8, 16, 31, 53] as [UInt64]).map { BlockCount(1 << $0) }

  /// The distances from the start of a run at which blocks of it are read.
  private static let steps = ([7, 8, 16] as [UInt64]).map { BlockCount(1 << $0) }

  /// The kinds of aimed reads that an image has once.
  private static let kindsOfImages: Set<AimedReads.Kind> = [.fromStart, .diskEnd, .pastDisk]
  private static let kindsOfRuns = AimedReads.Kind.allCases.filter { !kindsOfImages.contains($0) }

  /// Returns the aimed reads, and reads that are longer or farther away.
  private static func places(in reads: ReadForecast) -> [ReadRequest] {
    let aimed = AimedReads(reads)
    var places = ([1, 1 << 33, 1 << 54 - 1, 1 << 54, 1 << 55, 1 << 63, .max] as [UInt64]).map {
      ReadRequest(0, BlockCount($0))
    }
    places += [.fromStart, .diskEnd, .pastDisk].compactMap { aimed.request($0, at: 0) }
    let indices = Array(0..<reads.count)
    for index in indices.prefix(mostRuns) + indices.dropFirst(mostRuns).suffix(mostRuns) {
      let run = reads.run(index)
      places.append(ReadRequest(run.offset, 1))
      places += kindsOfRuns.compactMap { aimed.request($0, at: index) }
      places.append(ReadRequest(run.end, BlockCount(1 << 33)))
      places += aliases.compactMap { run.offset.adding($0) }.map { ReadRequest($0, 1) }
      places += steps.filter { $0 < run.blocks }.map { ReadRequest(run.offset + $0, 2) }
    }
    var known: Set<ReadRequest> = []
    return places.filter { $0.count > 0 && known.insert($0).inserted }
  }

  /// Returns a question that a program with `mistake` answers wrongly; `nil` if it answers all as
  /// it must.
  package func parting(from mistake: Mistake?) -> Parting? {
    readerParting(from: mistake) ?? checks?.parting(from: mistake)
  }

  private func readerParting(from mistake: Mistake?) -> Parting? {
    if case .check = mistake { return nil }
    let reader = MistakenReader(bytes, mistake)
    guard reader.probes() == isProbed else { return .probe }
    guard isProbed else { return nil }
    guard reader.opens() else { return isOpened && !mayBeRefused ? .open : nil }
    guard isOpened else { return .open }
    let place = places.first { !isRight(reader, at: $0.block, $0.count) }
    if let place { return .read(place.block, place.count) }
    return checks?.isWritten(by: reader) == true ? .openForWriting : nil
  }

  /// The most answers that one read is followed through.
  private static let mostAnswers = 64

  private func isRight(
    _ reader: MistakenReader, at block: BlockOffset, _ count: BlockCount
  ) -> Bool {
    var (block, rest) = (block, count)
    for _ in 0..<Self.mostAnswers {
      let done: BlockCount
      switch reader.answer(at: block, count: rest) {
      case .refused: return mayRefuse(rest, at: block)
      case .hit(let served, let address):
        guard served > 0, served <= rest, isRight(served, at: block, from: address) else {
          return false
        }
        done = served
      case .miss(let missing):
        guard missing > 0, missing <= rest, mayMiss(missing, at: block) else { return false }
        done = missing
      }
      guard done < rest else { return true }
      (block, rest) = (BlockOffset(block.rawValue + done.rawValue), rest - done)
    }
    return true
  }

  /// Returns whether the blocks from `block` on may be served from `address` on.
  private func isRight(
    _ count: BlockCount, at block: BlockOffset, from address: BlockAddress
  ) -> Bool {
    var (block, address, rest) = (block, address, count)
    for _ in 0..<Self.mostAnswers {
      guard case .hit(let held, let place) = reads.answer(at: block, count: rest) else {
        return false
      }
      guard held > 0, place == address || isSame(place, address, held) else { return false }
      guard held < rest else { return true }
      block = block + held
      address = BlockAddress(address.rawValue &+ held.rawValue)
      rest = rest - held
    }
    return true
  }

  /// Returns whether the first and the last of some blocks have the same bytes in both places.
  private func isSame(_ left: BlockAddress, _ right: BlockAddress, _ count: BlockCount) -> Bool {
    [0, count.rawValue - 1].allSatisfy { step in
      let places = [left, right].map { BlockAddress($0.rawValue &+ step).bytes }
      return bytes.bytes(at: places[0], count: 512) == bytes.bytes(at: places[1], count: 512)
    }
  }

  /// Returns whether each of some blocks may be missed ("The states of blocks" in
  /// `Specs/Verdicts.md`).
  private func mayMiss(_ count: BlockCount, at block: BlockOffset) -> Bool {
    guard !mayMissAll else { return true }
    var (block, rest) = (block, count)
    while block < Format.diskEnd {
      let done: BlockCount
      switch reads.answer(at: block, count: rest) {
      case .miss(let missing): done = missing
      case .damaged: done = reads.endOfRun(at: block) - block
      case .hit(let held, _):
        let (isNear, end) = reads.neighbourhood(of: block)
        guard isNear else { return false }
        done = min(held, end - block)
      }
      guard done < rest else { return true }
      (block, rest) = (block + done, rest - done)
    }
    return true
  }

  /// Returns whether one of some blocks may be refused.
  private func mayRefuse(_ count: BlockCount, at block: BlockOffset) -> Bool {
    guard !mayMissAll else { return true }
    guard block < Format.diskEnd else { return false }
    let blocks = block.rawValue..<block.rawValue + min(count.rawValue, Format.diskEnd.rawValue)
    let (isNear, end) = reads.neighbourhood(of: block)
    if isNear || end < Format.diskEnd && blocks.contains(end.rawValue) { return true }
    let next = damaged.partitionPoint { $0.upperBound > block.rawValue }
    return next < damaged.count && damaged[next].overlaps(blocks)
  }
}
