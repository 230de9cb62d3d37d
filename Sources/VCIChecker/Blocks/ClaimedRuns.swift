internal import VCIFormat

/// Merges claims into runs that ascend and do not touch.
struct ClaimedRuns: IteratorProtocol {
  private let metadata: [Claim]
  private let data: [Claim]
  private var nextMetadata = 0
  private var nextData = 0
  /// The number of blocks of all runs so far.
  private(set) var total: UInt64 = 0
  /// Whether some block of them is claimed twice.
  private(set) var overlap = false

  /// Makes the runs of claims of metadata and of data.
  ///
  /// - Precondition: both ascend.
  init(metadata: [Claim], data: [Claim] = []) {
    self.metadata = metadata
    self.data = data
  }

  mutating func next() -> Range<UInt64>? {
    guard let first = takeNext(before: .max) else { return nil }
    var run = first.blocks
    while let claim = takeNext(before: run.upperBound) {
      if claim.first < run.upperBound { overlap = true }
      run = run.lowerBound..<max(run.upperBound, claim.end)
    }
    total += run.upperBound - run.lowerBound
    return run
  }

  /// Returns the next claim if it starts at `block` or before.
  private mutating func takeNext(before block: UInt64) -> Claim? {
    let ofMetadata = nextMetadata < metadata.count ? metadata[nextMetadata].first : .max
    let ofData = nextData < data.count ? data[nextData].first : .max
    guard min(ofMetadata, ofData) <= block, min(ofMetadata, ofData) != .max else { return nil }
    if ofMetadata <= ofData {
      nextMetadata += 1
      return metadata[nextMetadata - 1]
    }
    nextData += 1
    return data[nextData - 1]
  }
}
