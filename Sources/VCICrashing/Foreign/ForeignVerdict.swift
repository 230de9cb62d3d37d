internal import VCIFormat
internal import VCIFuzzing
internal import VCIReference

/// What crashes of a program of somebody else have shown.
package struct ForeignVerdict: Sendable {
  /// The first state that is wrong; `nil` if none is.
  package let finding: ForeignFinding?
  /// The number of states that were tried, and of all that the disk model allows.
  package let tried: UInt64
  package let states: UInt64
  /// Whether the number of states that are tried came to its limit.
  package let isCut: Bool
}

/// A state that is wrong.
package struct ForeignFinding: Sendable {
  package let flaw: CrashFlaw
  /// The ID of the requirement that is broken.
  package let requirement: String
  /// What the state is, for people.
  package let state: String
  /// The bytes of the file.
  package let bytes: [UInt8]
  /// How many steps had begun, and after how many of them nothing older may be found.
  package let begun: Int
  package let settled: Int
  /// The number of states that were tried until then.
  package let tried: UInt64
  /// The block that is wrong; `nil` if it is not about one.
  package let block: Block?

  /// A block that is wrong.
  package struct Block: Sendable {
    package let number: UInt64
    /// What is served; `nil` if it is missing.
    package let served: [UInt8]?
    /// The versions that it may have; none if it must be missing.
    package let versions: [UInt32]
  }
}

extension ForeignWork {
  /// Makes crash states of the work, at most `most`, until one is wrong. If only the program may
  /// end, all that it asked of the disk until then is there.
  ///
  /// States of which one sector is missing come first, at all moments, and then those of which two
  /// are, of which there may be many more than can be tried. Then each moment has its share.
  package func verdict(most: UInt64, isOfProgram: Bool) -> ForeignVerdict {
    let expectation = ForeignExpectation(self)
    var verdict = ForeignVerdict(finding: nil, tried: 0, states: 0, isCut: false)
    for missing in isOfProgram ? [0] : [1, 2] where verdict.finding == nil && !verdict.isCut {
      verdict = self.verdict(missing, most: most, expectation, behind: verdict.tried)
    }
    return verdict
  }

  /// Makes the states of which so many sectors are missing at most, behind others.
  private func verdict(
    _ missing: Int, most: UInt64, _ expectation: ForeignExpectation, behind others: UInt64
  ) -> ForeignVerdict {
    var choice = Explorer.Choice()
    choice.mostMissing = missing
    // The states that may be tried are few, and two that are missing tell more.
    choice.variesSingleBytes = false
    choice.endsWithFinding = true
    choice.isShared = true
    choice.mostTried = most - min(others, most)
    choice.mostVisited = choice.mostTried &* Self.visitsOfOne
    let explorer = Explorer(choice, creating: CrashImage.least.plan)
    tryCloses(explorer, expectation)
    var known: (point: CrashPoint, value: Expectation)?
    explorer.explore(trace.epochs(from: 0, settles: settles)) { point in
      if let known, known.point.settled == point.settled, known.point.begun == point.begun {
        return known.value
      }
      let value = expectation.expectation(at: point)
      known = (point, value)
      return value
    }
    return ForeignVerdict(
      finding: explorer.findings.first.map { finding(of: $0, expectation, behind: others) },
      tried: others + explorer.counts.tried, states: explorer.counts.states,
      isCut: explorer.findings.isEmpty && explorer.isCut)
  }

  /// For each state that may be tried so many may be looked at.
  private static let visitsOfOne: UInt64 = 64

  /// Tries what each close leaves without a crash: what is wrong then is wrong amid it too, for
  /// another reason.
  private func tryCloses(_ explorer: Explorer, _ expectation: ForeignExpectation) {
    var bytes = trace.initial
    for event in trace.events where !explorer.isOver {
      event.apply(to: &bytes)
      guard case .end(let step) = event, step < steps.count, steps[step] != .create,
        closes(steps[step])
      else { continue }
      let point = CrashPoint(step: 0, settled: step + 1, begun: step + 1)
      do throws(CrashFlaw) {
        _ = try explorer.trial.run(bytes, expecting: expectation.expectation(at: point))
      } catch {
        explorer.report(error, "no crash at all", of: bytes, at: point, depth: 0)
      }
    }
  }

  private func finding(
    of found: Explorer.Finding, _ expectation: ForeignExpectation, behind others: UInt64
  ) -> ForeignFinding {
    let point = found.point ?? CrashPoint(step: 0, settled: 0, begun: 0)
    let expected = expectation.expectation(at: point)
    let header =
      found.bytes.count >= Format.headerSize
      ? unsafe Header(decoding: found.bytes.span.bytes) : nil
    let byState = header.flatMap { expected.byState[$0.modificationUUID] }
    var block: ForeignFinding.Block?
    if case .cached(let allowed) = expected.image, found.flaw.isAboutBlocks {
      block = Self.wrongBlock(in: found.bytes, byState ?? allowed)
    }
    return ForeignFinding(
      flaw: found.flaw,
      requirement: requirement(of: found, at: point, expected, isOfState: byState != nil),
      state: found.state, bytes: found.bytes, begun: point.begun, settled: point.settled,
      tried: others + found.tried, block: block)
  }

  /// The requirement that a flaw breaks.
  private func requirement(
    of found: Explorer.Finding, at point: CrashPoint, _ expected: Expectation, isOfState: Bool
  ) -> String {
    let flaw = found.flaw
    let isClosed =
      point.settled == point.begun && point.settled > 0
      && closes(steps[point.settled - 1])
    switch flaw.kind {
    case .olderBytes where isOfState: return "VCI-WR-007"
    // Bytes that were never written, or that are older than a discard.
    case .forgotten: return "VCI-WR-003"
    // What was durable was right until a later write spoiled it, or led past it.
    case .lost, .olderBytes:
      return isRight(found.durable, expected) ? "VCI-WR-003" : flaw.requirement
    case .refused, .corrupt:
      if isClosed { return "VCI-WR-001" }
      // What was flushed is lost if the image is refused for its map.
      return point.settled > 0 && flaw.detail.contains("VCI-MAP-") ? "VCI-WR-004" : flaw.requirement
    default: return flaw.requirement
    }
  }

  /// Whether an image is as it may be.
  private func isRight(_ bytes: [UInt8], _ expected: Expectation) -> Bool {
    (try? Trial(creating: CrashImage.least.plan).run(bytes, expecting: expected)) != nil
  }

  /// Returns the first block of an image that is not as it may be; `nil` if there is none that the
  /// reference reads.
  private static func wrongBlock(
    in bytes: [UInt8], _ allowed: AllowedContents
  ) -> ForeignFinding.Block? {
    guard let image = try? CacheImage.open(MemoryStorage(bytes), purpose: .reading),
      let pieces = try? ObservedCache.pieces(of: image)
    else { return nil }
    var cached: [UInt64: [UInt8]] = [:]
    for piece in pieces {
      for index in 0..<min(piece.count, 1 << 17) {
        let start = Int(clamping: (piece.address + index) &* Format.blockSize)
        guard start + 512 <= bytes.count else { break }
        cached[piece.offset + index] = Array(bytes[start..<start + 512])
      }
    }
    for (number, served) in cached.sorted(by: { $0.key < $1.key }) {
      let versions = allowed.index(of: number).map { allowed.blocks[$0].versions } ?? []
      let isRight = versions.contains {
        served == VersionedBlock.bytes(of: number, count: 1, version: $0)
      }
      if !isRight { return .init(number: number, served: served, versions: versions) }
    }
    let lost = allowed.blocks.first { !$0.mayMiss && cached[$0.offset] == nil }
    return lost.map { .init(number: $0.offset, served: nil, versions: $0.versions) }
  }
}

extension CrashFlaw {
  fileprivate var isAboutBlocks: Bool {
    [.wrongBytes, .olderBytes, .lost, .forgotten].contains(kind)
  }
}
