internal import VCIFormat
internal import VCIFuzzing

/// What may be cached after a crash: of each disk block the versions that a hit may have, and
/// whether it may be missing. A block that it does not name must be missing.
struct AllowedContents: Equatable {
  struct Block: Equatable {
    let offset: UInt64
    /// The versions that were written to it, of which it may have one.
    var versions: [UInt32]
    var mayMiss: Bool
  }

  /// The blocks, ascending.
  let blocks: [Block]

  /// The blocks of these values, ascending.
  init(_ blocks: [Block]) { self.blocks = blocks }

  /// What a cache may hold that had the contents of one of `models`, each block for itself, and
  /// that may have lost the blocks of `lost`.
  init(of models: ArraySlice<CacheModel>, lost: some Sequence<Range<UInt64>>) {
    var numbers: [UInt64: Int] = [:]
    var made: [Block] = []
    var holders: [Int] = []
    for model in models {
      for run in model.runs {
        guard case .written(let version) = run.content else { continue }
        for offset in run.offset..<run.end {
          let number = numbers[offset] ?? made.count
          if number == made.count {
            numbers[offset] = number
            made.append(Block(offset: offset, versions: [], mayMiss: false))
            holders.append(0)
          }
          holders[number] += 1
          if !made[number].versions.contains(version) { made[number].versions.append(version) }
        }
      }
    }
    for number in made.indices where holders[number] < models.count {
      made[number].mayMiss = true
    }
    for range in lost {
      for number in made.indices where range.contains(made[number].offset) {
        made[number].mayMiss = true
      }
    }
    blocks = made.sorted { $0.offset < $1.offset }
  }

  /// Returns the index of the block at `offset`; `nil` if it is not named.
  func index(of offset: UInt64) -> Int? {
    let index = blocks.partitionPoint { $0.offset >= offset }
    return index < blocks.count && blocks[index].offset == offset ? index : nil
  }

  /// The ranges of consecutive blocks, as ranges of indices.
  var ranges: [Range<Int>] {
    var ranges: [Range<Int>] = []
    for index in blocks.indices {
      if let last = ranges.last, blocks[index - 1].offset + 1 == blocks[index].offset {
        ranges[ranges.count - 1] = last.lowerBound..<index + 1
      } else {
        ranges.append(index..<index + 1)
      }
    }
    return ranges
  }
}
