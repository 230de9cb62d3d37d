internal import VCIFormat

/// Collects what a sweep over the bitmap finds: leaks, and the first clear bit of each claim.
struct OwnershipLedger {
  private(set) var leaks: [Range<UInt64>] = []
  private(set) var leakCount = 0
  /// The claims of metadata and of data of which not all bits are set.
  private(set) var unmarkedMetadata: EarliestClaims
  private(set) var unmarkedData: EarliestClaims
  private let budget: Int
  private var metadata: [Claim]
  private var data: [Claim]
  /// The number of claims that were compared with the bitmap.
  private var doneMetadata = 0
  private var doneData = 0

  /// Makes a ledger for claims that ascend.
  init(metadata: [Claim], data: [Claim], budget: Int) {
    self.metadata = metadata
    self.data = data
    self.budget = max(1, budget)
    // Header, map and root come first and belong to VCI-MAP-008; the next node is kept too.
    unmarkedMetadata = EarliestClaims(limit: max(4, budget))
    unmarkedData = EarliestClaims(limit: budget)
  }

  /// Frees the memory of the claims, after the sweep.
  mutating func forgetClaims() {
    metadata = []
    data = []
  }

  /// Takes a maximal run of blocks that are not owned and whose bits are set.
  mutating func leak(_ run: Range<UInt64>) {
    leakCount += 1
    if leaks.count < budget { leaks.append(run) }
  }

  /// Takes a maximal run of blocks that are owned and whose bits are clear.
  mutating func clear(_ run: Range<UInt64>) {
    Self.find(run, in: metadata, &doneMetadata, &unmarkedMetadata)
    Self.find(run, in: data, &doneData, &unmarkedData)
  }

  /// Adds the claims that have a block of `run` to `unmarked`.
  ///
  /// Runs ascend, so a claim that starts before the end of this one has its first clear bit in this
  /// run or has none before it. Each claim is compared once.
  private static func find(
    _ run: Range<UInt64>, in claims: [Claim], _ done: inout Int, _ unmarked: inout EarliestClaims
  ) {
    while done < claims.count, claims[done].first < run.upperBound {
      let common = claims[done].blocks.clamped(to: run)
      if !common.isEmpty {
        unmarked.add(UnmarkedClaim(claim: claims[done], block: common.lowerBound))
      }
      done += 1
    }
  }
}
