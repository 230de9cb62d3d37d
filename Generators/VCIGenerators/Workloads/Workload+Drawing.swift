package import PropertyEngine
internal import VCIFormat

extension Workload {
  /// Draws a workload for an image of `blocks` blocks. `landmarks` are disk blocks that it caches,
  /// or that lie beside those.
  package static func drawn(
    blocks: UInt64, landmarks: [UInt64], from random: inout RandomSource
  ) -> Workload {
    let profile = WorkloadProfile.drawn(blocks: blocks, landmarks: landmarks, from: &random)
    var drawing = WorkloadDrawing(profile)
    for phase in profile.phases { drawing.draw(phase, from: &random) }
    return Workload(drawing.operations)
  }
}

/// A workload that is being drawn.
private struct WorkloadDrawing {
  private typealias Blocks = (offset: UInt64, count: UInt64)

  private(set) var operations: [CacheOperation] = []
  private let profile: WorkloadProfile
  /// The blocks of the last requests: a ring buffer whose next element goes to `turn`.
  private var recent: [Blocks] = []
  private var turn = 0
  private var region = 0
  private var cursor: UInt64
  private var version: UInt32 = 0
  /// The number of operations for which the image stays open for reading only.
  private var readings = 0

  private static let remembered = 16
  /// A disk block that no image caches.
  private static let farEnd: UInt64 = 1 << 63

  init(_ profile: WorkloadProfile) {
    self.profile = profile
    cursor = profile.regions[0].start
  }

  mutating func draw(_ phase: WorkloadProfile.Phase, from random: inout RandomSource) {
    let sum = phase.weights.reduce(0, +)
    for _ in 0..<phase.count {
      var draw = random.next() % sum
      var kind = 0
      while draw >= phase.weights[kind] {
        draw -= phase.weights[kind]
        kind += 1
      }
      operations.append(operation(kind, phase, from: &random))
      writeAgain()
    }
  }

  /// Opens an image for writing again if it was open for reading long enough.
  private mutating func writeAgain() {
    guard readings > 0 else { return }
    readings -= 1
    if readings == 0 { operations.append(.reopen(.writing)) }
  }

  /// Draws an operation; `kind` is an index of the phase's weights.
  private mutating func operation(
    _ kind: Int, _ phase: WorkloadProfile.Phase, from random: inout RandomSource
  ) -> CacheOperation {
    switch kind {
    case 0:
      let blocks = blocks(phase, from: &random)
      version += 1
      return .write(BlockOffset(blocks.offset), BlockCount(blocks.count), version: version)
    case 1:
      let blocks = blocks(phase, from: &random)
      return .read(BlockOffset(blocks.offset), BlockCount(blocks.count))
    case 2:
      let blocks = blocksToDiscard(phase, from: &random)
      return .discard(BlockOffset(blocks.offset), BlockCount(blocks.count))
    case 3: return .flush
    case 4: return .close
    default:
      guard random.next() % 3 == 0 else { return .reopen(.writing) }
      readings = 1 + random.index(below: 4)
      return .reopen(.reading)
    }
  }

  /// Draws the blocks of a discard: usually those of any request, sometimes all or a whole region.
  private mutating func blocksToDiscard(
    _ phase: WorkloadProfile.Phase, from random: inout RandomSource
  ) -> Blocks {
    switch random.index(below: 96) {
    case 0: (0, Format.diskEnd.rawValue)
    case 1: (cursor, Format.diskEnd.rawValue)
    case 2: (profile.regions[region].start, profile.regions[region].count)
    default: blocks(phase, from: &random)
    }
  }

  private mutating func blocks(
    _ phase: WorkloadProfile.Phase, from random: inout RandomSource
  ) -> Blocks {
    var count = 1 + random.next() % profile.longest
    if profile.longest > 8, random.next() % 2 == 0 { count = 1 + count % 8 }
    if random.index(below: 256) == 0 {
      let start = random.next() % 2 == 0 ? Format.diskEnd.rawValue : Self.farEnd
      return (start - random.next() % (count + 1), count)
    }
    var offset = cursor
    switch phase.patterns[random.index(below: phase.patterns.count)] {
    case .anywhere: offset = anywhere(from: &random)
    case .ascending:
      if profile.regions.count > 1 { offset = inNextRegion(from: &random) }
      cursor = offset &+ count
    case .descending:
      offset = offset > count ? offset - count : anywhere(from: &random)
      cursor = offset
    case .gapped: cursor = offset &+ count &+ 1 &+ random.next() % 2
    case .again:
      if !recent.isEmpty {
        (offset, count) = beside(recent[random.index(below: recent.count)], &random)
      }
    }
    if offset >= Format.diskEnd.rawValue || cursor >= Format.diskEnd.rawValue {
      cursor = anywhere(from: &random)
    }
    remember((offset, count))
    return (offset, count)
  }

  private mutating func anywhere(from random: inout RandomSource) -> UInt64 {
    region = random.index(below: profile.regions.count)
    return profile.regions[region].start + random.next() % profile.regions[region].count
  }

  private mutating func inNextRegion(from random: inout RandomSource) -> UInt64 {
    region = (region + 1) % profile.regions.count
    return profile.regions[region].start + random.next() % profile.regions[region].count
  }

  /// Draws the blocks of `other`, or others that begin or end a little apart from them.
  private func beside(_ other: Blocks, _ random: inout RandomSource) -> Blocks {
    let move = random.next() % 4
    let offset =
      random.next() % 2 == 0 ? other.offset &+ move : other.offset - min(other.offset, move)
    let count =
      random.next() % 2 == 0
      ? other.count : max(1, other.count &+ random.next() % 5 &- min(other.count, 2))
    return (offset, min(count, Workload.longestRequest))
  }

  private mutating func remember(_ blocks: Blocks) {
    if recent.count < Self.remembered {
      recent.append(blocks)
    } else {
      recent[turn] = blocks
      turn = (turn + 1) % Self.remembered
    }
  }
}
