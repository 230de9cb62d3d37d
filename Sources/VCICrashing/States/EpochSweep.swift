internal import VCIFormat
internal import VCIFuzzing

/// Tries the states of one epoch.
///
/// A state is a base, all that was asked for up to a moment, with up to two sectors missing, and a
/// length of the file. Which sectors a recovery reads is known once it was tried. A sector that it
/// does not read can be missing or not, so only the others are varied, and a second one only among
/// those that are read when the first is missing.
struct EpochSweep {
  private var epoch: Epoch
  private let points: [CrashPoint]
  private let switches: [Int]
  private let explorer: Explorer
  private let scope: RecoveryScope
  private let scopeBlocks: Set<Int>
  private var readings = KnownReadings()
  /// What each touched sector holds at the moment, as an index of its contents.
  private var held: [Int] = []
  /// The index of the version of each touched sector at the moment.
  private var versions: [Int] = []
  private var step = 0
  private var expectation = Expectation(image: .created)
  private var point: CrashPoint?
  /// The index of each touched sector, by its block.
  private var indices: [Int: Int] = [:]
  /// The digests of blocks that nothing touches, as far as they are known.
  private var blockDigests: [Int: UInt64] = [:]
  /// The digests of contents of sectors, as far as they are known.
  private var contentDigests: [[UInt64?]] = []
  private var trees: [UInt64: [ObservedCache.Piece]] = [:]

  init(_ traced: TracedEpoch, _ explorer: Explorer, _ scope: RecoveryScope) {
    epoch = traced.epoch
    points = traced.points
    switches = traced.switches
    self.explorer = explorer
    self.scope = scope
    scopeBlocks = Set(scope.blocks)
    held = epoch.sectors.map { _ in 0 }
    versions = held
    contentDigests = epoch.sectors.map { _ in [] }
    for (index, sector) in epoch.sectors.enumerated() { indices[sector.block] = index }
  }

  /// Tries the states of all moments.
  mutating func run(_ expecting: (CrashPoint) -> Expectation) {
    trees = epoch.publishedTrees(after: switches)
    var settled: Int?
    for point in points {
      guard !explorer.isOver else { return explorer.leaveOutRest() }
      self.point = point
      // What is allowed only grows until a flush returns.
      if settled != point.settled { readings = KnownReadings() }
      settled = point.settled
      advance(to: point.step)
      expectation = expecting(point)
      guard explorer.mayTry() else { continue }
      if scope.depth == 0, !expectation.isOfOthers, case .cached = expectation.image {
        expectation.trees = trees
      }
      explorer.count { $0.points += 1 }
      for length in lengths { sweep(length) }
    }
  }

  private mutating func advance(to end: Int) {
    while step < end {
      let next = epoch.steps[step]
      step += 1
      guard let sector = next.sector, held[sector] != next.content else { continue }
      held[sector] = next.content
      versions[sector] += 1
    }
  }

  /// The lengths of the file that are tried.
  private var lengths: [Int] {
    let lengths = epoch.lengths(after: step)
    // Where nothing is missing, the length is not either.
    return explorer.mostMissing(at: scope.depth) > 0 ? lengths : [lengths[0]]
  }

  /// Tries all states of one length.
  private mutating func sweep(_ length: Int) {
    let base = CrashState(step: step, length: length)
    let mostMissing = explorer.mostMissing(at: scope.depth)
    var visited: UInt64 = 0
    guard let reading = visit(base, &visited) else { return }
    guard mostMissing > 0 else {
      explorer.count { $0.states += 1 }
      return
    }
    let choices = held.indices.map { epoch.alternatives(of: $0, to: versions[$0]) }
    let mixes = held.indices.map {
      explorer.variesSingleBytes ? epoch.singleBytes(of: $0, to: versions[$0]) : []
    }
    let all = choices.reduce(0) { $0 + UInt64($1.count) }
    let squares = choices.reduce(0) { $0 + UInt64($1.count * $1.count) }
    let pairs = mostMissing > 1 ? (all * all - squares) / 2 : 0
    let single = mixes.reduce(0) { $0 + UInt64($1.count) }
    let isRead = marks(reading)
    for first in choices.indices where isRead[first] || !explorer.isPruning {
      for content in choices[first] {
        var state = base
        state.missing = [CrashState.Missing(sector: first, content: content)]
        guard let next = visit(state, &visited), mostMissing > 1 else { continue }
        let isReadNext = marks(next)
        for second in choices.indices where second != first {
          // Of two sectors that are both read at first, the lower one comes first.
          guard second > first || explorer.isPruning && !isRead[second],
            isReadNext[second] || !explorer.isPruning
          else { continue }
          for other in choices[second] {
            var pair = state
            pair.missing.append(CrashState.Missing(sector: second, content: other))
            _ = visit(pair, &visited)
          }
        }
      }
      for content in mixes[first] {
        var state = base
        state.missing = [CrashState.Missing(sector: first, content: content)]
        _ = visit(state, &visited)
      }
    }
    let states = 1 + all + pairs + single
    explorer.count {
      $0.states += states
      $0.unreached += states - visited
    }
  }

  private func marks(_ reading: KnownReadings.Reading) -> [Bool] {
    var isRead = [Bool](repeating: false, count: held.count)
    for sector in reading.sectors { isRead[sector] = true }
    return isRead
  }

  /// Tries a state, unless it recovers as another one. Returns what its recovery reads; `nil` if it
  /// is wrong, after which nothing is varied further.
  private mutating func visit(
    _ state: CrashState, _ visited: inout UInt64
  ) -> KnownReadings.Reading? {
    guard explorer.mayTry() else { return nil }
    visited += 1
    var contents = held
    for hole in state.missing { contents[hole.sector] = hole.content }
    if explorer.isPruning, let known = readings.reading(of: contents, length: state.length) {
      explorer.count { $0.sameReading += 1 }
      return known.isRight ? known : nil
    }
    let wide = scope.depth > 0 && explorer.isPruning ? digestOfScope(contents, state.length) : nil
    if let wide, let blocks = explorer.recoveries.reading(of: wide) {
      explorer.count { $0.sameReading += 1 }
      return note(blocks, of: contents, length: state.length, isRight: true)
    }
    explorer.count { $0.tried += 1 }
    let bytes = bytes(of: contents, length: state.length)
    var observed: ObservedCache?
    do throws(CrashFlaw) {
      observed = try explorer.trial.run(bytes, expecting: expectation)
    } catch {
      explorer.report(
        error, state.text(in: epoch), of: bytes, behind: epoch.durable, at: point,
        depth: scope.depth)
    }
    let blocks = explorer.trial.storage.reading
    explorer.note(digest(of: blocks, contents, length: state.length))
    let reading = note(blocks, of: contents, length: state.length, isRight: observed != nil)
    guard let observed else { return nil }
    if let wide, blocks.allSatisfy(scopeBlocks.contains) {
      explorer.recoveries.add(blocks, of: wide)
    }
    if state.missing.isEmpty, explorer.crashesRecoveries(at: scope.depth) {
      crashRecovery(of: bytes, observed, reading: blocks)
    }
    return reading
  }

  private func crashRecovery(of bytes: [UInt8], _ observed: ObservedCache, reading: [Int]) {
    let isCreation = if case .created = expectation.image { true } else { false }
    explorer.crashRecovery(
      of: bytes, observed,
      RecoveryScope(
        depth: scope.depth + 1, end: Trial.digest(of: explorer.trial.storage.now),
        blocks: reading),
      isCreation: isCreation)
  }

  /// Notes what a trial has read.
  private mutating func note(
    _ blocks: [Int], of contents: [Int], length: Int, isRight: Bool
  ) -> KnownReadings.Reading {
    let reading = KnownReadings.Reading(
      sectors: blocks.compactMap { indices[$0] }, isRight: isRight)
    readings.add(reading, of: contents, length: length)
    return reading
  }

  /// A digest of what a state has in the blocks of the recovery, and of what must come of it.
  private mutating func digestOfScope(_ contents: [Int], _ length: Int) -> UInt64 {
    digest(of: scope.blocks, contents, length: length) ^ scope.end &* 0x9fb2_1c65_1e98_df25
  }

  private func bytes(of contents: [Int], length: Int) -> [UInt8] {
    var bytes = epoch.durable
    if bytes.count > length { bytes.removeLast(bytes.count - length) }
    bytes.append(contentsOf: repeatElement(0, count: length - bytes.count))
    for (index, sector) in epoch.sectors.enumerated() {
      sector.contents[contents[index]].put(into: &bytes, at: sector.block * 512)
    }
    return bytes
  }

  /// A digest of all that a recovery has read of a state.
  private mutating func digest(of blocks: [Int], _ contents: [Int], length: Int) -> UInt64 {
    var digest = UInt64(length)
    for block in blocks {
      let part: UInt64
      if let index = indices[block] {
        part = contentDigest(index, contents[index])
      } else if let known = blockDigests[block] {
        part = known
      } else {
        let start = min(block * 512, epoch.durable.count)
        part = epoch.durable.digest(of: start..<min(start + 512, epoch.durable.count))
        blockDigests[block] = part
      }
      digest &+= (part ^ UInt64(block) &* 0xd1b5_4a32_d192_ed03) &* 0x9e37_79b9_7f4a_7c15
    }
    return digest
  }

  private mutating func contentDigest(_ sector: Int, _ content: Int) -> UInt64 {
    while contentDigests[sector].count <= content { contentDigests[sector].append(nil) }
    if let known = contentDigests[sector][content] { return known }
    let digest = epoch.sectors[sector].contents[content].digest(of: 0..<512)
    contentDigests[sector][content] = digest
    return digest
  }
}
