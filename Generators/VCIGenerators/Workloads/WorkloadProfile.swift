internal import PropertyEngine
internal import VCIFormat

/// What the operations of one workload have in common: where on the disk they are, how long, and
/// how often each kind comes.
///
/// A workload that does a little of everything splits few nodes and fills few caches; each profile
/// does some things often and leaves others out.
struct WorkloadProfile {
  /// A part of the disk, from its first block on.
  struct Region {
    let start: UInt64
    let count: UInt64
  }

  /// Where the next request of a phase is.
  enum Pattern: Int, CaseIterable {
    /// Anywhere in a region.
    case anywhere
    /// Behind the one before.
    case ascending
    /// Before it.
    case descending
    /// Behind it, with a gap.
    case gapped
    /// At a place that was named lately, or a block or two beside it.
    case again
  }

  /// A part of a workload in which the same kinds come as often.
  struct Phase {
    /// How often each kind comes: write, read, discard, flush, close, reopen.
    let weights: [UInt64]
    let patterns: [Pattern]
    let count: Int
  }

  private(set) var regions: [Region]
  /// The most blocks of a request.
  private(set) var longest: UInt64
  private(set) var phases: [Phase]
}

extension WorkloadProfile {
  /// Draws the profile for an image of `blocks` blocks; `landmarks` are block offsets of what it
  /// holds.
  static func drawn(
    blocks: UInt64, landmarks: [UInt64], from random: inout RandomSource
  ) -> WorkloadProfile {
    let size = min(blocks, 1 << 20)
    let length = max(1, [size / 4, size, size * 2, size * 16][random.index(below: 4)])
    var profile = WorkloadProfile(
      regions: [], longest: [1, 1, 2, 4, 8, 32, 128, 600][random.index(below: 8)], phases: [])
    // Requests larger than a cache are taken in many parts, and take long.
    if profile.longest > size / 4, random.index(below: 16) > 0 {
      profile.longest = max(1, size / 8)
    }
    switch random.index(below: 64) {
    case 0 where blocks >= 4096: profile.spreadTooWide(from: &random)
    case 1..<3 where blocks >= 160: profile.makeManySmall(length, from: &random)
    default:
      profile.regions = regions(length, landmarks, from: &random)
      if profile.longest > 128, random.index(below: 4) == 0 {
        profile.longest = Workload.longestRequest
      }
      profile.phases = phases(operations(from: &random), from: &random)
    }
    return profile
  }

  /// How many operations a workload has.
  private static func operations(from random: inout RandomSource) -> Int {
    switch random.index(below: 256) {
    case 0..<200: 1 + random.index(below: 16)
    case 200..<244: 17 + random.index(below: 32)
    case 244..<254: 49 + random.index(below: 150)
    default:
      random.index(below: 8) > 0
        ? 200 + random.index(below: 400) : 1000 + random.index(below: 3000)
    }
  }

  private static func regions(
    _ length: UInt64, _ landmarks: [UInt64], from random: inout RandomSource
  ) -> [Region] {
    let window = UInt64(UInt32.max)
    switch random.index(below: 16) {
    case 0..<6 where !landmarks.isEmpty:
      return (0...random.index(below: 3)).map { _ in
        let place = landmarks[random.index(below: landmarks.count)]
        let before = min(place, random.next() % (length / 2 + 1))
        return Region(start: place - before, count: length)
      }
    case 0..<9: return [Region(start: 0, count: length)]
    case 9..<10: return [Region(start: random.next() >> (10 + random.next() % 54), count: length)]
    case 10..<11: return [Region(start: Format.diskEnd.rawValue - length, count: length)]
    case 11..<12:
      // On both sides of where a subtree's range can end.
      return [Region(start: window - min(window, length / 2), count: length)]
    default:
      let count = 2 + random.index(below: 6)
      return (0..<count).map { _ in
        let start =
          random.next() % 4 == 0
          ? random.next() % Format.diskEnd.rawValue : random.next() % 8 * window
        return Region(start: start - min(start, random.next() % 4), count: length / 4 + 1)
      }
    }
  }

  /// More windows than an internal root has entries, each too far from the next to share one.
  private mutating func spreadTooWide(from random: inout RandomSource) {
    let window = UInt64(1) << 33
    let count = Format.entriesPerInternalNode + random.index(below: 40)
    regions = (0..<count).map { Region(start: UInt64($0) * window, count: 4) }
    longest = 1
    phases = [
      Phase(weights: [32, 1, 0, 1, 0, 0], patterns: [.ascending], count: count + 8),
      Phase(weights: [8, 4, 1, 1, 1, 1], patterns: [.anywhere, .again], count: 60),
    ]
  }

  /// More extents than a leaf holds, then, often, most of them forgotten.
  private mutating func makeManySmall(_ length: UInt64, from random: inout RandomSource) {
    longest = 1 + random.next() % 2
    let start = random.next() % 4 == 0 ? random.next() % (Format.diskEnd.rawValue / 2) : 0
    regions = [Region(start: start, count: max(length, 1000))]
    let fill = Format.extentsPerLeaf + random.index(below: 200)
    phases = [
      Phase(
        weights: [64, 2, 1, UInt64(random.index(below: 3)), 0, 0],
        patterns: [[.gapped], [.gapped, .anywhere], [.descending, .gapped]][random.index(below: 3)],
        count: fill),
      Phase(
        weights: [2, 8, UInt64([0, 64, 64][random.index(below: 3)]), 1, 1, 1],
        patterns: [.again, .anywhere, .gapped], count: fill),
    ]
  }

  private static func phases(_ count: Int, from random: inout RandomSource) -> [Phase] {
    let parts = count < 8 ? 1 : 1 + random.index(below: 3)
    return (0..<parts).map { _ in
      let weights: [UInt64] = [
        [4, 16, 16, 32][random.index(below: 4)], [0, 4, 16][random.index(below: 3)],
        [0, 1, 4, 16][random.index(below: 4)], [0, 1, 2][random.index(below: 3)],
        [0, 0, 1, 2][random.index(below: 4)], [0, 0, 1][random.index(below: 3)],
      ]
      let patterns = (0...random.index(below: 3)).map { _ in
        Pattern.allCases[random.index(below: Pattern.allCases.count)]
      }
      return Phase(weights: weights, patterns: patterns, count: (count + parts - 1) / parts)
    }
  }
}

extension RandomSource {
  /// An index below `count`.
  ///
  /// - Precondition: `count` is positive.
  mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }
}
