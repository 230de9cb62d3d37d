import VCIFormat

@testable import VCIReference

/// What each block of a small cache is used for, one by one; `nil` where it is free.
struct NaiveBlocks: Hashable {
  var uses: [SpaceUse?]

  init(_ count: Int) { uses = Array(repeating: nil, count: count) }

  func count(_ use: SpaceUse?) -> UInt64 { UInt64(uses.count { $0 == use }) }

  /// Whether all blocks of `range`, which has some, are there and used for `use`.
  func isAll(_ range: Range<Int>, _ use: SpaceUse?) -> Bool {
    !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= uses.count
      && uses[range].allSatisfy { $0 == use }
  }

  /// The longest runs of blocks that are used for the same, and whose use is `use` or not free.
  func runs(_ isMeant: (SpaceUse?) -> Bool) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (block, use) in uses.enumerated() where isMeant(use) {
      if let last = runs.last, last.upperBound == block, uses[last.lowerBound] == use {
        runs[runs.count - 1] = last.lowerBound..<block + 1
      } else {
        runs.append(block..<block + 1)
      }
    }
    return runs
  }

  var freeRuns: [Range<Int>] { runs { $0 == nil } }
  var usedRuns: [Range<Int>] { runs { $0 != nil } }

  /// The longest run of blocks, all used for the same, with `block`, or the first after it.
  func firstUsedRun(from block: Int) -> Range<Int>? {
    guard let found = uses[block...].firstIndex(where: { $0 != nil }) else { return nil }
    let isOther = { (use: SpaceUse?) in use != uses[found] }
    let first = uses[..<found].lastIndex(where: isOther).map { $0 + 1 } ?? 0
    return first..<(uses[found...].firstIndex(where: isOther) ?? uses.count)
  }

  /// How many nodes of 8 blocks could be placed in free runs.
  var rooms: UInt64 { UInt64(freeRuns.reduce(0) { $0 + $1.count / 8 }) }

  /// The first of the shortest free runs of at least `count` blocks.
  func bestFit(_ count: Int) -> Range<Int>? {
    freeRuns.filter { $0.count >= count }.min { $0.count < $1.count }
  }

  mutating func set(_ range: Range<Int>, _ use: SpaceUse?) {
    for block in range { uses[block] = use }
  }

  /// The bitmap's bytes, whole blocks of them.
  var bitmap: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (uses.count + 4095) / 4096 * 512)
    for (block, use) in uses.enumerated() where use != nil {
      bytes[block / 8] |= 1 << UInt8(block % 8)
    }
    return bytes
  }
}

extension Range<Int> {
  init(_ run: BlockRange) {
    self = Int(run.first.rawValue)..<Int(run.first.rawValue + run.count.rawValue)
  }

  var run: BlockRange { BlockRange(BlockAddress(UInt64(lowerBound)), BlockCount(UInt64(count))) }
}

extension RunSet {
  var runs: [BlockRange] {
    var runs: [BlockRange] = []
    forEach { runs.append($0) }
    return runs
  }
}

extension RunIndex {
  var keys: [Key] {
    var keys: [Key] = []
    forEach { keys.append($0) }
    return keys
  }
}

extension BlockAllocator {
  /// Whether it says of everything what `blocks` says.
  func isLike(_ blocks: NaiveBlocks) -> Bool {
    let free = blocks.freeRuns.map(\.run)
    return freeRuns.runs == free && lengths.keys == free.map(Self.length).sorted()
      && self.free.rawValue == blocks.count(nil)
      && metadata.rawValue == blocks.count(.metadata) && data.rawValue == blocks.count(.data)
      && rooms == blocks.rooms && self.blocks.rawValue == UInt64(blocks.uses.count)
  }
}

/// Numbers that look drawn, the same for the same seed (SplitMix64).
struct Draws {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ mixed >> 31) % UInt64(bound))
  }

  /// A range inside of `range`, which is not empty: often short, sometimes all of it.
  mutating func part(of range: Range<Int>) -> Range<Int> {
    let start = below(4) == 0 ? range.lowerBound : range.lowerBound + below(range.count)
    let rest = range.upperBound - start
    let count =
      switch below(4) {
      case 0: rest
      case 1: 1 + below(rest)
      default: 1 + below(Swift.min(rest, 9))
      }
    return start..<start + count
  }
}
