internal import VCIFormat

/// Claims as runs that ascend and do not touch, made of them one after the other.
struct ClaimedRuns: IteratorProtocol {
  /// Both ascend.
  private let metadata: [Claim]
  private let data: [Claim]
  private var nextMetadata = 0
  private var nextData = 0
  /// How many blocks the runs had so far.
  private(set) var total: UInt64 = 0
  /// Whether some block of them is claimed twice.
  private(set) var collide = false

  /// The runs of the claims of metadata and of data.
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
      if claim.first < run.upperBound { collide = true }
      run = run.lowerBound..<max(run.upperBound, claim.end)
    }
    total += run.upperBound - run.lowerBound
    return run
  }

  /// The next claim, where it starts at `block` at the latest.
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
