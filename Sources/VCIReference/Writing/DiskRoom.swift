internal import VCIFormat

/// What is known of the room that the disk has for the file of an image that is open for writing.
struct DiskRoom {
  /// Where the bitmap begins in the file.
  let bitmap: BlockAddress
  /// Blocks that were allocated on the disk before they are first written.
  var allocated = RunSet()
  /// The blocks of the bitmap that are on the disk, by their numbers.
  var mapBlocks = RunSet()
  /// The latest error by which the disk refused room; `nil` if it never did.
  var lastRefusal: StorageError?
  /// How many more writes are done before the disk is asked again.
  var patience = 0
  /// How many blocks are withheld if the end of a hole is unknown.
  var stride: UInt64 = Format.nodeBlocks.rawValue

  init(map: BlockRange) {
    bitmap = map.first + 1
  }

  /// Performs a call. Returns the error by which the disk refused room for it; `nil` if it
  /// succeeded.
  func refusal(_ call: () throws(ImageError) -> Void) throws(ImageError) -> StorageError? {
    do throws(ImageError) {
      try call()
      return nil
    } catch {
      guard case .storage(let failure) = error, failure.isForWantOfSpace else { throw error }
      return failure
    }
  }
}

extension RunSet {
  /// Whether the set has all blocks of `range`.
  func holds(_ range: BlockRange) -> Bool {
    guard let run = run(containing: range.first), let end = run.end, let last = range.end else {
      return false
    }
    return last <= end
  }

  /// Inserts the blocks of `range` that are missing.
  mutating func add(_ range: BlockRange) {
    cut(range)
    insert(range)
  }

  /// Removes the blocks of `range` that it has.
  mutating func cut(_ range: BlockRange) { subtract(range) { _, _ in } }
}
