internal import PropertyEngine
internal import VCIFormat

/// The distribution from which the operations of a workload are drawn.
///
/// A workload that does a little of everything splits few nodes and fills few caches, so each
/// profile does some things often and leaves others out.
struct WorkloadProfile {
  /// A part of the disk.
  struct Region {
    /// The first block.
    let start: UInt64
    let count: UInt64
  }

  /// The disk blocks of a request, relative to earlier ones.
  enum Pattern: Int, CaseIterable {
    /// Anywhere in a region.
    case anywhere
    /// After those of the last request.
    case ascending
    /// Before those of the last request.
    case descending
    /// After those of the last request, with a gap.
    case gapped
    /// Those of a recent request, or a few blocks beside them.
    case again
  }

  /// A part of a workload.
  struct Phase {
    /// The relative frequencies of write, read, discard, flush, close and reopen.
    let weights: [UInt64]
    let patterns: [Pattern]
    /// The number of operations.
    let count: Int
  }

  private(set) var regions: [Region]
  /// The most blocks of a request.
  private(set) var longest: UInt64
  private(set) var phases: [Phase]
}

extension WorkloadProfile {
  /// Draws a profile for an image of `blocks` blocks. `landmarks` are disk blocks that it caches,
  /// or that lie beside those.
  static func drawn(
    blocks: UInt64, landmarks: [UInt64], from random: inout RandomSource
  ) -> WorkloadProfile {
    let size = min(blocks, 1 << 20)
    let length = max(1, [size / 4, size, size * 2, size * 16][random.index(below: 4)])
    var profile = WorkloadProfile(
      regions: [], longest: [1, 1, 2, 4, 8, 32, 128, 600][random.index(below: 8)], phases: [])
    // Requests larger than a cache are written in many parts, which takes long.
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
      profile.phases = phases(operationCount(from: &random), from: &random)
    }
    return profile
  }

  /// Draws the number of operations.
  private static func operationCount(from random: inout RandomSource) -> Int {
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
        let landmark = landmarks[random.index(below: landmarks.count)]
        let before = min(landmark, random.next() % (length / 2 + 1))
        return Region(start: landmark - before, count: length)
      }
    case 0..<9: return [Region(start: 0, count: length)]
    case 9..<10: return [Region(start: random.next() >> (10 + random.next() % 54), count: length)]
    case 10..<11: return [Region(start: Format.diskEnd.rawValue - length, count: length)]
    case 11..<12:
      // On both sides of the largest end of a subtree's range that begins at block 0.
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

  /// Makes more windows than an internal root has entries, too far apart to share an entry.
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

  /// Makes more extents than a leaf holds, and often discards most of them afterwards.
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
